import { kindsFor } from '#lib/approvals/list-proposals.ts';
import { isSamePerson, partInProposal, personOf } from '#lib/approvals/people.ts';
import type { AppliedPolicy } from '#lib/approvals/rules.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import type { JsonObject } from '#lib/model/event.ts';
import type { ProposalKind, ProposalState } from '#lib/model/operations.ts';

export type SignatureView = { who: string; part: 'propose' | 'approve'; at: string; passkeyId: string };
export type ProposalView = {
  id: string;
  kind: ProposalKind;
  state: ProposalState;
  reason: string;
  proposer: { id: string; type: string; label: string };
  isMine: boolean;
  /** Why this actor cannot sign it, in plain words; `null` when they can. */
  cannotSign: string | null;
  parameters: JsonObject;
  summary: JsonObject;
  policy: AppliedPolicy | null;
  targets: number;
  digest: string | null;
  targetsDigest: string | null;
  frozenAt: string | null;
  createdAt: string;
  submittedAt: string | null;
  decidedAt: string | null;
  decidedBy: string | null;
  decisionNote: string | null;
  expiresAt: string;
  signatures: SignatureView[];
  runId: string | null;
};

/** One proposal as this actor may see it. @throws Refusal `not_found`, the same for an unknown one and one they may not see */
export async function readProposal(tx: Tx, actor: Actor, id: string): Promise<ProposalView> {
  const row = await tx.proposal.findUnique({ where: { tenantId_id: { tenantId: actor.tenantId, id } } });
  const kind = row?.kind as ProposalKind;
  const isMine = row?.proposerId === actor.id;
  if (!row || !kindsFor(actor, 'read').includes(kind) || (row.state === 'draft' && !isMine))
    throw new Refusal('not_found', 'There is no such proposal.');
  const signed = await tx.approval.findMany({
    where: { tenantId: actor.tenantId, proposalId: id },
    orderBy: { at: 'asc' },
  });
  const run = await tx.run.findUnique({
    where: { tenantId_proposalId: { tenantId: actor.tenantId, proposalId: id } },
    select: { id: true },
  });
  const person = actor.type === 'operator' ? await personOf(tx, actor) : null;
  return {
    id,
    kind,
    state: row.state as ProposalState,
    reason: row.reason,
    proposer: { id: row.proposerId, type: row.proposerType, label: row.proposerLabel },
    isMine,
    cannotSign: whyNotSign(actor, kind, {
      own:
        person === row.proposerPerson ||
        (row.proposerType === 'operator' && person !== null && (await isSamePerson(tx, actor.id, row.proposerId))),
      part: actor.type === 'operator' ? await partInProposal(tx, actor.tenantId, id, actor.id) : null,
      signed: signed.some((one) => one.person === person),
      state: row.state,
      late: row.expiresAt.getTime() <= Date.now(),
    }),
    parameters: JSON.parse(row.parameters) as JsonObject,
    summary: JSON.parse(row.summary ?? '{}') as JsonObject,
    policy: row.policy ? (JSON.parse(row.policy) as AppliedPolicy) : null,
    targets: row.targetCount,
    digest: row.payloadDigest ? Buffer.from(row.payloadDigest).toString('hex') : null,
    targetsDigest: row.targetsDigest ? Buffer.from(row.targetsDigest).toString('hex') : null,
    frozenAt: row.frozenAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    submittedAt: row.submittedAt?.toISOString() ?? null,
    decidedAt: row.decidedAt?.toISOString() ?? null,
    decidedBy: row.decidedBy,
    decisionNote: row.decisionNote,
    expiresAt: row.expiresAt.toISOString(),
    signatures: signed.map((one) => ({
      who: one.operatorLabel,
      part: one.part as SignatureView['part'],
      at: one.at.toISOString(),
      passkeyId: one.passkeyId,
    })),
    runId: run?.id ?? null,
  };
}

function whyNotSign(
  actor: Actor,
  kind: ProposalKind,
  now: { own: boolean; part: 'person' | 'attester' | null; signed: boolean; state: string; late: boolean },
): string | null {
  if (now.state !== 'pending') return 'It does not wait for a signature.';
  if (now.late) return 'It has expired.';
  if (actor.type !== 'operator') return 'Only people sign.';
  if (now.own) return 'You proposed it, so another person has to sign.';
  if (now.part === 'person') return 'It is about yourself, so another person has to sign.';
  if (now.part === 'attester') return 'You attested it, so another person has to sign.';
  if (now.signed) return 'You have signed it. Another person has to sign as well.';
  if (!kindsFor(actor, 'approve').includes(kind)) return 'Your roles do not let you sign proposals of this kind.';
  return null;
}

export type TargetRow = {
  position: number;
  type: string;
  id: string;
  personId: string | null;
  label: string;
  reference: string;
  provider: string | null;
};

/** A page of the frozen targets, in their order. `next` is the position to go on after. */
export async function listTargets(
  tx: Tx,
  tenantId: string,
  proposalId: string,
  page: { after: number; limit: number; q?: string | undefined },
): Promise<{ rows: TargetRow[]; next: number | null }> {
  const pattern = page.q ? `%${page.q.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%` : null;
  const rows = await tx.$queryRaw<TargetRow[]>`
    SELECT t.position, t.target_type AS type, t.target_id::text AS id, t.person_id::text AS "personId", t.label, t.reference, v.name AS provider
    FROM proposal_targets t LEFT JOIN providers v ON v.tenant_id = t.tenant_id AND v.id = t.provider_id
    WHERE t.tenant_id = ${tenantId}::uuid AND t.proposal_id = ${proposalId}::uuid AND t.position > ${page.after}::int
      AND (${pattern}::text IS NULL OR t.label ILIKE ${pattern} OR t.reference ILIKE ${pattern})
    ORDER BY t.position LIMIT ${page.limit + 1}`;
  const shown = rows.slice(0, page.limit);
  return { rows: shown, next: rows.length > page.limit ? (shown.at(-1)?.position ?? null) : null };
}

/** What a signature under this proposal covers. @throws Refusal `not_found`, `conflict` while it is not sealed */
export async function readSignable(
  tx: Tx,
  actor: Actor,
  id: string,
): Promise<{ id: string; kind: string; payloadDigest: Uint8Array; nonce: Uint8Array }> {
  await readProposal(tx, actor, id);
  const { kind, payloadDigest, nonce } = await tx.proposal.findUniqueOrThrow({
    where: { tenantId_id: { tenantId: actor.tenantId, id } },
  });
  if (!payloadDigest) throw new Refusal('conflict', 'It is still being frozen, so there is nothing to sign yet.');
  return { id, kind, payloadDigest, nonce };
}
