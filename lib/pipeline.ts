import { expireProposals } from '#lib/approvals/expire-proposals.ts';
import { detectors } from '#lib/detection/registry.ts';
import { appendDeskRecords } from '#lib/events/append-desk-records.ts';
import { type SourceRunner, sourceRunner } from '#lib/events/sources/source-runner.ts';
import type { Effects } from '#lib/execution/effect.ts';
import { type ItemRunner, itemRunner } from '#lib/execution/run-due-items.ts';
import { settleRuns } from '#lib/execution/settle-runs.ts';
import { startRuns } from '#lib/execution/start-runs.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { places } from '#lib/kernel/geo/places.ts';
import { rotationEffect } from '#lib/keys/rotation-effect.ts';
import { workKeys } from '#lib/keys/work-keys.ts';
import { recoveryEffect } from '#lib/recovery/recovery-effect.ts';
import { workRecovery } from '#lib/recovery/work-recovery.ts';
import { endSessionEffect } from '#lib/revocation/end-session-effect.ts';
import { freezeDrafts } from '#lib/revocation/rehearse.ts';
import { detectWaitingBatches } from '#lib/signals/detect-batches.ts';

/** How each kind of destructive act is carried out, one line a kind. A kind without an effect does not compile. */
export const effects: Effects = {
  'revoke-sessions': endSessionEffect,
  'rotate-key': rotationEffect('rotate'),
  'kill-key': rotationEffect('kill'),
  'recover-account': recoveryEffect,
};

const runners = new WeakMap<Database, ItemRunner>();

/** The runner of this process on this database; its memory of resting providers outlives a round. */
export function runnerOn(database: Database): ItemRunner {
  const runner = runners.get(database) ?? itemRunner(database, effects);
  runners.set(database, runner);
  return runner;
}

const sources = new WeakMap<Database, SourceRunner>();

/** What reads the providers' own logs in this process. */
export function sourcesOn(database: Database): SourceRunner {
  const runner = sources.get(database) ?? sourceRunner(database, (ip) => places().find(ip));
  sources.set(database, runner);
  return runner;
}

/**
 * The whole system on one screen. Records come in by the ingest door or an import (lib/events: split → read → append, one
 * transaction a batch), or the worker fetches them from the providers' logs and from the desk's own door. From there the worker takes over, tenant by tenant:
 *
 *   append → detect → raise → (people decide) → propose → sign → start → run → look again → audit
 *
 * Each stage claims its own work in the database, so any number of workers may run and any of them may die at any moment.
 * @returns how much was done, so that the loop knows whether to go on at once
 */
export async function workOnce(database: Database, signal: AbortSignal): Promise<number> {
  const tenants = await database.outsideTenants((tx) =>
    tx.tenant.findMany({ select: { id: true }, orderBy: { id: 'asc' } }),
  );
  let done = 0;
  for (const { id: tenantId } of tenants) {
    if (signal.aborted) break;
    // What somebody ordered goes before what nobody has seen yet.
    await sourcesOn(database).work(tenantId, signal);
    done += await expireProposals(database, tenantId);
    done += await freezeDrafts(database, tenantId);
    done += await startRuns(database, tenantId);
    done += await runnerOn(database).work(tenantId, signal);
    done += await settleRuns(database, tenantId, effects);
    done += await workKeys(database, tenantId, signal);
    done += await workRecovery(database, tenantId, signal);
    done += await appendDeskRecords(database, tenantId, (ip) => places().find(ip));
    done += (await detectWaitingBatches(database, tenantId, detectors)).batches;
  }
  return done;
}
