import { z } from 'zod';
import { propose } from '#lib/approvals/submit.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { type Dependants, dependantsOf } from '#lib/keys/dependants.ts';
import { activeKey, type Issuer, keysOf, loadIssuer, type StoredKey } from '#lib/keys/issuers.ts';
import { lockIssuer, planOf, type RotationPlan } from '#lib/keys/start-rotation.ts';
import { durationWords } from '#lib/model/duration.ts';
import { servedKeyStates } from '#lib/model/signing-key.ts';

/** What is shown before anything is signed: exactly what the proposal freezes. */
export type RotationPreview = {
  issuer: Issuer;
  kind: 'rotate' | 'kill';
  key: StoredKey;
  plan: RotationPlan;
  dependants: Dependants;
  /** What stops working, in sentences, the worst first. Empty for a rotation: it breaks nobody. */
  breaks: string[];
};

/** What a rotation or kill would do. @throws Refusal `not_found`, `conflict` when the key cannot be moved */
export async function previewRotation(
  tx: Tx,
  tenantId: string,
  input: { issuerId: string; kind: 'rotate' | 'kill'; keyId?: string | undefined },
): Promise<RotationPreview> {
  const { issuerId, kind } = input;
  const issuer = await loadIssuer(tx, tenantId, issuerId);
  const keys = await keysOf(tx, tenantId, issuerId);
  const key = input.keyId ? keys.find(({ id }) => id === input.keyId) : activeKey(keys);
  if (!key || !servedKeyStates.includes(key.state))
    throw new Refusal('conflict', 'This key is not trusted by anybody any more, so there is nothing to do.');
  if (kind === 'rotate' && key.state !== 'active')
    throw new Refusal('conflict', 'Only the key that signs can be rotated.');
  const next = keys.find(({ state }) => state === 'published');
  const dependants = await dependantsOf(tx, {
    tenantId,
    issuerId,
    keyId: key.id,
    nextPublishedAt: next?.publishedAt ?? null,
  });
  return {
    issuer,
    kind,
    key,
    plan: planOf(issuer.policy),
    dependants,
    breaks: kind === 'kill' ? breaksOf(issuer, key, dependants) : [],
  };
}

function breaksOf(issuer: Issuer, key: StoredKey, dependants: Dependants): string[] {
  const { clientCacheSeconds, jwksMaxAgeSeconds } = issuer.policy;
  const cacheSeconds = Math.max(clientCacheSeconds, jwksMaxAgeSeconds);
  const lasting = dependants.tokens.filter(({ aliveUntil }) => aliveUntil === null);
  const dying = dependants.tokens.filter(
    ({ aliveUntil }) => aliveUntil !== null && Date.parse(aliveUntil) > Date.now(),
  );
  const count = (uses: Dependants['tokens']) =>
    uses.reduce((sum, { tokens }) => sum + tokens, 0).toLocaleString('en-US');
  return [
    ...dying.map(
      (use) =>
        `Of ${count([use])} tokens (${use.typ}${use.audience ? ` for ${use.audience}` : ''}) the living ones are refused; the last would have lived until ${use.aliveUntil?.slice(0, 19).replace('T', ' ')} UTC.`,
    ),
    ...(lasting.length > 0
      ? [
          `What it signed without an expiry verifies no more, neither with the key set nor with the archive: ${lasting.map((use) => `${count([use])} × ${use.typ}`).join(', ')}.`,
        ]
      : []),
    key.state === 'active'
      ? 'A new key signs at once, without having been public before: readers that do not fetch an unknown key again refuse its tokens until their copy of the key set runs out.'
      : 'The key that signs stays; tokens signed before it took over are refused.',
    `Readers that hold a copy of the key set go on trusting the killed key for up to ${durationWords(cacheSeconds)}.`,
    ...(dependants.readersTotal > 0
      ? [`${dependants.readersTotal} readers of the key set are known; they are named below.`]
      : []),
  ];
}

