import { Badge, type Tone } from '#components/ui/badge.tsx';
import { type ProviderState, providerStateWords } from '#lib/model/provider.ts';

const tones: Record<ProviderState, Tone> = {
  problem: 'critical',
  waiting: 'plain',
  quiet: 'medium',
  receiving: 'good',
  paused: 'plain',
};

/** How a provider stands, in a word; the sentence is its title. */
export function ProviderStateBadge({ state }: { state: ProviderState }) {
  const { label, sentence } = providerStateWords[state];
  return (
    <Badge tone={tones[state]} title={sentence}>
      {label}
    </Badge>
  );
}
