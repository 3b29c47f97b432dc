import type { Database } from '#lib/kernel/db/database.ts';
import { networkOf, takePermitQuickly, tooMany } from '#lib/staff/rate-limit.ts';

/** What anybody may ask for without having proved anything, a network: more than people need, waits of seconds. */
const publicDoor = { name: 'public door', burst: 240, perMinute: 240 } as const;

/** Lets a request of an unknown caller in, or makes its network wait a moment. @throws Refusal `rate_limited` */
export async function admitStranger(database: Database, request: Pick<Request, 'headers'>): Promise<void> {
  const ip = request.headers.get('x-gatehouse-client-ip') || null;
  const wait = await takePermitQuickly(database, publicDoor, networkOf(ip));
  if (wait > 0) throw tooMany(wait);
}
