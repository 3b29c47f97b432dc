import { canonicalText, type Payload, payloadDigest } from '#lib/approvals/payload.ts';
import { personOf, systemId } from '#lib/approvals/people.ts';
import { type AppliedPolicy, type ProposalKind, policyFor } from '#lib/approvals/rules.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import type { Prisma, Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId, newNonce } from '#lib/kernel/ids.ts';
import type { JsonObject } from '#lib/model/event.ts';

/** One frozen target: exactly what was previewed. `reference` is the provider's name for it, `label` what people read. */
export type Target = {
  type: string;
  id: string;
  personId: string | null;
  providerId: string | null;
  reference: string;
  label: string;
  detail?: JsonObject | null;
};

/** Targets one proposal may have at most. */
export const targetsMax = 1_000_000;
/** Targets a freezing transaction takes at most. */
export const freezeBatchMax = 50_000;

/**
 * Selects a page of targets: `target_type, target_id, person_id, provider_id, reference, label, detail` of up to `limit` rows whose
 * `target_id` is above `after`, in that order.
 */
export type TargetPage = (page: { after: string | null; limit: number }) => Prisma.Sql;

/** Opens a draft: nothing frozen yet, nothing can happen. With an `id` that this proposer has used, finds that one. @returns its id */
export async function openDraft(
  tx: Tx,
  actor: Actor,
  input: { kind: ProposalKind; reason: string; parameters?: JsonObject; id?: string },
): Promise<string> {
  const id = input.id ?? newId();
  const proposerId = actor.type === 'system' ? systemId : actor.id;
  const person = await personOf(tx, actor);
  await tx.$executeRaw`
    INSERT INTO proposals (tenant_id, id, kind, reason, parameters, state, proposer_type, proposer_id, proposer_person, proposer_label, nonce, expires_at)
    VALUES (${actor.tenantId}::uuid, ${id}::uuid, ${input.kind}, ${input.reason}, ${canonicalText(input.parameters ?? {})}, 'draft',
      ${actor.type}, ${proposerId}::uuid, ${person}, ${actor.label}, ${new Uint8Array(newNonce())}, clock_timestamp() + interval '1 hour')
    ON CONFLICT DO NOTHING`;
  return id;
}

/** Adds targets that the caller has in hand to a draft, in their order. For sets of thousands use `freezePage`. */
export async function addTargets(
  tx: Tx,
  tenantId: string,
  proposalId: string,
  targets: readonly Target[],
): Promise<void> {
  const rows = targets.map((target) => ({
    target_type: target.type,
    target_id: target.id,
    person_id: target.personId,
    provider_id: target.providerId,
    reference: target.reference,
    label: target.label,
    detail: target.detail ? canonicalText(target.detail) : null,
  }));
  const base = await lockDraft(tx, tenantId, proposalId);
  await tx.$executeRaw`
    INSERT INTO proposal_targets (tenant_id, proposal_id, position, target_type, target_id, person_id, provider_id, reference, label, detail)
    SELECT ${tenantId}::uuid, ${proposalId}::uuid, ${base.count}::int + r.ordinality, target_type, target_id, person_id, provider_id, reference, label, detail
    FROM ROWS FROM (json_to_recordset(${JSON.stringify(rows)}::json)
      AS (target_type text, target_id uuid, person_id uuid, provider_id uuid, reference text, label text, detail text)) WITH ORDINALITY
      AS r(target_type, target_id, person_id, provider_id, reference, label, detail, ordinality)`;
  await tx.$executeRaw`
    UPDATE proposals SET target_count = ${base.count + rows.length} WHERE tenant_id = ${tenantId}::uuid AND id = ${proposalId}::uuid AND state = 'draft'`;
}

/**
 * Freezes the next page of a scope by one INSERT … SELECT. Each page is a transaction of its own, so a million targets neither
 * hold a lock nor lose what is done when a process dies: the draft remembers how far it is.
 * @returns how many were added, and whether the scope is exhausted
 */
