/** How a provider stands, worst first where lists sort by it. */
export const providerStates = ['problem', 'waiting', 'quiet', 'receiving', 'paused'] as const;
export type ProviderState = (typeof providerStates)[number];

export const providerStateWords: Record<ProviderState, { label: string; sentence: string }> = {
  problem: { label: 'Problem', sentence: 'Something needs a person: see the last error.' },
  waiting: { label: 'Waiting', sentence: 'Set up, but no record has come yet.' },
  quiet: { label: 'Quiet', sentence: 'No record came in the last day.' },
  receiving: { label: 'Receiving', sentence: 'Records come in.' },
  paused: { label: 'Paused', sentence: 'Switched off here, or paused by the transmitter.' },
};
