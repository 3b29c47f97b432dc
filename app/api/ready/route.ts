import { json } from '#app/api/answer.ts';
import { pool } from '#lib/kernel/db/pools.ts';

export const dynamic = 'force-dynamic';

/** Database and worker. 503 names what is missing, without saying more. */
export async function GET(): Promise<Response> {
  const state = { database: false, worker: false };
  try {
    const [row] = await pool('desk').outsideTenants(
      (tx) =>
        tx.$queryRaw<
          { alive: boolean }[]
        >`SELECT EXISTS (SELECT 1 FROM heartbeats WHERE process = 'worker' AND seen_at > clock_timestamp() - interval '30 seconds') AS alive`,
    );
    state.database = true;
    state.worker = row?.alive ?? false;
  } catch {
    // Not ready is the answer.
  }
  const ok = state.database && state.worker;
  return json({ ok, ...state }, { status: ok ? 200 : 503 });
}
