/** Where a case stands. `waiting`: approved, and the time for a veto runs. `code_shown`: the person has the binding code. */
export const recoveryStates = [
  'open',
  'proposed',
  'waiting',
  'code_shown',
  'bound',
  'done',
  'rejected',
  'vetoed',
  'expired',
] as const;
export type RecoveryState = (typeof recoveryStates)[number];
export const openRecoveryStates: readonly RecoveryState[] = ['open', 'proposed', 'waiting', 'code_shown', 'bound'];

export const recoveryStateWords: Record<RecoveryState, { label: string; sentence: string }> = {
  open: { label: 'Proofs needed', sentence: 'The person has to prove who they are before anything can be approved.' },
  proposed: {
    label: 'Waiting for approval',
    sentence: 'It is proved and proposed. It starts when enough people have signed.',
  },
  waiting: {
    label: 'Waiting time',
    sentence: 'Approved. Every known address was told and can still say that it was not them.',
  },
  code_shown: {
    label: 'Code handed out',
    sentence: 'The person has a binding code and can set up a new authenticator with it.',
  },
  bound: {
    label: 'New authenticator',
    sentence: 'A new authenticator is set up. The old ones and all sessions are being ended.',
  },
  done: { label: 'Done', sentence: 'The person has a new authenticator; old authenticators and sessions have ended.' },
  rejected: { label: 'Rejected', sentence: 'The help desk turned it down. Nothing was changed.' },
  vetoed: {
    label: 'Stopped: not them',
    sentence: 'Somebody with a known address said that it was not them. Nothing more happens.',
  },
  expired: { label: 'Expired', sentence: 'It was not brought to an end in time. Nothing was changed.' },
};

export const proofKinds = ['address-code', 'remaining-authenticator', 'manager-attestation'] as const;
export type ProofKind = (typeof proofKinds)[number];
export const proofStates = ['asked', 'passed', 'failed', 'replaced'] as const;
export type ProofState = (typeof proofStates)[number];

export const riskLevels = ['low', 'medium', 'high'] as const;
export type RiskLevel = (typeof riskLevels)[number];
