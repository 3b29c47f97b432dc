import type { HistoryEvent } from '#lib/model/detection.ts';
import { credentialReasons } from '#lib/model/event.ts';

/** A sign-in that failed because of the credential itself. */
export function isCredentialFailure(event: HistoryEvent): boolean {
  return event.type === 'sign_in' && event.outcome === 'failure' && event.reason !== null && credentialReasons.includes(event.reason);
}

export function isSuccessfulSignIn(event: HistoryEvent): boolean {
  return event.type === 'sign_in' && event.outcome === 'success';
}

/** Cuts events (oldest first) where nothing happened for longer than the gap. */
export function splitAtGaps(events: readonly HistoryEvent[], gapMinutes: number): HistoryEvent[][] {
  const runs: HistoryEvent[][] = [];
  for (const event of events) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run && before && event.occurredAt.getTime() - before.occurredAt.getTime() <= gapMinutes * 60_000) run.push(event);
    else runs.push([event]);
  }
  return runs;
}

/** The most events (oldest first) that fall into any one window. */
export function densestWindow(events: readonly HistoryEvent[], windowMinutes: number): number {
  let densest = 0;
  let from = 0;
  events.forEach((event, at) => {
    while ((events[from] as HistoryEvent).occurredAt.getTime() < event.occurredAt.getTime() - windowMinutes * 60_000) from += 1;
    densest = Math.max(densest, at - from + 1);
  });
  return densest;
}
