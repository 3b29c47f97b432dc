import { z } from 'zod';
import { defineDetector } from '#lib/detection/definition.ts';
import { networkOf } from '#lib/detection/network-of.ts';
import {
  densestWindow,
  inOrder,
  isCredentialFailure,
  isSuccessfulSignIn,
  minutesFrom,
  nameRuns,
  type Run,
  splitAtGaps,
} from '#lib/detection/sign-in-runs.ts';
import type { Explanation, Finding, HistoryEvent } from '#lib/model/detection.ts';

const settings = z.object({
  failuresMin: z.number().int().min(2).default(10),
  windowMinutes: z.number().positive().default(10),
  successWithinMinutes: z.number().nonnegative().default(30),
  gapMinutes: z.number().positive().default(30),
  distributedAddressesMin: z.number().int().min(2).default(5),
});
type Settings = z.output<typeof settings>;

/**
 * Many wrong credentials for one person in a short time; high when a success follows. Counts credential reasons only, so a broken
 * redirect or a missing consent raises nothing. A burst goes on until half an hour without a failure, and is one finding.
 */
export const failedLoginBurst = defineDetector({
  id: 'failed-login-burst',
  name: 'Failed-login burst',
  description: 'Many wrong credentials for one person in a short time.',
  settings,
  scope: 'person',
  lookbackHours: 6,
  interestedIn: (event) => event.personId !== null && (isCredentialFailure(event) || isSuccessfulSignIn(event)),
  detect({ history, newEventIds, settings: limits }) {
    const failures = history.filter((event) => event.personId !== null && isCredentialFailure(event));
    if (failures.length < limits.failuresMin) return [];
    const successes = inOrder(history.filter(isSuccessfulSignIn));
    const bursts = splitAtGaps(inOrder(failures), limits.gapMinutes).filter(
      ({ events }) => densestWindow(events, limits.windowMinutes) >= limits.failuresMin,
    );
    return nameRuns(bursts).flatMap(({ name, run }) => {
      const success = successAfter(run, successes, limits);
      const involved = success ? [...run.events, success] : run.events;
      if (!involved.some((event) => newEventIds.has(event.id))) return [];
      return [toFinding(name, run, success, densestWindow(run.events, limits.windowMinutes), limits)];
    });
  },
});

/**
 * The success that counts: within the time allowed after a failure, once enough of them had failed. One from a network that had
 * been guessing comes before one from elsewhere, which may be the owner.
 */
function successAfter(run: Run, successes: readonly HistoryEvent[], limits: Settings): HistoryEvent | null {
  const enough = run.events[limits.failuresMin - 1] ?? run.last;
  const following = successes.filter(
    (event) => minutesFrom(enough, event) >= 0 && minutesFrom(run.last, event) <= limits.successWithinMinutes,
  );
  const guessing = new Set(run.events.flatMap(({ ip }) => (ip && networkOf(ip)) || []));
  return following.find(({ ip }) => ip !== null && guessing.has(networkOf(ip) ?? '')) ?? following[0] ?? null;
}

function toFinding(name: string, run: Run, success: HistoryEvent | null, densest: number, limits: Settings): Finding {
  const { first, last, events } = run;
  const addresses = [...new Set(events.flatMap(({ ip }) => ip ?? []))];
  const distributed = addresses.length >= limits.distributedAddressesMin;
  const who = first.personLabel ?? 'one person';
  const from = addresses.length === 0 ? 'no known address' : countOf(addresses.length, 'address', 'addresses');
  const within = `${limits.windowMinutes} minutes`;
  const explanations: Explanation[] = [
    { effect: 'raises', fact: `${densest} wrong credentials within ${within}; ${limits.failuresMin} are enough` },
  ];
  if (distributed) explanations.push({ effect: 'raises', fact: `They came from ${addresses.length} addresses` });
  if (success) explanations.push(...explainSuccess(events, success));
  else {
    const fact = `No successful sign-in is known up to ${limits.successWithinMinutes} minutes after the last failure`;
    explanations.push({ effect: 'lowers', fact });
  }
  return {
    detector: 'failed-login-burst',
    key: `failed-login-burst:${first.personId}:${name}`,
    severity: success ? 'high' : 'medium',
    title: `${distributed ? 'Distributed failed-login burst' : 'Failed-login burst'}${success ? ', followed by success' : ''}`,
    summary: `${countOf(events.length, 'failed sign-in', 'failed sign-ins')} of ${who} from ${from}${success ? ', then one succeeded' : ''}.`,
    personId: first.personId,
    sessionId: success?.sessionId ?? null,
    ip: success?.ip ?? (addresses.length === 1 ? (addresses[0] ?? null) : null),
    firstAt: first.occurredAt,
    lastAt: success && success.occurredAt > last.occurredAt ? success.occurredAt : last.occurredAt,
    events: inOrder(success ? [...events.slice(-100), success] : events.slice(-100)).map((event) => ({
      id: event.id,
      occurredAt: event.occurredAt,
      role: event === success ? 'success' : 'failure',
    })),
    explanations,
    evidence: {
      failures: events.length,
      densest,
      windowMinutes: limits.windowMinutes,
      addresses: addresses.slice(0, 50),
      addressCount: addresses.length,
      succeeded: success !== null,
      success: success && {
        eventId: success.id,
        at: success.occurredAt.toISOString(),
        ip: success.ip,
        device: success.deviceLabel,
        sessionId: success.sessionId,
      },
    },
  };
}

function explainSuccess(failures: readonly HistoryEvent[], success: HistoryEvent): Explanation[] {
  const sameAddress = success.ip !== null && failures.some(({ ip }) => ip === success.ip);
  const where = success.ip ?? 'an unknown address';
  const explanations: Explanation[] = [
    { effect: 'raises', fact: `A success followed from ${sameAddress ? 'the same address ' : ''}${where}` },
  ];
  if (!sameAddress && success.deviceId && !failures.some(({ deviceId }) => deviceId === success.deviceId)) {
    const fact = `The success came from another address and device (${success.deviceLabel ?? 'unknown'}): it may be the person themselves`;
    explanations.push({ effect: 'lowers', fact });
  }
  return explanations;
}

function countOf(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
