/** What analysts triage. Order matters: later is worse. */
export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

export const signalStates = [
  'open',
  'acknowledged',
  'in_progress',
  'confirmed_compromised',
  'confirmed_safe',
  'dismissed',
] as const;
export type SignalState = (typeof signalStates)[number];
/** States in which somebody still has to do something. */
export const openSignalStates: readonly SignalState[] = ['open', 'acknowledged', 'in_progress'];

export const signalStateWords: Record<SignalState, string> = {
  open: 'open',
  acknowledged: 'acknowledged',
  in_progress: 'in progress',
  confirmed_compromised: 'confirmed compromised',
  confirmed_safe: 'confirmed safe',
  dismissed: 'dismissed',
};

/** From which states a signal may move where. A decision can be taken back to where the signal stood before it. */
export const signalMoves: Record<SignalState, readonly SignalState[]> = {
  open: ['acknowledged', 'in_progress', 'confirmed_compromised', 'confirmed_safe', 'dismissed'],
  acknowledged: ['open', 'in_progress', 'confirmed_compromised', 'confirmed_safe', 'dismissed'],
  in_progress: ['open', 'acknowledged', 'confirmed_compromised', 'confirmed_safe', 'dismissed'],
  confirmed_compromised: ['open', 'acknowledged', 'in_progress'],
  confirmed_safe: ['open', 'acknowledged', 'in_progress'],
  dismissed: ['open', 'acknowledged', 'in_progress'],
};
