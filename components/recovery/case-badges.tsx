import { Badge, type Tone } from '#components/ui/badge.tsx';
import { type RecoveryState, type RiskLevel, recoveryStateWords } from '#lib/model/recovery.ts';

const tones: Record<RecoveryState, Tone> = {
  open: 'accent',
  proposed: 'accent',
  waiting: 'low',
  code_shown: 'low',
  bound: 'low',
  done: 'good',
  rejected: 'plain',
  vetoed: 'critical',
  expired: 'plain',
};

export function StateBadge({ state }: { state: RecoveryState }) {
  return (
    <Badge tone={tones[state]} title={recoveryStateWords[state].sentence}>
      {recoveryStateWords[state].label}
    </Badge>
  );
}

export function RiskBadge({ level }: { level: RiskLevel }) {
  return <Badge tone={level === 'high' ? 'high' : level === 'medium' ? 'medium' : 'plain'}>{level} risk</Badge>;
}
