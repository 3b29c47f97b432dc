import { Badge } from '#components/ui/badge.tsx';
import { safeText } from '#lib/model/safe-text.ts';

/** What happened, in words: our own, the provider's where we have none, and whether it was done to all sessions of the person. */
export function EventWords({
  event,
}: {
  event: { type: string; providerType: string; endsSessionsUntil: string | null };
}) {
  return (
    <span className="whitespace-nowrap">
      {event.type.replaceAll('_', ' ')}
      {event.type === 'other' ? <span className="ml-2 text-quiet">{safeText(event.providerType)}</span> : null}
      {event.endsSessionsUntil ? (
        <span className="ml-2">
          <Badge title="Every session of the person at this provider ended by it">signed out everywhere</Badge>
        </span>
      ) : null}
    </span>
  );
}
