import { type ItemState, itemStates } from '#lib/model/operations.ts';

export { type ItemState, itemStates };

/** What people read of a session being revoked. "Revoked" is said of `verified` alone. */
export const itemStateWords: Record<ItemState, { label: string; sentence: string }> = {
  planned: { label: 'Waiting', sentence: 'The provider has not been asked yet.' },
  sending: { label: 'Asking', sentence: 'The provider is being asked.' },
  confirmed: { label: 'Checking', sentence: 'The provider confirmed. Gatehouse looks again before it says so.' },
  verified: { label: 'Revoked', sentence: 'The provider confirmed, and a later look found the session gone.' },
  failed: { label: 'Failed', sentence: 'The session may still be alive.' },
  unknown: { label: 'Unknown', sentence: 'The provider did not answer clearly. Gatehouse asks again.' },
  skipped: {
    label: 'Not done',
    sentence: 'The run was stopped before the provider was asked. The session may be alive.',
  },
};
