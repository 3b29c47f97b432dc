import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { loadIssuer } from '#lib/keys/issuers.ts';
import { leadSecondsOf } from '#lib/keys/lifecycle.ts';
import { lockIssuer } from '#lib/keys/start-rotation.ts';
import { durationWords } from '#lib/model/duration.ts';
import { changeableKeyPolicy } from '#lib/model/signing-key.ts';

const day = 86_400;
const span = (least: number, most: number) =>
  z
    .int()
    .min(least, `At least ${durationWords(least)}.`)
    .max(most, `At most ${durationWords(most)}.`)
    .optional();

/**
 * Changes how long the keys of an issuer are announced, trusted, kept and used. What the key set itself says (`max-age`) is its
 * server's to change. Nothing moves by it: it counts for the rotations proposed from here on.
 * @throws Refusal `conflict` while a rotation is proposed or open (its timetable was signed as it stands) or when nothing would
 * change; `invalid_input` for a lead time shorter than a key set may be cached
 */
export const changeKeyPolicy = defineCommand({
  action: 'key_policy_changed',
  permission: 'keys:propose',
  stepUp: true,
  input: z.strictObject({
    issuerId: z.uuid(),
    leadSeconds: span(0, 90 * day),
    clientCacheSeconds: span(0, 30 * day),
    tokenLifeSeconds: span(60, 90 * day),
    skewSeconds: span(0, 3_600),
    keepSeconds: span(0, 365 * day),
    periodSeconds: span(day, 5 * 365 * day),
    reason: z.string().trim().min(3, 'Say in a few words why; it goes into the audit.').max(500),
  }),
  async run({ tx, actor, input: { issuerId, reason, ...wanted } }) {
    const { tenantId } = actor;
    await lockIssuer(tx, tenantId, issuerId);
    const { name, policy } = await loadIssuer(tx, tenantId, issuerId);
    await refuseWhileUnderWay(tx, tenantId, issuerId);
    const next = {
      ...policy,
      ...Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)),
    };
    const changed = changeableKeyPolicy.filter((part) => next[part] !== policy[part]);
    if (changed.length === 0)
      throw new Refusal('conflict', 'This is the policy already. Nothing was changed; load the page again to see it.');
    const least = leadSecondsOf({ ...next, leadSeconds: 0 });
    if (next.leadSeconds < least)
      throw new Refusal('invalid_input', 'The lead time is too short. Nothing was changed.', {
        problems: [
          {
            path: 'leadSeconds',
            message: `A key set may be cached for ${durationWords(least)}, so a key is public at least that long before it signs.`,
          },
        ],
      });
    await tx.$executeRaw`
      UPDATE signing_issuers SET lead_seconds = ${next.leadSeconds}, client_cache_seconds = ${next.clientCacheSeconds},
        token_life_seconds = ${next.tokenLifeSeconds}, skew_seconds = ${next.skewSeconds}, keep_seconds = ${next.keepSeconds},
        period_seconds = ${next.periodSeconds}
      WHERE tenant_id = ${tenantId}::uuid AND id = ${issuerId}::uuid`;
    return {
      result: { policy: next },
      audit: {
        target: { type: 'signing_issuer', id: issuerId },
        reason,
        detail: {
          issuer: name,
          ...Object.fromEntries(changed.map((part) => [part, `${policy[part]} → ${next[part]}`])),
        },
      },
    };
  },
});

async function refuseWhileUnderWay(tx: Tx, tenantId: string, issuerId: string): Promise<void> {
  const [underWay] = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM key_rotations WHERE tenant_id = ${tenantId}::uuid AND issuer_id = ${issuerId}::uuid AND state IN ('running', 'halted')
    UNION ALL
    SELECT 1 FROM proposals p JOIN proposal_targets t ON t.tenant_id = p.tenant_id AND t.proposal_id = p.id AND t.target_type = 'signing_key'
    WHERE p.tenant_id = ${tenantId}::uuid AND p.kind IN ('rotate-key', 'kill-key') AND p.state IN ('pending', 'approved')
      AND p.expires_at > clock_timestamp() AND t.detail::jsonb ->> 'issuerId' = ${issuerId}
    LIMIT 1`;
  if (underWay)
    throw new Refusal(
      'conflict',
      'A rotation of this issuer is proposed or under way with the timetable that was signed. Finish, withdraw or abandon it first; nothing was changed.',
    );
}
