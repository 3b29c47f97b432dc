import type { z } from 'zod';
import { type Detector, noBaseline } from '#lib/detection/definition.ts';
import { networkOf } from '#lib/detection/network-of.ts';
import { runDetectors } from '#lib/detection/run-detectors.ts';
import { historyOfNetworks, historyOfPeople } from '#lib/events/history.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import type { Finding } from '#lib/model/detection.ts';

/** People or networks looked at in one transaction. */
const subjectsAtOnce = 200;
/** History before the range: what a person's habits and a detector's learning time are taken from. Days. */
const runUpDays = 30;

export type BacktestSummary = {
  detector: string;
  settings: unknown;
  from: string;
  to: string;
  subjects: number;
  events: number;
  findings: number;
  bySeverity: Record<string, number>;
};

/**
 * What a detector would have found between two times, with settings of one's own: reads the stored events, subject by subject, and
 * changes nothing. Knows of a person what the thirty days before the range tell, as the detector would have then.
 * @param onFinding called for each finding, in no order across subjects
 */
export async function backtest<Shape extends z.ZodType>(
  database: Database,
  tenantId: string,
  input: { detector: Detector<Shape>; settings: z.output<Shape>; from: Date; to: Date },
  onFinding: (finding: Finding) => void,
): Promise<BacktestSummary> {
  const { detector, from, to } = input;
  const hours = detector.lookbackHours * 2;
  const start = new Date(from.getTime() - Math.max(runUpDays * 24, hours) * 3_600_000);
  const end = new Date(to.getTime() + hours * 3_600_000);
  const bySeverity: Record<string, number> = {};
  const totals = { subjects: 0, events: 0, findings: 0 };
  const seen = new Set<string>();
  for (let after: string | null = null; ; ) {
    const next: string | null = await database.inTenant(tenantId, async (tx) => {
      const page = await (detector.scope === 'person' ? peopleBetween : addressesBetween)(tx, tenantId, input, after);
      const subjects =
        detector.scope === 'person' ? page : [...new Set(page.flatMap((address) => networkOf(address) ?? []))];
      const load = detector.scope === 'person' ? historyOfPeople : historyOfNetworks;
      const history = await load(tx, tenantId, subjects, start, end);
      const inRange = history.filter(({ occurredAt }) => occurredAt >= from && occurredAt <= to);
      const found = runDetectors({
        detectors: [detector],
        history,
        newEventIds: new Set(inRange.map(({ id }) => id)),
        baseline: noBaseline,
        settings: new Map([[detector.id, input.settings]]),
      });
      totals.subjects += subjects.length;
      totals.events += inRange.length;
      // An IPv6 network may be met again on the next page of addresses.
      for (const finding of found.filter(({ key }) => !seen.has(key))) {
        seen.add(finding.key);
        totals.findings += 1;
        bySeverity[finding.severity] = (bySeverity[finding.severity] ?? 0) + 1;
        onFinding(finding);
      }
      return page.length === subjectsAtOnce ? (page.at(-1) ?? null) : null;
    });
    if (next === null) break;
    after = next;
  }
  return {
    detector: detector.id,
    settings: input.settings,
    from: from.toISOString(),
    to: to.toISOString(),
    ...totals,
    bySeverity,
  };
}

/**
 * A detector's settings from `key=value` words; what is not given has its default.
 * @throws Refusal `invalid_input` naming the settings there are
 */
export function settingsOf<Shape extends z.ZodType>(detector: Detector<Shape>, words: readonly string[]) {
  const defaults = detector.settings.parse({}) as Record<string, unknown>;
  const given: Record<string, unknown> = {};
  for (const word of words) {
    const at = word.indexOf('=');
    const name = at > 0 ? word.slice(0, at) : word;
    if (at <= 0 || !(name in defaults))
      throw new Refusal(
        'invalid_input',
        `"${word}" is no setting of ${detector.id}. There are: ${Object.entries(defaults)
          .map(([key, value]) => `${key}=${String(value)}`)
          .join(', ')}.`,
      );
    const text = word.slice(at + 1);
    const number = Number(text);
    given[name] = text !== '' && Number.isFinite(number) ? number : text;
  }
  const parsed = detector.settings.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new Refusal('invalid_input', 'Some settings are not right.', {
    problems: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  });
}

type Range = { from: Date; to: Date };

async function peopleBetween(tx: Tx, tenantId: string, range: Range, after: string | null): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT p.id::text FROM people p WHERE p.tenant_id = ${tenantId}::uuid AND (${after}::uuid IS NULL OR p.id > ${after}::uuid)
      AND EXISTS (SELECT 1 FROM events e WHERE e.tenant_id = p.tenant_id AND e.person_id = p.id AND e.occurred_at BETWEEN ${range.from} AND ${range.to})
    ORDER BY p.id LIMIT ${subjectsAtOnce}`;
  return rows.map(({ id }) => id);
}

async function addressesBetween(tx: Tx, tenantId: string, range: Range, after: string | null): Promise<string[]> {
  const rows = await tx.$queryRaw<{ ip: string }[]>`
    SELECT host(ip) AS ip FROM (SELECT DISTINCT e.ip FROM events e WHERE e.tenant_id = ${tenantId}::uuid AND e.ip IS NOT NULL
        AND (${after}::inet IS NULL OR e.ip > ${after}::inet) AND e.occurred_at BETWEEN ${range.from} AND ${range.to}) AS each
    ORDER BY each.ip LIMIT ${subjectsAtOnce}`;
  return rows.map(({ ip }) => ip);
}
