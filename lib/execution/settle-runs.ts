import { concludeRuns } from '#lib/execution/conclude-runs.ts';
import type { Effects } from '#lib/execution/effect.ts';
import type { Database } from '#lib/kernel/db/database.ts';

/** Items a transaction marks at most. */
const skippedMax = 20_000;

/**
 * Brings stopped runs to their end: items that were never begun become "not done", each with its step in the ledger; the run ends
 * when nothing that was begun is left. Also ends runs whose last item came to an end in a process that died just then.
 * @returns how many batches it worked on
 */
export async function settleRuns(database: Database, tenantId: string, effects: Effects): Promise<number> {
  return database.inTenant(tenantId, async (tx) => {
    const skipped = await tx.$executeRaw`
      WITH due AS (SELECT d.run_id, d.position FROM run_items d JOIN runs r ON r.tenant_id = d.tenant_id AND r.id = d.run_id
          WHERE d.tenant_id = ${tenantId}::uuid AND r.state = 'aborted' AND r.finished_at IS NULL AND d.state = 'planned' AND d.finished_at IS NULL
          LIMIT ${skippedMax} FOR UPDATE OF d SKIP LOCKED),
      moved AS (UPDATE run_items i SET state = 'skipped', steps = i.steps + 1, finished_at = clock_timestamp(), lease_until = NULL, cause = 'stopped'
          FROM due WHERE i.tenant_id = ${tenantId}::uuid AND i.run_id = due.run_id AND i.position = due.position
          RETURNING i.run_id, i.position, i.steps, i.attempts)
      INSERT INTO run_item_steps (tenant_id, run_id, position, seq, at, state, attempt, detail)
      SELECT ${tenantId}::uuid, run_id, position, steps, clock_timestamp(), 'skipped', attempts, 'The run was stopped before this was begun' FROM moved`;
    const open = await tx.$queryRaw<{ id: string }[]>`
      SELECT id::text FROM runs WHERE tenant_id = ${tenantId}::uuid AND finished_at IS NULL AND state IN ('running', 'aborted')`;
    const ended =
      open.length > 0
        ? await concludeRuns(
            tx,
            tenantId,
            effects,
            open.map(({ id }) => id),
          )
        : new Map();
    return ended.size + (skipped > 0 ? 1 : 0);
  });
}
