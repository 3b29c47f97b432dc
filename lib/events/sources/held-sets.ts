import { z } from 'zod';
import { appendRecords } from '#lib/events/append.ts';
import type { FindPlace } from '#lib/events/event-row.ts';
import { claimsOf } from '#lib/events/sources/receive-set.ts';
import { readReceiver } from '#lib/events/sources/receivers.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { now } from '#lib/kernel/clock.ts';
import { defineCommand, execute } from '#lib/kernel/command.ts';
import { type Database, Prisma } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { ssf } from '#lib/providers/ssf/ssf.ts';

export const decisionOnHeld = z.strictObject({
  id: z.uuid(),
  decision: z.enum(['release', 'drop']),
  reason: z.string().trim().min(3).max(500),
});

/** A person decides on what was held over a stream's cap. The tokens stay either way; only a release makes events of them. */
const decideOnHeld = defineCommand({
  action: 'ssf_held_decided',
  permission: 'providers:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: decisionOnHeld,
  async run({ tx, actor, input: { id, decision, reason } }) {
    const decided = await tx.ssfSet.updateManyAndReturn({
      where: { tenantId: actor.tenantId, receiverId: id, disposition: 'held' },
      data: { disposition: decision === 'release' ? 'released' : 'dropped', decidedBy: actor.label, decidedAt: now() },
      select: { token: true },
    });
    if (decided.length === 0)
      throw new Refusal('conflict', 'Nothing is held on this stream any more. Nothing was changed.');
    return {
      result: decided.map(({ token }) => Buffer.from(token)),
      audit: { target: { type: 'ssf_receiver', id }, reason, detail: { decision, tokens: decided.length } },
    };
  },
});

/**
 * Decides on all held tokens of a stream. Released ones become events; doing that again after a crash stores nothing twice.
 * @returns how many were decided on @throws Refusal `conflict` when none is held
 */
export async function decideHeldSets(
  database: Database,
  actor: Actor,
  raw: unknown,
  findPlace: FindPlace,
): Promise<{ decided: number; stored: number }> {
  const tokens = await execute(database, decideOnHeld, actor, raw);
  const { id, decision } = decisionOnHeld.parse(raw);
  if (decision === 'drop') return { decided: tokens.length, stored: 0 };
  return { decided: tokens.length, stored: await storeReleased(database, actor.tenantId, id, findPlace) };
}

/** Makes events of every released token that is none yet. The worker calls it too, for what a crash left behind. */
export async function storeReleased(
  database: Database,
  tenantId: string,
  receiverId: string,
  findPlace: FindPlace,
): Promise<number> {
  const { receiver, tokens } = await database.inTenant(tenantId, async (tx) => ({
    receiver: await readReceiver(tx, tenantId, receiverId),
    tokens: await tx.$queryRaw<{ token: Uint8Array }[]>(Prisma.sql`
      SELECT s.token FROM ssf_sets s JOIN ssf_receivers r ON r.tenant_id = s.tenant_id AND r.id = s.receiver_id
      WHERE s.tenant_id = ${tenantId}::uuid AND s.receiver_id = ${receiverId}::uuid AND s.disposition = 'released' AND s.token <> '\\x'
        AND NOT EXISTS (SELECT 1 FROM event_ids e WHERE e.tenant_id = s.tenant_id AND e.provider_id = r.provider_id
          AND e.source_event_id = s.issuer || ' ' || s.jti)
      ORDER BY s.received_at LIMIT 1000`),
  }));
  if (!receiver || tokens.length === 0) return 0;
  const records = tokens.map(({ token }) => ({ raw: claimsOf(Buffer.from(token).toString('latin1')), problem: null }));
  const { provider } = receiver;
  const summary = await appendRecords(
    { database, tenantId, provider, definition: ssf, findPlace, receivedAt: now() },
    records,
  );
  return summary.stored;
}
