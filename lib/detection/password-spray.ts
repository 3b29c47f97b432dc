import { z } from 'zod';
import { type Baseline, defineDetector } from '#lib/detection/definition.ts';
import { networkOf } from '#lib/detection/network-of.ts';
import {
  inOrder,
  isCredentialFailure,
  isSuccessfulSignIn,
  minutesFrom,
  nameRuns,
  type Run,
  splitAtGaps,
} from '#lib/detection/sign-in-runs.ts';
import { sprayFailures } from '#lib/detection/spray-window.ts';
import type { Explanation, Finding, HistoryEvent } from '#lib/model/detection.ts';

const settings = z.object({
  peopleMin: z.number().int().min(2).default(8),
  windowMinutes: z.number().positive().default(10),
  failuresPerPersonMax: z.number().int().positive().default(8),
  namelessFailuresPerPerson: z.number().int().positive().default(3),
  successWithinMinutes: z.number().nonnegative().default(30),
  gapMinutes: z.number().positive().default(30),
});
type Settings = z.output<typeof settings>;
/** A sign-in that looks like the attacker's reward. `firstTry`: nothing of this person had failed from there before. */
type Hit = { event: HistoryEvent; firstTry: boolean };

/**
 * One network (an IPv4 address, an IPv6 /64) trying few passwords on many people. An office behind one address is told apart by
 * its successes: a spray fails for more people than it succeeds for. A success among the sprayed makes it high and names the
 * person and the session.
 */
export const passwordSpray = defineDetector({
  id: 'password-spray',
  name: 'Password spray',
  description: 'One network tried few passwords on many people.',
  settings,
  scope: 'network',
  lookbackHours: 6,
  interestedIn: (event) => event.ip !== null && (isCredentialFailure(event) || isSuccessfulSignIn(event)),
  detect({ history, newEventIds, settings: limits, baseline }) {
    const failures = history.filter((event) => event.ip !== null && isCredentialFailure(event));
    if (failures.length < limits.peopleMin) return [];
    const successes = inOrder(history.filter((event) => event.ip !== null && isSuccessfulSignIn(event)));
    const sprayed = sprayFailures(inOrder(failures), successes, limits);
    return nameRuns(splitAtGaps(sprayed, limits.gapMinutes)).flatMap(({ name, run }) => {
      const hits = hitsOf(run, successes, limits, baseline);
      const involved = [...run.events, ...hits.map(({ event }) => event)];
      if (!involved.some((event) => newEventIds.has(event.id))) return [];
      return [toFinding(name, run, hits, successes, limits)];
    });
  },
});

/**
 * Successes that belong to the spray: of a person who had failed in it, up to half an hour after its end; or, while it ran, of
 * anybody on a device never seen before, since the right password at the first try leaves no failure.
 */
function hitsOf(run: Run, successes: readonly HistoryEvent[], limits: Settings, baseline: Baseline): Hit[] {
  const firstFailure = new Map<string, HistoryEvent>();
  for (const event of run.events) {
    if (event.personId && !firstFailure.has(event.personId)) firstFailure.set(event.personId, event);
  }
  const during = successes.filter(
    (event) => minutesFrom(run.first, event) >= 0 && minutesFrom(run.last, event) <= limits.successWithinMinutes,
  );
  return during.flatMap((event): Hit[] => {
    const failure = event.personId ? firstFailure.get(event.personId) : undefined;
    if (failure && minutesFrom(failure, event) >= 0) return [{ event, firstTry: false }];
    if (minutesFrom(event, run.last) < 0 || wasSeenBefore(event, run, during, baseline)) return [];
    return [{ event, firstTry: true }];
  });
}

/** Whether the device of a success was this person's before the spray; a device nobody can name never was. */
function wasSeenBefore(event: HistoryEvent, run: Run, during: readonly HistoryEvent[], baseline: Baseline): boolean {
  if (!event.deviceId) return false;
  const firstSeen = baseline.deviceFirstSeenAt(event.deviceId);
  if (!firstSeen || firstSeen >= run.first.occurredAt) return false;
  const now = during.filter(({ deviceId }) => deviceId === event.deviceId).length;
  return baseline.deviceSignIns(event.deviceId) > now;
}

function toFinding(
  name: string,
  run: Run,
  hits: readonly Hit[],
  successes: readonly HistoryEvent[],
  limits: Settings,
): Finding {
  const { first, last, events } = run;
  const ip = first.ip ?? '';
  const network = networkOf(ip) ?? ip;
  const source = network.endsWith('/32') ? ip : network;
  const nameless = events.filter(({ personId }) => personId === null).length;
  const failed = new Set(events.flatMap(({ personId }) => personId ?? [])).size;
  const meanwhile = successes.filter((event) => minutesFrom(first, event) >= 0 && minutesFrom(event, last) >= 0);
  const succeeded = new Set(meanwhile.flatMap(({ personId }) => personId ?? [])).size;
  const names = [...new Set(hits.map(({ event }) => event.personLabel ?? 'somebody without a name'))];
  const people = failed > 0 ? `${failed} people` : 'unknown accounts';
  const explanations: Explanation[] = [
    {
      effect: 'raises',
      fact: `Wrong credentials for ${people} from ${source}; ${limits.peopleMin} within ${limits.windowMinutes} minutes are enough`,
    },
    {
      effect: 'neutral',
      fact: `${succeeded} people signed in from there meanwhile; an office would have more successes than failures`,
    },
  ];
  if (nameless > 0) {
    const fact = `${nameless} failures named nobody; every ${limits.namelessFailuresPerPerson} of them counted as one person`;
    explanations.push({ effect: 'neutral', fact });
  }
  for (const { event, firstTry } of hits.slice(0, 10)) {
    const how = firstTry ? 'at the first try, on a device never seen before' : 'after failing';
    explanations.push({ effect: 'raises', fact: `${event.personLabel ?? 'Somebody'} signed in from there ${how}` });
  }
  const successful = new Set(hits.map(({ event }) => event));
  const shown = inOrder([...events.slice(-150), ...successful]);
  const victim = (hits.find(({ firstTry }) => !firstTry) ?? hits[0])?.event ?? null;
  const lastHit = hits.at(-1)?.event;
  return {
    detector: 'password-spray',
    key: `password-spray:${network}:${name}`,
    severity: victim ? 'high' : 'medium',
    title: victim ? 'Password spray, followed by success' : 'Password spray',
    summary: `${events.length} failed sign-ins of ${people} from ${source}${victim ? `; ${names.slice(0, 5).join(', ')} then signed in from there` : ''}.`,
    personId: victim?.personId ?? null,
    sessionId: victim?.sessionId ?? null,
    ip: victim?.ip ?? first.ip,
    firstAt: first.occurredAt,
    lastAt: lastHit && lastHit.occurredAt > last.occurredAt ? lastHit.occurredAt : last.occurredAt,
    events: shown.map((event) => ({
      id: event.id,
      occurredAt: event.occurredAt,
      role: successful.has(event) ? 'success' : 'failure',
    })),
    explanations,
    evidence: {
      network,
      people: failed,
      failures: events.length,
      namelessFailures: nameless,
      peopleSucceeded: succeeded,
      succeeded: hits.length,
      successes: hits.slice(0, 50).map(({ event, firstTry }) => ({
        eventId: event.id,
        at: event.occurredAt.toISOString(),
        personId: event.personId,
        person: event.personLabel,
        sessionId: event.sessionId,
        device: event.deviceLabel,
        firstTry,
      })),
    },
  };
}
