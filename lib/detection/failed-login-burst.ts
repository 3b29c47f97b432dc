import { z } from 'zod';
import { defineDetector } from '#lib/detection/definition.ts';
import { densestWindow, isCredentialFailure, isSuccessfulSignIn, splitAtGaps } from '#lib/detection/sign-in-runs.ts';
import type { Explanation, Finding, HistoryEvent } from '#lib/model/detection.ts';

const settings = z.object({
  failuresMin: z.number().int().min(2).default(10),
  windowMinutes: z.number().positive().default(10),
  successWithinMinutes: z.number().nonnegative().default(30),
  gapMinutes: z.number().positive().default(30),
  distributedAddressesMin: z.number().int().min(2).default(5),
});

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
  detect({ history, newEventIds, settings: limits }) {
    const runs = splitAtGaps(history.filter(isCredentialFailure), limits.gapMinutes);
    return runs.flatMap((failures) => {
      const densest = densestWindow(failures, limits.windowMinutes);
      const [first, last] = [failures[0], failures.at(-1)];
      if (!first?.personId || !last || densest < limits.failuresMin) return [];
      const until = last.occurredAt.getTime() + limits.successWithinMinutes * 60_000;
      const success = history.find((event) => isSuccessfulSignIn(event) && event.occurredAt >= first.occurredAt && event.occurredAt.getTime() <= until) ?? null;
      const shown = success ? [...failures, success] : failures;
      if (!shown.some((event) => newEventIds.has(event.id))) return [];
      return [toFinding(first.personId, failures, success, densest, limits)];
    });
  },
});

function toFinding(personId: string, failures: HistoryEvent[], success: HistoryEvent | null, densest: number, limits: z.output<typeof settings>): Finding {
  const first = failures[0] as HistoryEvent;
  const last = failures.at(-1) as HistoryEvent;
  const addresses = new Set(failures.flatMap(({ ip }) => ip ?? []));
  const distributed = addresses.size >= limits.distributedAddressesMin;
  const who = first.personLabel ?? 'One person';
  const explanations: Explanation[] = [
    { effect: 'raises', fact: `${densest} wrong credentials within ${limits.windowMinutes} minutes; ${limits.failuresMin} are enough` },
  ];
  if (distributed) explanations.push({ effect: 'raises', fact: `They came from ${addresses.size} addresses` });
  if (success) {
    const own = failures.some(({ ip }) => ip !== null && ip === success.ip);
    explanations.push({ effect: 'raises', fact: own ? `A success followed from the same address ${success.ip}` : `A success followed from ${success.ip ?? 'an unknown address'}` });
    if (success.deviceId && !failures.some(({ deviceId }) => deviceId === success.deviceId)) {
      explanations.push({ effect: 'lowers', fact: `The success came from another device (${success.deviceLabel ?? 'unknown'}): it may be the person themselves` });
    }
  } else explanations.push({ effect: 'lowers', fact: `No success within ${limits.successWithinMinutes} minutes` });
  return {
    detector: 'failed-login-burst',
    // The start names the burst: it goes on, it does not begin again.
    key: `failed-login-burst:${personId}:${first.id}`,
    severity: success ? 'high' : 'medium',
    title: `${distributed ? 'Distributed failed-login burst' : 'Failed-login burst'}${success ? ', then a success' : ''}`,
    summary: `${failures.length} failed sign-ins of ${who} from ${addresses.size} ${addresses.size === 1 ? 'address' : 'addresses'}${success ? ', then one succeeded' : ''}.`,
    personId,
    sessionId: success?.sessionId ?? null,
    ip: addresses.size === 1 ? ([...addresses][0] ?? null) : (success?.ip ?? null),
    firstAt: first.occurredAt,
    lastAt: success && success.occurredAt > last.occurredAt ? success.occurredAt : last.occurredAt,
    events: [
      ...failures.slice(-100).map((event) => ({ id: event.id, occurredAt: event.occurredAt, role: 'failure' })),
      ...(success ? [{ id: success.id, occurredAt: success.occurredAt, role: 'success' }] : []),
    ],
    explanations,
    evidence: { failures: failures.length, densest, windowMinutes: limits.windowMinutes, addresses: [...addresses].slice(0, 50), succeeded: success !== null },
  };
}