export async function freezePage(
  tx: Tx,
  tenantId: string,
  proposalId: string,
  page: TargetPage,
  limit = freezeBatchMax,
  most = targetsMax,
): Promise<{ added: number; done: boolean }> {
  const base = await lockDraft(tx, tenantId, proposalId);
  const room = Math.min(limit, most - base.count);
  if (room <= 0) {
    // Full to the last place: only one more would be too many.
    const more = await tx.$queryRaw<unknown[]>(page({ after: base.cursor, limit: 1 }));
    if (more.length === 0) return { added: 0, done: true };
    throw new Refusal(
      'too_large',
      `This scope holds more than ${most.toLocaleString('en-US')} targets. Narrow it; nothing was done.`,
    );
  }
  // By the key, from the last page on: sorting what is left for each page would read a large scope once a page.
  await tx.$executeRaw`SET LOCAL enable_sort = off`;
  const added = await tx.$executeRaw`
    INSERT INTO proposal_targets (tenant_id, proposal_id, position, target_type, target_id, person_id, provider_id, reference, label, detail)
    SELECT ${tenantId}::uuid, ${proposalId}::uuid, ${base.count}::int + row_number() OVER (), b.target_type, b.target_id, b.person_id, b.provider_id,
      b.reference, b.label, b.detail
    FROM (${page({ after: base.cursor, limit: room })}) AS b`;
  await tx.$executeRaw`
    UPDATE proposals SET target_count = ${base.count + added}, freeze_cursor = COALESCE((SELECT t.target_id FROM proposal_targets t
        WHERE t.tenant_id = ${tenantId}::uuid AND t.proposal_id = ${proposalId}::uuid AND t.position = ${base.count + added}), freeze_cursor)
    WHERE tenant_id = ${tenantId}::uuid AND id = ${proposalId}::uuid AND state = 'draft'`;
  return { added, done: added < room };
}

/**
 * Closes a draft's set: from here on no target joins, and digest, policy and payload are fixed.
 * @returns what the policy asks for
 * @throws Refusal `invalid_input` when the set is empty; `conflict` when it is sealed already or holds another number than was `counted`
 */
export async function sealDraft(
  tx: Tx,
  tenantId: string,
  proposalId: string,
  input: { summary?: JsonObject; people: number; counted?: number },
): Promise<{ digest: string; policy: AppliedPolicy }> {
  const base = await lockDraft(tx, tenantId, proposalId);
  if (base.count === 0) throw new Refusal('invalid_input', 'Nothing is in this scope, so there is nothing to do.');
  if (input.counted !== undefined && input.counted !== base.count)
    throw new Refusal('conflict', 'More was frozen while this set was counted. Nothing was changed.');
  const proposal = await tx.proposal.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id: proposalId } } });
  const kind = proposal.kind as ProposalKind;
  const parameters = JSON.parse(proposal.parameters) as JsonObject;
  const summary = input.summary ?? {};
  const policy = policyFor(kind, proposal.proposerType as Actor['type'], {
    targets: base.count,
    people: input.people,
    parameters,
    summary,
  });
  const [fixed] = await tx.$queryRaw<{ digest: Uint8Array; expires: Date }[]>`
    SELECT gatehouse_targets_digest(${tenantId}::uuid, ${proposalId}::uuid) AS digest,
      (clock_timestamp() + make_interval(hours => ${policy.expiryHours}))::timestamptz(3) AS expires`;
  if (!fixed) throw new Error('the targets have no digest');
  const payload = canonicalText({
    version: 2,
    id: proposalId,
    tenant: tenantId,
    kind,
    reason: proposal.reason,
    parameters,
    summary,
    proposer: {
      type: proposal.proposerType,
      id: proposal.proposerId,
      person: proposal.proposerPerson,
      label: proposal.proposerLabel,
    },
    policy,
    targets: { count: base.count, digest: Buffer.from(fixed.digest).toString('hex') },
    expiresAt: fixed.expires.toISOString(),
  } satisfies Payload);
  const digest = payloadDigest(payload);
  await tx.$executeRaw`
    UPDATE proposals SET frozen_at = clock_timestamp(), summary = ${canonicalText(summary)}, policy = ${canonicalText(policy)},
      approvals_needed = ${policy.approvalsNeeded}, targets_digest = ${fixed.digest}, payload = ${payload}, payload_digest = ${new Uint8Array(digest)},
      expires_at = ${fixed.expires}
    WHERE tenant_id = ${tenantId}::uuid AND id = ${proposalId}::uuid AND state = 'draft' AND frozen_at IS NULL`;
  return { digest: digest.toString('hex'), policy };
}

/** Takes the draft's row for this transaction. @throws Refusal `conflict` when it is no open draft (any more) */
async function lockDraft(
  tx: Tx,
  tenantId: string,
  proposalId: string,
): Promise<{ count: number; cursor: string | null }> {
  const [row] = await tx.$queryRaw<{ count: number; cursor: string | null }[]>`
    SELECT target_count AS count, freeze_cursor::text AS cursor FROM proposals
    WHERE tenant_id = ${tenantId}::uuid AND id = ${proposalId}::uuid AND state = 'draft' AND frozen_at IS NULL FOR UPDATE`;
  if (!row) throw new Refusal('conflict', 'This set is frozen already. Nothing was changed.');
  return row;
}
