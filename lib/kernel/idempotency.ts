import type { Actor } from '#lib/kernel/actor.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { equalBytes, sha256, stableId } from '#lib/kernel/ids.ts';

/** How long a process may take for an answer before another may take over. Seconds. */
const heldSeconds = 30;
/** How long an answer is kept. Hours. */
const keptHours = 48;

export type KeptAnswer = { status: number; text: string };
export type IdempotentCall = {
  /** The answer given before, if there is one. */
  before: KeptAnswer | null;
  /** An id that follows from caller and key: what a change makes under it is found again after a crash, not made twice. */
  repeatId: string;
  keep(answer: KeptAnswer): Promise<void>;
  /** Lets go of the key without an answer, so that the call can be made again. */
  release(): Promise<void>;
};

/**
 * Claims an Idempotency-Key for one call (draft-ietf-httpapi-idempotency-key-header): by a unique insert, so of many at once one
 * works. A key whose process died is taken over after 30 s, by the database's clock.
 * @throws Refusal `conflict` while the first call is in flight, `invalid_input` (422) for the same key with another request
 */
export async function claimIdempotencyKey(
  database: Database,
  actor: Actor,
  key: string,
  request: string,
): Promise<IdempotentCall> {
  const { tenantId } = actor;
  const who = `${actor.type} ${actor.id}`;
  const fingerprint = new Uint8Array(sha256(request));
  const before = await database.inTenant(tenantId, async (tx) => {
    await tx.$executeRaw`DELETE FROM idempotency_keys WHERE tenant_id = ${tenantId}::uuid AND created_at < clock_timestamp() - make_interval(hours => ${keptHours})`;
    const claimed = await tx.$executeRaw`
      INSERT INTO idempotency_keys AS k (tenant_id, actor, key, fingerprint, held_until)
      VALUES (${tenantId}::uuid, ${who}, ${key}, ${fingerprint}, clock_timestamp() + make_interval(secs => ${heldSeconds}))
      ON CONFLICT (tenant_id, actor, key) DO UPDATE SET held_until = excluded.held_until
        WHERE k.status IS NULL AND k.held_until < clock_timestamp() AND k.fingerprint = excluded.fingerprint`;
    if (claimed > 0) return null;
    return tx.idempotencyKey.findUnique({ where: { tenantId_actor_key: { tenantId, actor: who, key } } });
  });
  if (before && !equalBytes(before.fingerprint, fingerprint))
    throw new Refusal(
      'invalid_input',
      'This Idempotency-Key was used for another request. Use a new key for a new request; nothing was changed.',
    );
  if (before && before.status === null)
    throw new Refusal(
      'conflict',
      'The first request with this Idempotency-Key is still in flight. Ask again in a moment.',
      {
        retryAfterSeconds: 1,
      },
    );
  return {
    before: before ? { status: before.status ?? 200, text: before.answer ?? '' } : null,
    repeatId: stableId('idempotency', tenantId, who, key),
    async keep(answer) {
      await database.inTenant(
        tenantId,
        (tx) => tx.$executeRaw`UPDATE idempotency_keys SET status = ${answer.status}, answer = ${answer.text}
          WHERE tenant_id = ${tenantId}::uuid AND actor = ${who} AND key = ${key} AND status IS NULL`,
      );
    },
    async release() {
      await database.inTenant(
        tenantId,
        (tx) => tx.$executeRaw`DELETE FROM idempotency_keys
          WHERE tenant_id = ${tenantId}::uuid AND actor = ${who} AND key = ${key} AND status IS NULL`,
      );
    },
  };
}
