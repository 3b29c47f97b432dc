import type { JsonObject } from '#lib/model/event.ts';
import type { ProposalKind } from '#lib/model/operations.ts';
import type { Permission } from '#lib/model/permissions.ts';

export type { ProposalKind };

/** What decides how many people must agree. */
export type Scope = { targets: number; people: number; parameters: JsonObject; summary: JsonObject };
export type ApprovalRule = {
  /** Who may see, ask for and sign this kind. Tokens may propose where their scope says so; only people approve. */
  permissions: { read: Permission; propose: Permission; approve: Permission };
  /** Hours until a proposal that nobody decided is void. */
  expiryHours: number;
  /** Items begin in the order of their targets, each only after the one before it is proved. */
  sequential: boolean;
  /** How many people besides the proposer must sign, and why, for this scope. */
  secondPeople(scope: Scope): { count: number; why: string };
};

/** One table for all kinds: a kind without a rule does not compile. */
export const approvalRules: Record<ProposalKind, ApprovalRule> = {
  'revoke-sessions': {
    permissions: { read: 'revocations:read', propose: 'revocations:propose', approve: 'revocations:approve' },
    expiryHours: 4,
    sequential: false,
    secondPeople: ({ targets, people }) =>
      targets <= 25 && people <= 1
        ? { count: 0, why: 'at most 25 sessions of one person: one operator alone' }
        : { count: 1, why: 'more than 25 sessions or more than one person: a second person signs' },
  },
  // Only a key custodian may propose; whoever signs beside them is somebody else.
  'rotate-key': {
    permissions: { read: 'keys:read', propose: 'keys:propose', approve: 'keys:approve' },
    expiryHours: 24,
    sequential: false,
    secondPeople: () => ({ count: 1, why: 'every rotation: a key custodian and a second person' }),
  },
  'kill-key': {
    permissions: { read: 'keys:read', propose: 'keys:propose', approve: 'keys:approve' },
    expiryHours: 1,
    sequential: false,
    secondPeople: () => ({
      count: 1,
      why: 'killing a key breaks what relies on it: a key custodian and a second person',
    }),
  },
  'recover-account': {
    permissions: { read: 'recovery:read', propose: 'recovery:review', approve: 'recovery:approve' },
    expiryHours: 24,
    sequential: false,
    secondPeople: ({ summary }) => {
      const risk = (summary.risk as JsonObject | undefined)?.level;
      return summary.privileged === false && (risk === 'low' || risk === 'medium')
        ? { count: 0, why: 'an ordinary person at low or medium risk, fully proved: the help desk alone' }
        : { count: 1, why: 'a privileged person, or high risk: a second person signs' };
    },
  },
};

/** The policy a proposal was made under, as it stands in its payload. */
export type AppliedPolicy = {
  approvalsNeeded: number;
  why: string;
  permission: Permission;
  proof: string;
  expiryHours: number;
};

/** The policy for a proposal. What no person asked for (a token, the system) needs one signing person more. */
export function policyFor(kind: ProposalKind, proposer: 'operator' | 'token' | 'system', scope: Scope): AppliedPolicy {
  const rule = approvalRules[kind];
  const { count, why } = rule.secondPeople(scope);
  return {
    approvalsNeeded: proposer === 'operator' ? count : count + 1,
    why: proposer === 'operator' ? why : `${why}; proposed by no person, so one more signs`,
    permission: rule.permissions.approve,
    proof: 'passkey assertion over the digest; the proposer a passkey at most five minutes before',
    expiryHours: rule.expiryHours,
  };
}
