import type { Database } from '#lib/kernel/db/database.ts';
import { advanceRotations } from '#lib/keys/advance-rotations.ts';
import { readKeySet } from '#lib/keys/read-key-set.ts';
import { sweepKeys } from '#lib/keys/sweep-keys.ts';

/** The worker's stage for keys: rotations that are due, and old keys that nobody looks after. @returns how much was done */
export async function workKeys(database: Database, tenantId: string, signal: AbortSignal): Promise<number> {
  const advanced = await advanceRotations({
    database,
    tenantId,
    signal,
    ports: {
      readKeySet: (issuer, stop) => readKeySet(issuer.jwksUri, stop),
      takeProviderStep: (issuer) => Promise.reject(new Error(`${issuer.name} is not connected any more`)),
    },
  });
  return advanced + (await sweepKeys(database, tenantId));
}
