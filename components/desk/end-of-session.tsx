import { RelativeTime } from '#components/ui/relative-time.tsx';
import { type SessionEnd, sessionEndWords } from '#lib/model/session-end.ts';

/** When a session ended and by what; nothing while it goes on. */
export function EndOfSession({ endedAt, endReason }: { endedAt: string | null; endReason: SessionEnd | null }) {
  if (endedAt === null) return null;
  return (
    <span className="whitespace-nowrap">
      <RelativeTime at={endedAt} />
      {endReason ? `, ${sessionEndWords[endReason]}` : ''}
    </span>
  );
}
