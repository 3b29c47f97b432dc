import { databaseNow } from '#lib/kernel/clock.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import type { ProofKind, ProofState, RecoveryState } from '#lib/model/recovery.ts';
import { type CaseContext, caseContext } from '#lib/recovery/case-context.ts';
import { knownProof, loadCase, personOfCase, proofsOf, providerOfCase } from '#lib/recovery/load-case.ts';
import { judgePaths, type PathState, waitingMinutes } from '#lib/recovery/proof-policy.ts';
import { proofs } from '#lib/recovery/proofs/registry.ts';
import type { Risk } from '#lib/recovery/risk.ts';

export type ShownProof = {
  id: string;
  kind: ProofKind;
  name: string;
  state: ProofState;
  about: string;
  askedAt: string;
  expiresAt: string;
  passedAt: string | null;
  sent: boolean;
  isOver: boolean;
};
export type ProofOffer = { kind: ProofKind; name: string; explanation: string; cannot: string | null };
export type CaseView = {
  id: string;
  number: string;
  state: RecoveryState;
  identifier: string;
  story: string;
  person: { id: string; name: string; email: string | null; subject: string } | null;
  provider: string | null;
  canRecover: boolean;
  ip: string | null;
  userAgent: string | null;
  createdAt: string;
  expiresAt: string;
  proposalId: string | null;
  releaseAt: string | null;
  waitingMinutes: number;
  closedReason: string | null;
  problem: string | null;
  context: CaseContext;
  /** True when the risk is the one that was frozen with the proposal: what was decided by, whatever came after. */
  isRiskFrozen: boolean;
  paths: PathState[];
  proofs: ShownProof[];
  offers: ProofOffer[];
  notices: { occasion: string; address: string; at: string; state: string }[];
  steps: { seq: number; at: string; who: string; what: string }[];
};

/** One case with everything a reviewer decides by, on one screen. No secret is in it. @throws Refusal `not_found` */
export async function caseView(tx: Tx, tenantId: string, id: string): Promise<CaseView> {
  const row = await loadCase(tx, tenantId, id);
  const person = row.personId ? await personOfCase(tx, row) : null;
  const provider = await providerOfCase(tx, row);
  const recovery = provider?.capabilities.recovery ?? null;
  const now = await caseContext(tx, tenantId, row);
  const decided = row.state === 'open' ? null : await riskWhenProposed(tx, tenantId, row.proposalId);
  const context = decided ? { ...now, risk: decided } : now;
  const known = await proofsOf(tx, tenantId, id);
  const at = await databaseNow(tx);
  const offers: ProofOffer[] = [];
  for (const definition of Object.values(proofs)) {
    const { kind, name, explanation } = definition;
    const cannot = person
      ? await definition.unavailable(tx, { of: person, provider: recovery })
      : 'Nobody is known by what was typed.';
    offers.push({ kind, name, explanation, cannot });
  }
  const notices = await tx.$queryRaw<{ occasion: string; address: string; at: Date; state: string | null }[]>`
    SELECT r.occasion, r.address, r.at, n.state FROM recovery_notices r LEFT JOIN notices n ON n.tenant_id = r.tenant_id AND n.id = r.notice_id
    WHERE r.tenant_id = ${tenantId}::uuid AND r.case_id = ${id}::uuid ORDER BY r.at, r.address LIMIT 100`;
  const steps = await tx.recoveryStep.findMany({ where: { tenantId, caseId: id }, orderBy: { seq: 'asc' }, take: 200 });
  return {
    id,
    number: row.number,
    state: row.state,
    identifier: row.identifier,
    story: row.story,
    person: person
      ? { id: person.personId, name: person.personName, email: person.email, subject: person.subject }
      : null,
    provider: provider?.name ?? null,
    canRecover: recovery !== null,
    ip: row.ip,
    userAgent: row.userAgent,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    proposalId: row.proposalId,
    releaseAt: row.releaseAt?.toISOString() ?? null,
    waitingMinutes: row.waitingMinutes ?? waitingMinutes[context.facts.privileged ? 'high' : context.risk.level],
    closedReason: row.closedReason,
    problem: row.problem,
    context,
    isRiskFrozen: decided !== null,
    paths: judgePaths(known.map(knownProof), at.getTime()),
    proofs: known.map((proof) => ({
      id: proof.id,
      kind: proof.kind,
      name: proofs[proof.kind].name,
      state: proof.state,
      about: proof.about,
      askedAt: proof.askedAt.toISOString(),
      expiresAt: proof.expiresAt.toISOString(),
      passedAt: proof.passedAt?.toISOString() ?? null,
      sent: proof.sentAt !== null,
      isOver: proof.state === 'asked' && proof.expiresAt <= at,
    })),
    offers,
    notices: notices.map(({ at: when, state, ...notice }) => ({
      ...notice,
      at: when.toISOString(),
      state: state ?? 'waiting',
    })),
    steps: steps.map(({ seq, at: when, who, what }) => ({ seq, at: when.toISOString(), who, what })),
  };
}

async function riskWhenProposed(tx: Tx, tenantId: string, proposalId: string | null): Promise<Risk | null> {
  if (!proposalId) return null;
  const proposal = await tx.proposal.findUnique({ where: { tenantId_id: { tenantId, id: proposalId } } });
  const { risk } = JSON.parse(proposal?.summary ?? '{}') as { risk?: Risk };
  return risk ?? null;
}
