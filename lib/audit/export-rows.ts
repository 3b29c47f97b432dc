import { listAudit } from '#lib/audit/list-audit.ts';
import { exportedEvents, type Place } from '#lib/events/export-events.ts';
import { listDevices } from '#lib/events/list-devices.ts';
import { listPeople } from '#lib/events/list-people.ts';
import { listSessions } from '#lib/events/list-sessions.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { requirePermission } from '#lib/kernel/command.ts';
import { csvLine } from '#lib/kernel/csv.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { decodeCursor, type ListQuery, type Page } from '#lib/kernel/db/listing.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { type Filter, type FilterDeclaration, filterToParams } from '#lib/model/filter.ts';
import { auditFilter } from '#lib/model/filters/audit-filter.ts';
import { deviceFilter } from '#lib/model/filters/device-filter.ts';
import { eventFilter } from '#lib/model/filters/event-filter.ts';
import { personFilter } from '#lib/model/filters/person-filter.ts';
import { sessionFilter } from '#lib/model/filters/session-filter.ts';
import { signalFilter } from '#lib/model/filters/signal-filter.ts';
import type { Permission } from '#lib/model/permissions.ts';
import { writeOcsf } from '#lib/providers/ocsf/write-ocsf.ts';
import { listSignals } from '#lib/signals/list-signals.ts';

