import { z } from 'zod';
import { defineDetector } from '#lib/detection/definition.ts';
import { networkOf } from '#lib/detection/network-of.ts';
import { isCredentialFailure, isSuccessfulSignIn, splitAtGaps } from '#lib/detection/sign-in-runs.ts';
import type { Explanation, Finding, HistoryEvent } from '#lib/model/detection.ts';

const settings = z.object({
  peopleMin: z.number().int().min(2).default(8),
  windowMinutes: z.number().positive().default(10),
  failuresPerPersonMax: z.number().int().positive().default(8),
  gapMinutes: z.number().positive().default(30),
});

/**
 * One network trying few passwords on many people. An office behind one address is told apart by its successes: a spray fails for
 * more people than it succeeds for. A success among the sprayed makes it high and names the person and the session.
 */
export const passwordSpray = defineDetector({
  id: 'password-spray',
  name: 'Password spray',
  description: 'One network tried few passwords on many people.',
  settings,
  scope: 'network',
  lookbackHours: 6,
  detect({ history, newEventIds, settings: limits }) {
    const signIns = history.filter((event) => event.type === 'sign_in' && event.ip !== null);
    return splitAtGaps(signIns, limits.gapMinutes).flatMap((run) => {
      const failures = run.filter(isCredentialFailure);
      const failed = new Set(failures.map(personOf));
      const successes = run.filter(isSuccessfulSignIn);
      const succeeded = new Set(successes.map(personOf));
      const first = failures[0];
      if (!first?.ip || mostPeople(failures, limits.windowMinutes) < limits.peopleMin || failed.size <= succeeded.size) return [];
      if (most(failures) > limits.failuresPerPersonMax) return [];
      const hits = successes.filter((event) => failed.has(personOf(event)) && event.occurredAt >= first.occurredAt);
      if (![...failures, ...hits].some((event) => newEventIds.has(event.id))) return [];
      return [toFinding(networkOf(first.ip) ?? first.ip, failures, hits, failed.size, succeeded.size)];
    });
  },
});

function toFinding(network: string, failures: HistoryEvent[], hits: HistoryEvent[], failed: number, succeeded: number): Finding {
  const first = failures[0] as HistoryEvent;
  const shown = [...failures, ...hits].sort((a, b) => a.occurredAt.getTime() - b.occurredAt.getTime());
  const hit = hits[0] ?? null;
  const people = [...new Set(hits.map((event) => event.personLabel ?? 'somebody'))];
  const explanations: Explanation[] = [
    { effect: 'raises', fact: `Wrong credentials for ${failed} people from ${first.ip}` },
    { effect: 'neutral', fact: `${succeeded} people signed in from there meanwhile; an office would have more successes than failures` },
  ];
  if (hit) explanations.push({ effect: 'raises', fact: `${people.join(', ')} signed in from there after failing` });
  return {
    detector: 'password-spray',
    key: `password-spray:${network}:${first.id}`,
    severity: hit ? 'high' : 'medium',
    title: hit ? 'Password spray, one succeeded' : 'Password spray',
    summary: `${failures.length} failed sign-ins of ${failed} people from ${first.ip}${hit ? `; ${people.join(', ')} then signed in from there` : ''}.`,
    personId: hit?.personId ?? null,
    sessionId: hit?.sessionId ?? null,
    ip: first.ip,
    firstAt: first.occurredAt,
    lastAt: shown.at(-1)?.occurredAt ?? first.occurredAt,
    events: shown.slice(-150).map((event) => ({ id: event.id, occurredAt: event.occurredAt, role: hits.includes(event) ? 'success' : 'failure' })),
    explanations,
    evidence: { people: failed, failures: failures.length, succeeded: hits.length, network },
  };
}

/** Unknown accounts have no person; the event itself then stands for one. */
function personOf(event: HistoryEvent): string {
  return event.personId ?? `event ${event.id}`;
}

function most(failures: readonly HistoryEvent[]): number {
  const counts = new Map<string, number>();
  for (const event of failures) counts.set(personOf(event), (counts.get(personOf(event)) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

function mostPeople(failures: readonly HistoryEvent[], windowMinutes: number): number {
  const counts = new Map<string, number>();
  let from = 0;
  let people = 0;
  for (const event of failures) {
    counts.set(personOf(event), (counts.get(personOf(event)) ?? 0) + 1);
    for (let old = failures[from]; old && old.occurredAt.getTime() < event.occurredAt.getTime() - windowMinutes * 60_000; old = failures[from]) {
      const left = (counts.get(personOf(old)) ?? 1) - 1;
      if (left === 0) counts.delete(personOf(old));
      else counts.set(personOf(old), left);
      from += 1;
    }
    people = Math.max(people, counts.size);
  }
  return people;
}
