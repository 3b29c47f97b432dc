import { detectors } from '#lib/detection/registry.ts';
import { runDueItems } from '#lib/execution/run-due-items.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { workKeys } from '#lib/keys/work-keys.ts';
import { endSessionEffect } from '#lib/revocation/end-session-effect.ts';
import { detectWaitingBatches } from '#lib/signals/detect-batches.ts';

/**
 * The whole system on one screen. Records come in by the ingest door or an import (lib/events: split → read → append, one
 * transaction a batch). From there the worker takes over, tenant by tenant:
 *
 *   append → detect → raise → (a person decides) → order → run → look again → audit
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
    done += await runDueItems({ database, tenantId, effect: endSessionEffect, signal });
    done += await workKeys(database, tenantId, signal);
    done += (await detectWaitingBatches(database, tenantId, detectors)).batches;
  }
  return done;
}
