/** Kinds of destructive acts. A new kind does not compile until it has a rule below. */
export const proposalKinds = ['revoke-sessions'] as const;
export type ProposalKind = (typeof proposalKinds)[number];

/** What decides how many people must agree. */
export type Scope = { targets: number; people: number };
export type ApprovalRule = {
  /** Hours until a proposal that nobody decided is void. */
  expiryHours: number;
  /** How many people besides the proposer must sign, and why, for this scope. */
  secondPeople(scope: Scope): { count: 0 | 1; why: string };
};

/** One table for all kinds. */
export const approvalRules: Record<ProposalKind, ApprovalRule> = {
  'revoke-sessions': {
    expiryHours: 4,
    secondPeople: ({ targets, people }) =>
      targets <= 25 && people <= 1
        ? { count: 0, why: 'at most 25 sessions of one person: one operator alone' }
        : { count: 1, why: 'more than 25 sessions or more than one person: a second operator signs' },
  },
};
