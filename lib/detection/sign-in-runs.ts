import type { HistoryEvent } from '#lib/model/detection.ts';
import { credentialReasons } from '#lib/model/event.ts';

/** Cut out of a longer history: events with no long gap between them, oldest first, never empty. */
export type Run = { first: HistoryEvent; last: HistoryEvent; events: readonly HistoryEvent[] };

/** A sign-in that failed because of the credential itself. */
export function isCredentialFailure(event: HistoryEvent): boolean {
  return (
    event.type === 'sign_in' &&
    event.outcome === 'failure' &&
    event.reason !== null &&
    credentialReasons.includes(event.reason)
  );
}

/** A person at a keyboard got in; a token refreshed in the background proves nothing about a guess. */
export function isSuccessfulSignIn(event: HistoryEvent): boolean {
  return event.type === 'sign_in' && event.outcome === 'success' && event.interactive;
}

/** Oldest first, equal times by id, so that the order of arrival changes nothing. Events without a usable time are dropped. */
export function inOrder(events: readonly HistoryEvent[]): HistoryEvent[] {
  return events
    .filter(({ occurredAt }) => !Number.isNaN(occurredAt.getTime()))
    .sort((a, b) => a.occurredAt.getTime() - b.occurredAt.getTime() || (a.id < b.id ? -1 : Number(a.id > b.id)));
}

/** Whole minutes and fractions from one event to another; negative when the second is earlier. */
export function minutesFrom(earlier: HistoryEvent, later: HistoryEvent): number {
  return (later.occurredAt.getTime() - earlier.occurredAt.getTime()) / 60_000;
}

/** Cuts events (oldest first) where nothing happened for longer than the gap. */
export function splitAtGaps(events: readonly HistoryEvent[], gapMinutes: number): Run[] {
  const runs: { first: HistoryEvent; last: HistoryEvent; events: HistoryEvent[] }[] = [];
  for (const event of events) {
    const run = runs.at(-1);
    if (run && minutesFrom(run.last, event) <= gapMinutes) {
      run.events.push(event);
      run.last = event;
    } else runs.push({ first: event, last: event, events: [event] });
  }
  return runs;
}

/** The most events (oldest first) that fall into any one window. */
export function densestWindow(events: readonly HistoryEvent[], windowMinutes: number): number {
  let densest = 0;
  let from = 0;
  events.forEach((event, at) => {
    for (let old = events[from]; old && minutesFrom(old, event) > windowMinutes; old = events[from]) from += 1;
    densest = Math.max(densest, at - from + 1);
  });
  return densest;
}

/** A run longer than this may reach past the loaded history, so where it began is not known. */
const longRunMinutes = 180;

/**
 * A name for each run that stays the same while the run goes on and when a late event moves its start a little: the hour it began.
 * A run of hours (an application with a stale password) is named by the day of its last event instead: one name a day, however
 * the loaded history slides. Two runs that begin within one hour are told apart by a number.
 */
export function nameRuns(runs: readonly Run[]): { name: string; run: Run }[] {
  const taken = new Map<string, number>();
  return runs.map((run) => {
    const isLong = minutesFrom(run.first, run.last) >= longRunMinutes;
    const base = isLong
      ? run.last.occurredAt.toISOString().slice(0, 10)
      : run.first.occurredAt.toISOString().slice(0, 13);
    const nth = (taken.get(base) ?? 0) + 1;
    taken.set(base, nth);
    return { name: nth === 1 ? base : `${base}:${nth}`, run };
  });
}
