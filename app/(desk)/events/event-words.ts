import type { EventListRow } from '#lib/events/list-events.ts';
import { safeText } from '#lib/model/safe-text.ts';

/** Where an event is shown. Its time stands beside its id because the store is divided by it. */
export function eventHref({ id, occurredAt }: Pick<EventListRow, 'id' | 'occurredAt'>): string {
  return `/events/${id}?${new URLSearchParams({ at: occurredAt })}`;
}

/** Why a time cannot be right, if it cannot. What merely came late, as all that is imported does, can. */
export function timeDoubt({
  timeQuality,
  claimedTime,
}: Pick<EventListRow, 'timeQuality' | 'claimedTime'>): string | null {
  if (timeQuality === 'ok' || timeQuality === 'late') return null;
  return timeQuality === 'future'
    ? 'The record’s own time was ahead of the time it came in.'
    : `The record says ${safeText(claimedTime ?? 'no time')}. It is filed under the time it came in.`;
}
