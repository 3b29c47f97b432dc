import type { Database } from '#lib/kernel/db/database.ts';
import { advanceRotations } from '#lib/keys/advance-rotations.ts';
import { allowanceOf, lookAtProviders, takeProviderStep } from '#lib/keys/provider-keys.ts';
import { readKeySet } from '#lib/keys/read-key-set.ts';
import { sweepKeys } from '#lib/keys/sweep-keys.ts';

/**
 * The worker's stage for keys: what providers report of theirs, rotations that are due, old keys that nobody looks after.
 * @returns how many rotations and keys moved
 */
export async function workKeys(database: Database, tenantId: string, signal: AbortSignal): Promise<number> {
  await lookAtProviders(database, tenantId, signal);
  const advanced = await advanceRotations({
    database,
    tenantId,
    signal,
    ports: {
      readKeySet: async (issuer, stop) =>
        readKeySet(issuer.jwksUri, stop, issuer.kind === 'own' ? undefined : await allowanceOf(database, issuer)),
      takeProviderStep: (issuer, rotation, stop) => takeProviderStep(database, issuer, rotation, stop),
    },
  });
  return advanced + (await sweepKeys(database, tenantId));
}
