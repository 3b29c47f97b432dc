import { z } from 'zod';
import type { TargetPage } from '#lib/approvals/freeze.ts';
import { eventColumns } from '#lib/events/list-events.ts';
import { sessionColumns } from '#lib/events/list-sessions.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { Prisma } from '#lib/kernel/db/database.ts';
import { readFilter } from '#lib/kernel/db/list-request.ts';
import { whereOf } from '#lib/kernel/db/listing.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { filterParameterCharsMax, filterToParams, parseFilter } from '#lib/model/filter.ts';
import { eventFilter } from '#lib/model/filters/event-filter.ts';
import { sessionFilter } from '#lib/model/filters/session-filter.ts';
import {
  type Exclusions,
  type RevocationScope,
  type SessionGroup,
  sessionGroups,
} from '#lib/model/revocation-scope.ts';

const ids = z.array(z.uuid()).max(1_000);
// As long as the lists themselves take them.
const filterParams = z.record(z.string().max(60), z.string().max(filterParameterCharsMax));

export const scopeShape = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('filter'), filter: filterParams }),
  z.strictObject({ by: z.literal('events'), filter: filterParams }),
  z.strictObject({ by: z.literal('list'), entries: z.array(z.string().trim().min(1).max(320)).min(1).max(20_000) }),
  z.strictObject({ by: z.literal('signal'), signal: z.uuid() }),
  z.strictObject({ by: z.literal('sessions'), sessions: ids.min(1) }),
]);
export const exclusionsShape = z.strictObject({
  groups: z.array(z.enum(sessionGroups)).max(sessionGroups.length).default([]),
  people: ids.default([]),
  sessions: ids.default([]),
});

/** What the proposal keeps of a revocation: enough to find the same scope again, to freeze it and to see what drifted. */
export type RevocationParameters = { scope: RevocationScope; exclude: Exclusions };

/** The filter that a scope's parameters are of. */
const scopeFilters = { filter: sessionFilter, events: eventFilter } as const;

/**
 * Brings a scope to its canonical form. A filter by addresses takes the permission to read them, as on the list.
 * @throws Refusal `invalid_input` naming what is not right in its filter; `forbidden` for events one cannot see
 */
export function canonicalScope(scope: z.output<typeof scopeShape>, actor: Actor): RevocationScope {
  if (scope.by === 'list') return { ...scope, entries: [...new Set(scope.entries)].sort() };
  if (scope.by === 'sessions') return { ...scope, sessions: [...new Set(scope.sessions)].sort() };
  if (scope.by !== 'filter' && scope.by !== 'events') return scope;
  if (scope.by === 'events' && !actor.permissions.has('events:read'))
    throw new Refusal('forbidden', 'A scope by events needs the permission events:read, which you do not have.');
  const { filter, problems } = readFilter({ get: (name) => scope.filter[name] ?? null }, scopeFilters[scope.by], actor);
  const known = filterToParams(filter, scopeFilters[scope.by]);
  const unknown = Object.keys(scope.filter).filter((name) => scope.filter[name] && !(name in known));
  if (problems.length > 0 || unknown.length > 0) {
    throw new Refusal('invalid_input', 'The filter is not right, so nothing was frozen. Correct what is named here.', {
      problems: problems.length > 0 ? problems : unknown.map((path) => ({ path, message: 'There is no such filter.' })),
    });
  }
  // Of sessions no filter means every living one, which is said aloud; of events it would mean nearly that, by accident.
  if (scope.by === 'events' && filter.length === 0)
    throw new Refusal('invalid_input', 'Narrow the events first: all of them stand for nearly every session.');
  return { by: scope.by, filter: known };
}

/** Which tenant's scope, and on whose behalf ("your own sessions"). */
export type ScopeContext = { tenantId: string; proposerId: string };

/** Sessions, their providers and people, under the names the conditions use. */
export const scopeJoins = Prisma.sql`FROM sessions s
  JOIN providers v ON v.tenant_id = s.tenant_id AND v.id = s.provider_id
  LEFT JOIN people p ON p.tenant_id = s.tenant_id AND p.id = s.person_id`;

/** The condition that makes a living session part of the scope. */
export function scopeCondition(context: ScopeContext, { scope, exclude }: RevocationParameters): Prisma.Sql {
  const excluded = [
    ...exclude.groups.map((group) => Prisma.sql`NOT COALESCE(${groupCondition(context, group)}, false)`),
    ...(exclude.people.length > 0
      ? [Prisma.sql`NOT COALESCE(s.person_id = ANY(${exclude.people}::uuid[]), false)`]
      : []),
    ...(exclude.sessions.length > 0 ? [Prisma.sql`s.id <> ALL(${exclude.sessions}::uuid[])`] : []),
  ];
  return Prisma.join(
    [Prisma.sql`s.tenant_id = ${context.tenantId}::uuid AND s.ended_at IS NULL`, matchOf(context, scope), ...excluded],
    ' AND ',
  );
}