/**
 * Proposes a rotation, or the kill of a key: the timetable, who relies on the key and what breaks are frozen into the payload that
 * is signed. A key custodian proposes with a fresh passkey proof, a second person signs.
 * @throws Refusal `conflict` while another rotation of the issuer is open or proposed
 */
export const proposeRotation = defineCommand({
  action: 'key_rotation_proposed',
  permission: 'keys:propose',
  stepUp: true,
  input: z.strictObject({
    issuerId: z.uuid(),
    kind: z.enum(['rotate', 'kill']),
    keyId: z.uuid().optional(),
    reason: z.string().trim().min(3, 'Say in a few words why; it goes into the audit.').max(500),
  }),
  async run({ tx, actor, input }) {
    const { tenantId } = actor;
    await lockIssuer(tx, tenantId, input.issuerId);
    const preview = await previewRotation(tx, tenantId, input);
    await refuseSecond(tx, tenantId, preview);
    const { issuer, key, plan, dependants, breaks } = preview;
    const proposed = await propose(tx, actor, {
      kind: input.kind === 'kill' ? 'kill-key' : 'rotate-key',
      reason: input.reason,
      parameters: {
        issuer: { id: issuer.id, name: issuer.name, issuer: issuer.issuer, jwksUri: issuer.jwksUri },
        key: { id: key.id, kid: key.kid, version: key.version, state: key.state },
        plan,
        policy: issuer.policy,
      },
      summary: {
        ...(input.kind === 'kill' ? { breaks } : { steps: stepsInWords(plan) }),
        tokens: dependants.tokens,
        readers: dependants.readers.map(({ reader, fetches, lastAt }) => ({ reader, fetches, lastAt })),
        readersTotal: dependants.readersTotal,
      },
      targets: [
        {
          type: 'signing_key',
          id: key.id,
          personId: null,
          providerId: issuer.providerId,
          reference: key.kid,
          label: `${issuer.name}, key ${key.kid.slice(0, 12)}`,
          detail: { issuerId: issuer.id },
        },
      ],
    });
    return {
      result: { proposalId: proposed.id, digest: proposed.digest, state: proposed.state },
      audit: {
        target: { type: 'signing_key', id: key.id },
        reason: input.reason,
        detail: { kind: input.kind, issuer: issuer.name, kid: key.kid, proposal: proposed.id, digest: proposed.digest },
      },
    };
  },
});

/** The timetable as whoever signs reads it. */
function stepsInWords(plan: RotationPlan): string[] {
  return [
    'At once: the next key is made and published',
    `${durationWords(plan.activateAfter)} later: the next key signs, the old one stays trusted`,
    `${durationWords(plan.retireAfter)} later: the old key leaves the key set`,
    `${durationWords(plan.destroyAfter)} later: the private half of the old key is destroyed`,
  ];
}

/** A rotation waits for the one before it. A kill waits for nothing but for the same kill. */
async function refuseSecond(tx: Tx, tenantId: string, { issuer, kind, key }: RotationPreview): Promise<void> {
  const [waiting] = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM proposals p JOIN proposal_targets t ON t.tenant_id = p.tenant_id AND t.proposal_id = p.id AND t.target_type = 'signing_key'
    WHERE p.tenant_id = ${tenantId}::uuid AND p.state IN ('pending', 'approved') AND p.expires_at > clock_timestamp()
      AND (${kind} = 'rotate' AND p.kind IN ('rotate-key', 'kill-key') AND t.detail::jsonb ->> 'issuerId' = ${issuer.id}
        OR p.kind = 'kill-key' AND t.target_id = ${key.id}::uuid) LIMIT 1`;
  if (waiting)
    throw new Refusal(
      'conflict',
      kind === 'kill'
        ? 'The kill of this key is proposed already and waits for somebody to sign it.'
        : 'A rotation of this issuer is proposed already. Sign, reject or withdraw it first.',
    );
  if (kind === 'kill') return;
  const open = await tx.keyRotation.findFirst({
    where: { tenantId, issuerId: issuer.id, state: { in: ['running', 'halted'] } },
  });
  if (open)
    throw new Refusal('conflict', 'A rotation of this issuer is under way already. Finish or abandon it first.');
}
