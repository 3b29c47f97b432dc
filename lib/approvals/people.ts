import { approvalRules, type ProposalKind } from '#lib/approvals/rules.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import type { Permission } from '#lib/model/permissions.ts';
import { operatorMay } from '#lib/staff/operator-may.ts';

/** The id that stands for the desk itself where a row wants the id of whoever acted. */
export const systemId = '00000000-0000-0000-0000-000000000000';

/** The natural person behind an actor: the same key for every account of one person. Tokens and the desk itself are no person. */
export async function personOf(tx: Tx, actor: Pick<Actor, 'type' | 'id'>): Promise<string> {
  if (actor.type !== 'operator') return `${actor.type}:${actor.id}`;
  const [row] = await tx.$queryRaw<
    { person: string | null }[]
  >`SELECT gatehouse_person_of(${actor.id}::uuid) AS person`;
  if (!row?.person) throw new Error('an operator without a person');
  return row.person;
}

/** Whether two staff accounts belong to one natural person: linked by their owner, or with a mailbox in common, their own or that of a linked identity. */
export async function isSamePerson(tx: Tx, one: string, other: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<
    { same: boolean }[]
  >`SELECT gatehouse_same_person(${one}::uuid, ${other}::uuid) AS same`;
  return row?.same ?? true;
}

/**
 * The part somebody has in what a proposal decides, so that they neither propose nor sign it: a recovery that is about them, or that
 * they attested, through whichever account. `null` for none and for other kinds.
 */
export async function partInProposal(
  tx: Tx,
  tenantId: string,
  proposalId: string,
  operatorId: string,
): Promise<'person' | 'attester' | null> {
  const [row] = await tx.$queryRaw<{ part: 'person' | 'attester' | null }[]>`
    SELECT gatehouse_part_in_proposal(${tenantId}::uuid, ${proposalId}::uuid, ${operatorId}::uuid) AS part`;
  return row?.part ?? null;
}

/**
 * The last gate's question about people (I9): may who proposed it still propose, and do enough distinct other people's approvals
 * still count? `null` when both hold, else what to tell.
 */
export async function whyPeopleDoNotHold(tx: Tx, tenantId: string, proposalId: string): Promise<string | null> {
  const proposal = await tx.proposal.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id: proposalId } } });
  const { permissions } = approvalRules[proposal.kind as ProposalKind];
  if (!(await proposerMay(tx, tenantId, proposal, permissions.propose)))
    return 'Who ordered this may not do so any more, so it was not carried out.';
  if (await partInProposal(tx, tenantId, proposalId, proposal.proposerId))
    return 'Who ordered this attested it, or it is about them, through another account of theirs. It was not carried out.';
  const signed = await tx.approval.findMany({ where: { tenantId, proposalId, part: 'approve' } });
  const people: string[] = [];
  for (const { operatorId } of signed) {
    const known = [proposal.proposerId, ...people];
    const isKnown =
      (await personOf(tx, { type: 'operator', id: operatorId })) === proposal.proposerPerson ||
      (await Promise.all(known.map((other) => isSamePerson(tx, operatorId, other)))).includes(true);
    if (isKnown || (await partInProposal(tx, tenantId, proposalId, operatorId))) continue;
    if (await operatorMay(tx, tenantId, operatorId, permissions.approve)) people.push(operatorId);
  }
  return people.length >= proposal.approvalsNeeded
    ? null
    : `It needs ${proposal.approvalsNeeded} approval(s), of which ${people.length} still count: who signed has been removed or may not approve any more. It was not carried out.`;
}

async function proposerMay(
  tx: Tx,
  tenantId: string,
  proposer: { proposerType: string; proposerId: string },
  permission: Permission,
): Promise<boolean> {
  if (proposer.proposerType === 'system') return true;
  if (proposer.proposerType === 'operator') return operatorMay(tx, tenantId, proposer.proposerId, permission);
  const living = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM service_tokens WHERE tenant_id = ${tenantId}::uuid AND id = ${proposer.proposerId}::uuid AND revoked_at IS NULL
      AND (expires_at IS NULL OR expires_at > clock_timestamp()) AND ${permission} = ANY(scopes)`;
  return living.length > 0;
}