/** True of the sessions of a group one is warned about. */
export function groupCondition({ tenantId, proposerId }: ScopeContext, group: SessionGroup): Prisma.Sql {
  switch (group) {
    case 'own':
      return Prisma.sql`lower(p.email) = (SELECT lower(o.email) FROM operators o WHERE o.id = ${proposerId}::uuid)`;
    case 'administrators':
      return Prisma.sql`lower(p.email) = ANY(ARRAY(SELECT lower(o.email) FROM operators o JOIN operator_roles r ON r.operator_id = o.id
        WHERE r.tenant_id = ${tenantId}::uuid AND r.role = 'administrator' AND o.disabled_at IS NULL))`;
    case 'break-glass':
      return Prisma.sql`concat_ws(' ', p.subject, p.email, p.display_name) ~* '(^|[^a-z])(break[ ._-]?glass|emergency[ ._-]?(access|admin))'`;
    case 'service':
      return Prisma.sql`p.account_type IN ('service', 'workload')`;
    default:
      return group satisfies never;
  }
}

/** The pages in which a scope is frozen, by session id. */
export function scopePage(context: ScopeContext, parameters: RevocationParameters): TargetPage {
  const condition = scopeCondition(context, parameters);
  return ({ after, limit }) => Prisma.sql`
    SELECT 'session' AS target_type, s.id AS target_id, s.person_id, s.provider_id, s.source_session_id AS reference,
      COALESCE(p.display_name, p.email, p.subject, 'Unknown person') AS label, NULL::text AS detail
    ${scopeJoins} WHERE ${condition} AND ${after ? Prisma.sql`s.id > ${after}::uuid` : Prisma.sql`true`}
    ORDER BY s.tenant_id, s.id LIMIT ${limit}`;
}

/** What of a pasted list names no person and no session of this tenant, ended ones included. */
export function unmatchedEntries(tenantId: string, entries: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    SELECT e.entry FROM unnest(${entries as string[]}::text[]) AS e(entry)
    WHERE NOT EXISTS (SELECT 1 FROM people p WHERE p.tenant_id = ${tenantId}::uuid AND (lower(p.email) = lower(e.entry) OR p.subject = e.entry OR p.id::text = lower(e.entry)))
      AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.tenant_id = ${tenantId}::uuid AND (s.source_session_id = e.entry OR s.id::text = lower(e.entry)))`;
}

function matchOf({ tenantId }: ScopeContext, scope: RevocationScope): Prisma.Sql {
  switch (scope.by) {
    case 'filter': {
      const { filter } = parseFilter({ get: (name) => scope.filter[name] ?? null }, sessionFilter);
      return whereOf(filter, sessionColumns);
    }
    case 'events': {
      const { filter } = parseFilter({ get: (name) => scope.filter[name] ?? null }, eventFilter);
      return Prisma.sql`EXISTS (SELECT 1 FROM events e WHERE e.tenant_id = s.tenant_id AND e.session_id = s.id AND ${whereOf(filter, eventColumns)})`;
    }
    case 'sessions':
      return Prisma.sql`s.id = ANY(${scope.sessions}::uuid[])`;
    case 'list': {
      const lower = scope.entries.map((entry) => entry.toLowerCase());
      const uuids = lower.filter((entry) => z.uuid().safeParse(entry).success);
      // Each way in has an index; an OR over the joined row would read everybody.
      return Prisma.sql`(s.id = ANY(${uuids}::uuid[]) OR s.source_session_id = ANY(${scope.entries}::text[]) OR s.person_id = ANY(ARRAY(
        SELECT q.id FROM people q WHERE q.tenant_id = ${tenantId}::uuid AND (lower(q.email) = ANY(${lower}::text[]) OR q.subject = ANY(${scope.entries}::text[])
          OR q.id = ANY(${uuids}::uuid[])))))`;
    }
    case 'signal':
      return Prisma.sql`(s.person_id = (SELECT g.person_id FROM signals g WHERE g.tenant_id = ${tenantId}::uuid AND g.id = ${scope.signal}::uuid)
        OR s.id = (SELECT g.session_id FROM signals g WHERE g.tenant_id = ${tenantId}::uuid AND g.id = ${scope.signal}::uuid)
        OR s.id = ANY(ARRAY(SELECT e.session_id FROM signal_events x JOIN events e ON e.tenant_id = x.tenant_id AND e.id = x.event_id AND e.occurred_at = x.occurred_at
          WHERE x.tenant_id = ${tenantId}::uuid AND x.signal_id = ${scope.signal}::uuid AND e.session_id IS NOT NULL)))`;
    default:
      return scope satisfies never;
  }
}
