/** The ledger states of one item of a run, and what people read of them. "Revoked" is said of `verified` alone. */
export const itemStates = ['planned', 'sending', 'confirmed', 'verified', 'failed', 'unknown'] as const;
export type ItemState = (typeof itemStates)[number];

export const itemStateWords: Record<ItemState, { label: string; sentence: string }> = {
  planned: { label: 'Waiting', sentence: 'The provider has not been asked yet.' },
  sending: { label: 'Asking', sentence: 'The provider is being asked.' },
  confirmed: { label: 'Checking', sentence: 'The provider confirmed. Gatehouse looks again before it says so.' },
  verified: { label: 'Revoked', sentence: 'The provider confirmed, and a later look found the session gone.' },
  failed: { label: 'Failed', sentence: 'The session may still be alive.' },
  unknown: { label: 'Unknown', sentence: 'The provider did not answer clearly. Gatehouse asks again.' },
};

/** Where each state may go; the database holds the same by a trigger. */
export const itemMoves: Record<ItemState, readonly ItemState[]> = {
  planned: ['sending', 'failed'],
  sending: ['confirmed', 'failed', 'unknown'],
  confirmed: ['verified', 'sending', 'failed'],
  unknown: ['sending', 'failed'],
  verified: [],
  failed: [],
};
