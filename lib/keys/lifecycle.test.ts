import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  abandon,
  allowedFrom,
  begin,
  create,
  kill,
  type LivingKey,
  leadSecondsOf,
  StepRefused,
  served,
  take,
  timetableOf,
} from '#lib/keys/lifecycle.ts';
import { type KeyPolicy, overlapSecondsOf, rotationSteps } from '#lib/model/signing-key.ts';

const policy: KeyPolicy = {
  leadSeconds: 86_400,
  clientCacheSeconds: 600,
  jwksMaxAgeSeconds: 300,
  tokenLifeSeconds: 3600,
  skewSeconds: 60,
  keepSeconds: 86_400,
  periodSeconds: 365 * 86_400,
};
const seconds = fc.integer({ min: 0, max: 100_000 });
const policies: fc.Arbitrary<KeyPolicy> = fc.record({
  leadSeconds: seconds,
  clientCacheSeconds: seconds,
  jwksMaxAgeSeconds: seconds,
  tokenLifeSeconds: seconds,
  skewSeconds: fc.integer({ min: 0, max: 300 }),
  keepSeconds: seconds,
  periodSeconds: seconds,
});

/** One thing an operator or a late worker tries after some time. */
type Attempt = { waitSeconds: number; act: (typeof rotationSteps)[number] | 'create' | 'abandon' };
const attempts: fc.Arbitrary<Attempt[]> = fc.array(
  fc.record({
    // Often exactly as early as allowed or a little before, which is where the mistakes are.
    waitSeconds: fc.oneof(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 0, max: 3 })),
    act: fc.constantFrom(...rotationSteps, 'create' as const, 'abandon' as const),
  }),
  { minLength: 1, maxLength: 60 },
);

/** Plays the attempts; each that is refused changes nothing. Returns what stood at every moment something changed. */
function play(rules: KeyPolicy, tried: readonly Attempt[]): { at: number; keys: LivingKey[] }[] {
  let at = 0;
  let keys = begin('key-0', at);
  const history = [{ at, keys }];
  for (const [index, { waitSeconds, act }] of tried.entries()) {
    at += waitSeconds * 1000;
    // A worker that waits for the moment itself: exactly then it must be allowed.
    const from = act === 'create' || act === 'abandon' ? null : allowedFrom(keys, rules, act);
    if (from !== null && Number.isFinite(from) && index % 2 === 0) at = Math.max(at, from);
    try {
      if (act === 'create') keys = create(keys, `key-${index + 1}`);
      else if (act === 'abandon') keys = abandon(keys);
      else keys = take(keys, rules, act, at);
      history.push({ at, keys });
    } catch (error) {
      if (!(error instanceof StepRefused)) throw error;
    }
  }
  return history;
}

describe('lifecycle', () => {
  test('exactly one key is active at every instant, whatever is tried whenever', () => {
    fc.assert(
      fc.property(policies, attempts, (rules, tried) => {
        for (const { keys } of play(rules, tried))
          expect(keys.filter(({ state }) => state === 'active')).toHaveLength(1);
      }),
      { numRuns: 400 },
    );
  });

  test('a key signs only after it was public for the lead time', () => {
    fc.assert(
      fc.property(policies, attempts, (rules, tried) => {
        for (const { keys } of play(rules, tried)) {
          for (const { publishedAt, activatedAt, leadWaived, id } of keys) {
            if (activatedAt === null) continue;
            if (leadWaived) expect(id).toBe('key-0');
            else expect(activatedAt - (publishedAt ?? Number.NaN)).toBeGreaterThanOrEqual(leadSecondsOf(rules) * 1000);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  test('the key set holds every key with which an unexpired token may be signed, for a clock as far off as allowed', () => {
    fc.assert(
      fc.property(policies, attempts, (rules, tried) => {
        const history = play(rules, tried);
        const tokenLife = rules.tokenLifeSeconds * 1000;
        for (const [index, { at, keys }] of history.entries()) {
          const end = history[index + 1]?.at ?? at + 400_000_000;
          const inSet = new Set(served(keys).map(({ id }) => id));
          for (const key of keys) {
            if (key.activatedAt === null) continue;
            // The last token it can have signed, still accepted by a clock that is behind.
            const lastSigned = key.state === 'active' ? end : (key.retiringAt ?? key.activatedAt);
            const acceptedUntil = lastSigned + tokenLife + rules.skewSeconds * 1000;
            if (acceptedUntil > at) expect(inSet.has(key.id)).toBe(true);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  test('the timetable is one the steps allow, and none of them a moment earlier', () => {
    fc.assert(
      fc.property(policies, (rules) => {
        let keys = create(begin('old', 0), 'new');
        for (const { step, at } of timetableOf(rules, 1_000_000)) {
          if (step !== 'publish') expect(() => take(keys, rules, step, at - 1)).toThrow(StepRefused);
          keys = take(keys, rules, step, at);
        }
        expect(keys.map(({ id, state }) => `${id} ${state}`)).toEqual(['old destroyed', 'new active']);
      }),
    );
  });

  test('killing any key at any moment leaves exactly one active and the killed one out of the set', () => {
    fc.assert(
      fc.property(policies, attempts, fc.nat(), (rules, tried, pick) => {
        const { keys, at } = play(rules, tried).at(-1) ?? { keys: begin('key-0', 0), at: 0 };
        const alive = served(keys);
        const victim = alive[pick % alive.length];
        if (!victim) throw new Error('there is always a key to kill');
        const after = kill(keys, victim.id, 'heir', at);
        expect(after.filter(({ state }) => state === 'active')).toHaveLength(1);
        expect(served(after).map(({ id }) => id)).not.toContain(victim.id);
        expect(() => kill(after, victim.id, 'heir-2', at)).toThrow(StepRefused);
      }),
    );
  });

  test('a lead time shorter than what anybody caches counts as that', () => {
    expect(leadSecondsOf({ ...policy, leadSeconds: 5 })).toBe(600);
    expect(overlapSecondsOf(policy)).toBe(3960);
    expect(() => create(create(begin('a', 0), 'b'), 'c')).toThrow('There is a next key already');
  });
});
