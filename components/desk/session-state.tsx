import { Badge } from '#components/ui/badge.tsx';

const looks = {
  live: { tone: 'good', title: 'Not ended, and seen in the last 30 days' },
  stale: { tone: 'plain', title: 'Not ended, and not seen for 30 days' },
  ended: { tone: 'plain', title: 'Ended by the person, the provider or time' },
  revoked: {
    tone: 'accent',
    title: 'Ended from this desk or at the provider, on purpose, alone or with all others of the person',
  },
} as const;

/** The state of a session, in a word. */
export function SessionState({ state }: { state: keyof typeof looks }) {
  // Most are live; what is the rule stays quiet.
  if (state === 'live') {
    return (
      <span title={looks.live.title} className="whitespace-nowrap">
        <span aria-hidden="true" className="mr-1.5 text-good text-xs">
          ●
        </span>
        live
      </span>
    );
  }
  return (
    <Badge tone={looks[state].tone} title={looks[state].title}>
      {state}
    </Badge>
  );
}
