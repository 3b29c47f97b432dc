import { json } from '#app/api/answer.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { signingKeysOpen } from '#lib/keys/key-set.ts';

export const dynamic = 'force-dynamic';

/** Tenants whose keys are tried; a desk with more is told by its worker's log. */
const tenantsMax = 50;

/** Database, worker and signing keys. 503 names what is missing, without saying more. */
export async function GET(): Promise<Response> {
  const state = { database: false, worker: false, keys: false };
  try {
    const database = pool('desk');
    const [row] = await database.outsideTenants(
      (tx) =>
        tx.$queryRaw<
          { alive: boolean }[]
        >`SELECT EXISTS (SELECT 1 FROM heartbeats WHERE process = 'worker' AND seen_at > clock_timestamp() - interval '30 seconds') AS alive`,
    );
    state.database = true;
    state.worker = row?.alive ?? false;
    const tenants = await database.outsideTenants((tx) =>
      tx.tenant.findMany({ select: { id: true }, orderBy: { id: 'asc' }, take: tenantsMax }),
    );
    state.keys = true;
    for (const { id } of tenants) state.keys &&= await database.inTenant(id, (tx) => signingKeysOpen(tx, id));
  } catch {
    // Not ready is the answer.
  }
  const ok = state.database && state.worker && state.keys;
  return json({ ok, ...state }, { status: ok ? 200 : 503 });
}