export const exportTypes = ['events', 'sessions', 'devices', 'people', 'signals', 'audit'] as const;
export type ExportType = (typeof exportTypes)[number];
export const exportFormats = ['ndjson', 'csv', 'ocsf'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What each format is, over HTTP and as a file. */
export const exportMedia: Record<ExportFormat, { contentType: string; extension: string }> = {
  ndjson: { contentType: 'application/x-ndjson; charset=utf-8', extension: 'ndjson' },
  ocsf: { contentType: 'application/x-ndjson; charset=utf-8', extension: 'ocsf.ndjson' },
  csv: { contentType: 'text/csv; charset=utf-8', extension: 'csv' },
};

type Exported = Record<string, unknown>;
type Definition = {
  permission: Permission;
  filters: FilterDeclaration;
  /** The columns of the CSV, in their order. */
  columns: readonly string[];
  pages(
    tx: Tx,
    tenantId: string,
    filter: Filter,
    from: string | null,
  ): Promise<{ rows: Exported[]; next: string | null }>;
};
type List = (tx: Tx, tenantId: string, query: ListQuery) => Promise<Page<Exported>>;
const rowsPerPage = 1_000;

const listed =
  (list: List): Definition['pages'] =>
  async (tx, tenantId, conditions, from) =>
    list(tx, tenantId, { conditions, cursor: decodeCursor(from), limit: rowsPerPage, uncounted: true });

export const exportDefinitions: Record<ExportType, Definition> = {
  events: {
    permission: 'events:read',
    filters: eventFilter,
    columns: [
      'occurredAt',
      'receivedAt',
      'timeQuality',
      'claimedTime',
      'provider',
      'type',
      'providerType',
      'outcome',
      'reason',
      'subject',
      'issuer',
      'personName',
      'personEmail',
      'accountType',
      'sourceSessionId',
      'deviceLabel',
      'client',
      'actor',
      'ip',
      'asn',
      'asName',
      'country',
      'region',
      'city',
      'userAgent',
      'interactive',
      'sourceEventId',
      'id',
      'endsSessionsUntil',
    ],
    async pages(tx, tenantId, conditions, from) {
      const after = from === null ? null : (JSON.parse(from) as Place);
      const rows = await exportedEvents(tx, tenantId, { conditions, after, limit: rowsPerPage });
      const last = rows.at(-1);
      return {
        rows,
        next: last && rows.length === rowsPerPage ? JSON.stringify({ at: last.occurredAt, id: last.id }) : null,
      };
    },
  },
  sessions: {
    permission: 'sessions:read',
    filters: sessionFilter,
    columns: [
      'id',
      'state',
      'personName',
      'personEmail',
      'personSubject',
      'accountType',
      'provider',
      'sourceSessionId',
      'startedAt',
      'lastSeenAt',
      'endedAt',
      'endReason',
      'ip',
      'country',
      'city',
      'deviceLabel',
      'clients',
      'revocation',
    ],
    pages: listed(listSessions as unknown as List),
  },
  devices: {
    permission: 'devices:read',
    filters: deviceFilter,
    columns: [
      'id',
      'label',
      'strong',
      'personName',
      'personEmail',
      'personSubject',
      'provider',
      'firstSeenAt',
      'lastSeenAt',
      'signIns',
      'failures',
      'liveSessions',
      'ip',
      'country',
      'city',
    ],
    pages: listed(listDevices as unknown as List),
  },
  people: {
    permission: 'people:read',
    filters: personFilter,
    columns: [
      'id',
      'displayName',
      'email',
      'subject',
      'issuer',
      'accountType',
      'provider',
      'firstSeenAt',
      'lastSeenAt',
      'signIns',
      'failures',
      'liveSessions',
    ],
    pages: listed(listPeople as unknown as List),
  },
  signals: {
    permission: 'signals:read',
    filters: signalFilter,
    columns: [
      'id',
      'detector',
      'severity',
      'state',
      'title',
      'summary',
      'personName',
      'personEmail',
      'ip',
      'firstAt',
      'lastAt',
    ],
    pages: listed(listSignals as unknown as List),
  },
  audit: {
    permission: 'audit:read',
    filters: auditFilter,
    columns: [
      'seq',
      'at',
      'action',
      'outcome',
      'actorType',
      'actorLabel',
      'targetType',
      'targetId',
      'reason',
      'ip',
      'requestId',
      'detail',
      'hash',
      'prevHash',
      'id',
    ],
    pages: listed(listAudit as unknown as List),
  },
};

/**
 * Everything a filter finds, latest first, as pieces of text: a page is read when the reader takes it, so memory stays within one
 * page. Each page is a transaction of its own. That it was taken out, by whom and with which filter, is audited before the first piece.
 * @throws Refusal `forbidden`; `bad_request` for OCSF of what are no events
 */
export async function exportRows(
  database: Database,
  actor: Actor,
  input: { type: ExportType; format: ExportFormat; filter: Filter },
): Promise<AsyncGenerator<string, void, undefined>> {
  const definition = exportDefinitions[input.type];
  await requirePermission(database, actor, definition.permission, `export ${input.type}`);
  if (input.format === 'ocsf' && input.type !== 'events')
    throw new Refusal('bad_request', `Only events have an OCSF form; export ${input.type} as ndjson or csv.`);
  await database.inTenant(actor.tenantId, (tx) =>
    appendAudit(tx, actor, {
      action: 'sensitive_read',
      outcome: 'success',
      target: { type: 'export', id: input.type },
      detail: { format: input.format, filter: filterToParams(input.filter, definition.filters) },
    }),
  );
  return pieces(database, actor.tenantId, input);
}

async function* pieces(
  database: Database,
  tenantId: string,
  { type, format, filter }: { type: ExportType; format: ExportFormat; filter: Filter },
): AsyncGenerator<string, void, undefined> {
  const { columns, pages } = exportDefinitions[type];
  if (format === 'csv') yield csvLine(columns);
  let from: string | null = null;
  do {
    const page: { rows: Exported[]; next: string | null } = await database.inTenant(tenantId, (tx) =>
      pages(tx, tenantId, filter, from),
    );
    if (page.rows.length > 0) yield page.rows.map((row) => lineOf(row, format, columns)).join('');
    from = page.next;
  } while (from !== null);
}

function lineOf(row: Exported, format: ExportFormat, columns: readonly string[]): string {
  if (format === 'csv') return csvLine(columns.map((column) => row[column]));
  return `${JSON.stringify(format === 'ocsf' ? writeOcsf(row as Parameters<typeof writeOcsf>[0]) : row)}\n`;
}
