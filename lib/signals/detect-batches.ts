import type { Baseline, Detector } from '#lib/detection/definition.ts';
import { networkOf } from '#lib/detection/network-of.ts';
import { runDetectors } from '#lib/detection/run-detectors.ts';
import { historyOfNetworks, historyOfPeople } from '#lib/events/history.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import type { Finding } from '#lib/model/detection.ts';
import { raiseSignals } from '#lib/signals/raise-signals.ts';

/** Appended batches one transaction looks at, and events of all of them; a larger batch is looked at alone. */
const batchesAtOnce = 10;
const eventsAtOnce = 3_000;
/**
 * People or networks whose history is in memory at once, and events of them that are aimed at: where the last ones had more, fewer are
 * taken. A detector sees one of them at a time, so this changes no finding.
 */
const subjectsAtOnce = 100;
const historyAtOnce = 10_000;
/** History is loaded somewhat wider than the look-back, so that what came before its edge still says where a person was. */
const historyFactor = 2;

/**
 * Looks at waiting batches of one tenant: claims them, loads the history around them, runs the detectors, raises signals and marks
 * them done, all in one transaction. A worker that dies half-way leaves them waiting for the next one; nothing is done twice.
 * @returns how many batches were looked at
 */
export async function detectWaitingBatches(
  database: Database,
  tenantId: string,
  detectors: readonly Detector[],
): Promise<{ batches: number; raised: number }> {
  return database.inTenant(tenantId, async (tx) => {
    const claimed = await tx.$queryRaw<
      { id: string; event_ids: string[]; person_ids: string[]; ips: string[]; from_at: Date; to_at: Date }[]
    >`
      SELECT id::text, event_ids::text[], person_ids::text[], ARRAY(SELECT host(ip) FROM unnest(ips) AS ip) AS ips, from_at, to_at
      FROM event_batches WHERE tenant_id = ${tenantId}::uuid AND detected_at IS NULL
      ORDER BY created_at, id LIMIT ${batchesAtOnce} FOR UPDATE SKIP LOCKED`;
    if (claimed.length === 0) return { batches: 0, raised: 0 };
    let events = 0;
    const batches = claimed.filter((batch, at) => {
      events += batch.event_ids.length;
      return at === 0 || events <= eventsAtOnce;
    });
    const newEventIds = new Set(batches.flatMap((batch) => batch.event_ids));
    const times = batches.flatMap((batch) => [batch.from_at.getTime(), batch.to_at.getTime()]);
    const span = { from: Math.min(...times), to: Math.max(...times) };
    const people = [...new Set(batches.flatMap((batch) => batch.person_ids))];
    const networks = [...new Set(batches.flatMap((batch) => batch.ips.flatMap((ip) => networkOf(ip) ?? [])))];
    const baseline = await loadBaseline(tx, tenantId, people);
    const hours = Math.max(0, ...detectors.map((detector) => detector.lookbackHours)) * historyFactor;
    const from = new Date(span.from - hours * 3_600_000);
    const to = new Date(span.to + hours * 3_600_000);
    const findings: Finding[] = [];
    // A person's part must hold all of that person, a network's all of that network; so each scope has its own history.
    for (const [scope, subjects, historyOf] of [
      ['person', people, historyOfPeople],
      ['network', networks, historyOfNetworks],
    ] as const) {
      const scoped = detectors.filter((detector) => detector.scope === scope);
      // Few at first: how much one of them has is not known yet.
      let size = subjectsAtOnce / 4;
      for (let at = 0; at < subjects.length; ) {
        const taken = subjects.slice(at, at + size);
        const history = await historyOf(tx, tenantId, taken, from, to);
        findings.push(...runDetectors({ detectors: scoped, history, newEventIds, baseline }));
        at += taken.length;
        size = Math.max(1, Math.min(subjectsAtOnce, Math.floor((historyAtOnce * taken.length) / (history.length + 1))));
      }
    }
    const raised = await raiseSignals(tx, tenantId, findings);
    await tx.$executeRaw`
      UPDATE event_batches SET detected_at = clock_timestamp() WHERE tenant_id = ${tenantId}::uuid AND id = ANY(${batches.map((batch) => batch.id)}::uuid[])`;
    return { batches: batches.length, raised };
  });
}

async function loadBaseline(tx: Tx, tenantId: string, people: readonly string[]): Promise<Baseline> {
  const persons = await tx.$queryRaw<{ id: string; first: Date; sign_ins: number }[]>`
    SELECT id::text, first_seen_at AS first, sign_ins FROM people WHERE tenant_id = ${tenantId}::uuid AND id = ANY(${people}::uuid[])`;
  const devices = await tx.$queryRaw<{ id: string; first: Date; sign_ins: number }[]>`
    SELECT id::text, first_seen_at AS first, sign_ins FROM devices WHERE tenant_id = ${tenantId}::uuid AND person_id = ANY(${people}::uuid[])`;
  const personById = new Map(persons.map((row) => [row.id, row]));
  const deviceById = new Map(devices.map((row) => [row.id, row]));
  return {
    personFirstSeenAt: (id) => personById.get(id)?.first ?? null,
    personSignIns: (id) => personById.get(id)?.sign_ins ?? 0,
    deviceSignIns: (id) => deviceById.get(id)?.sign_ins ?? 0,
    deviceFirstSeenAt: (id) => deviceById.get(id)?.first ?? null,
  };
}
