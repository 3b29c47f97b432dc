/** Kinds of destructive acts. A new kind does not compile until it has a rule, an effect and its words. */
export const proposalKinds = ['revoke-sessions', 'rotate-key', 'kill-key', 'recover-account'] as const;
export type ProposalKind = (typeof proposalKinds)[number];

/** What people call each kind. `act` completes "Approve to …"; `verified` is said of a proved item alone. */
export const kindWords: Record<ProposalKind, { name: string; act: string; item: string; verified: string }> = {
  'revoke-sessions': { name: 'Revocation', act: 'end these sessions', item: 'session', verified: 'Revoked' },
  'rotate-key': { name: 'Key rotation', act: 'rotate this key', item: 'key', verified: 'Under way' },
  'kill-key': { name: 'Kill of a key', act: 'kill this key', item: 'key', verified: 'Killed' },
  'recover-account': {
    name: 'Recovery',
    act: 'give this person a new authenticator',
    item: 'person',
    verified: 'Waiting time begun',
  },
};

/** The states of a proposal, and where each may go; the database holds the same by a trigger. */
export const proposalMoves = {
  draft: ['pending', 'approved', 'withdrawn', 'expired', 'void'],
  pending: ['approved', 'rejected', 'withdrawn', 'expired', 'void'],
  approved: ['consumed', 'withdrawn', 'expired', 'void'],
  rejected: [],
  withdrawn: [],
  expired: [],
  void: [],
  consumed: [],
} as const satisfies Record<string, readonly string[]>;
export type ProposalState = keyof typeof proposalMoves;
export const proposalStates = Object.keys(proposalMoves) as ProposalState[];

export const proposalStateWords: Record<ProposalState, { label: string; sentence: string }> = {
  draft: { label: 'Rehearsal', sentence: 'Frozen to look at. Nothing happens until it is signed.' },
  pending: { label: 'Waiting for approval', sentence: 'Another person has to sign before anything happens.' },
  approved: { label: 'Approved', sentence: 'Everybody has signed. The run is about to start.' },
  rejected: { label: 'Rejected', sentence: 'It was turned down. Nothing happened.' },
  withdrawn: { label: 'Withdrawn', sentence: 'Who asked for it took it back. Nothing happened.' },
  expired: { label: 'Expired', sentence: 'Nobody decided in time. Nothing happened.' },
  void: { label: 'Void', sentence: 'What was proposed or who signed it no longer holds, so it was not carried out.' },
  consumed: {
    label: 'Run started',
    sentence: 'Everybody has signed, and its run has started. The run tells how far it is.',
  },
};

/** The states of a run. `failed`: it ended and at least one item is not proved done. */
export const runStates = ['starting', 'running', 'paused', 'aborted', 'done', 'failed', 'void'] as const;
export type RunState = (typeof runStates)[number];
export const runStateWords: Record<RunState, { label: string; sentence: string }> = {
  starting: { label: 'Starting', sentence: 'Signed. The worker checks everything once more and starts.' },
  running: { label: 'Running', sentence: 'The worker carries it out.' },
  paused: { label: 'Paused', sentence: 'No further item is begun until somebody resumes it.' },
  aborted: { label: 'Stopped', sentence: 'No further items. What was begun is brought to an end and proved.' },
  done: { label: 'Done', sentence: 'Every item was carried out and proved.' },
  failed: { label: 'Ended with failures', sentence: 'Some items are not proved done. They are named below.' },
  void: { label: 'Void', sentence: 'The last check before the start failed, so nothing was carried out.' },
};

/** The ledger states of one item of a run. */
export const itemStates = ['planned', 'sending', 'confirmed', 'verified', 'failed', 'unknown', 'skipped'] as const;
export type ItemState = (typeof itemStates)[number];
export const finalItemStates: readonly ItemState[] = ['verified', 'failed', 'skipped'];

/** Where each state may go; the database holds the same by a trigger. */
export const itemMoves: Record<ItemState, readonly ItemState[]> = {
  planned: ['sending', 'failed', 'skipped'],
  sending: ['planned', 'confirmed', 'failed', 'unknown'],
  unknown: ['sending', 'failed'],
  confirmed: ['verified', 'sending', 'failed'],
  failed: ['planned'],
  verified: [],
  skipped: [],
};
