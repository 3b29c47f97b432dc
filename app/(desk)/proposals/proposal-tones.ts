import type { Tone } from '#components/ui/badge.tsx';
import type { ProposalState, RunState } from '#lib/model/operations.ts';

export const proposalTones: Record<ProposalState, Tone> = {
  draft: 'plain',
  pending: 'medium',
  approved: 'accent',
  consumed: 'accent',
  rejected: 'plain',
  withdrawn: 'plain',
  expired: 'plain',
  void: 'critical',
};

export const runTones: Record<RunState, Tone> = {
  starting: 'accent',
  running: 'accent',
  paused: 'medium',
  aborted: 'high',
  done: 'good',
  failed: 'critical',
  void: 'critical',
};
