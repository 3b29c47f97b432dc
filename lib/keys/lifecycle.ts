import {
  type KeyPolicy,
  type KeyState,
  overlapSecondsOf,
  type RotationStep,
  servedKeyStates,
} from '#lib/model/signing-key.ts';

/** A key as far as its life goes. Times are milliseconds since 1970. */
export type LivingKey = {
  id: string;
  state: KeyState;
  publishedAt: number | null;
  activatedAt: number | null;
  retiringAt: number | null;
  retiredAt: number | null;
  /** It signed before its lead time was over: the first key of an issuer, or the heir of a compromised one. */
  leadWaived: boolean;
};

/** Thrown when a step is not allowed now; the message says why and when it will be. Nothing was changed. */
export class StepRefused extends Error {
  override name = 'StepRefused';
}

/** Seconds a key must be public before it signs: as announced, and never less than anybody may cache a key set. */
export function leadSecondsOf(policy: KeyPolicy): number {
  return Math.max(policy.leadSeconds, policy.clientCacheSeconds, policy.jwksMaxAgeSeconds);
}

export type TimedStep = { step: RotationStep; at: number };

/** When each step of a rotation falls due if the new key is published at `from`. Milliseconds. */
export function timetableOf(policy: KeyPolicy, from: number): TimedStep[] {
  const activate = from + leadSecondsOf(policy) * 1000;
  const retire = activate + overlapSecondsOf(policy) * 1000;
  return [
    { step: 'publish', at: from },
    { step: 'activate', at: activate },
    { step: 'retire', at: retire },
    { step: 'destroy', at: retire + policy.keepSeconds * 1000 },
  ];
}

/** A new key, not yet public. @throws StepRefused while there is a next key already */
export function create(keys: readonly LivingKey[], id: string): LivingKey[] {
  if (keys.some(({ state }) => state === 'created' || state === 'published'))
    throw new StepRefused('There is a next key already. Finish or abandon that rotation first.');
  return [
    ...keys,
    {
      id,
      state: 'created',
      publishedAt: null,
      activatedAt: null,
      retiringAt: null,
      retiredAt: null,
      leadWaived: false,
    },
  ];
}

/** The first key of an issuer: nobody can hold an older key set, so it is public and signs at once. */
export function begin(id: string, at: number): LivingKey[] {
  return [
    {
      id,
      state: 'active',
      publishedAt: at,
      activatedAt: at,
      retiringAt: null,
      retiredAt: null,
      leadWaived: true,
    },
  ];
}

/** From when on a step is allowed for the keys as they are; `null` when there is no key it could be taken with. */
export function allowedFrom(keys: readonly LivingKey[], policy: KeyPolicy, step: RotationStep): number | null {
  const find = (state: KeyState) => keys.find((key) => key.state === state);
  switch (step) {
    case 'publish':
      return find('created') ? Number.NEGATIVE_INFINITY : null;
    case 'activate': {
      const next = find('published');
      return next && next.publishedAt !== null ? next.publishedAt + leadSecondsOf(policy) * 1000 : null;
    }
    case 'retire': {
      const old = find('retiring');
      return old && old.retiringAt !== null ? old.retiringAt + overlapSecondsOf(policy) * 1000 : null;
    }
    case 'destroy': {
      const old = find('retired');
      return old && old.retiredAt !== null ? old.retiredAt + policy.keepSeconds * 1000 : null;
    }
    default:
      return step satisfies never;
  }
}

/**
 * Takes a step at a moment. Activating moves the old active key to `retiring` in the same step, so exactly one is active before
 * and after. @throws StepRefused when it is too early or there is nothing to take it with
 */
export function take(keys: readonly LivingKey[], policy: KeyPolicy, step: RotationStep, at: number): LivingKey[] {
  const from = allowedFrom(keys, policy, step);
  if (from === null) throw new StepRefused(`There is no key to ${step}.`);
  if (at < from) {
    const wait = Math.ceil((from - at) / 1000);
    throw new StepRefused(
      `It is ${wait} s too early to ${step}: relying parties may still hold a key set from before.`,
    );
  }
  return keys.map((key) => {
    if (step === 'publish' && key.state === 'created') return { ...key, state: 'published', publishedAt: at };
    if (step === 'activate' && key.state === 'active') return { ...key, state: 'retiring', retiringAt: at };
    if (step === 'activate' && key.state === 'published') return { ...key, state: 'active', activatedAt: at };
    if (step === 'retire' && key.state === 'retiring') return { ...key, state: 'retired', retiredAt: at };
    if (step === 'destroy' && key.state === 'retired') return { ...key, state: 'destroyed' };
    return key;
  });
}

/**
 * Kills a key at once: it leaves the key set in the same step. If it was the active one, the next key takes over although its
 * lead time may not be over, else `heir`, a new key, does. Tokens signed with the killed key stop verifying; that is the purpose.
 * @throws StepRefused when the key is not served
 */
export function kill(keys: readonly LivingKey[], keyId: string, heir: string, at: number): LivingKey[] {
  const victim = keys.find(({ id }) => id === keyId);
  if (!victim || victim.state === 'destroyed' || victim.state === 'compromised')
    throw new StepRefused('This key is gone already.');
  const rest = keys.map((key) => (key.id === keyId ? { ...key, state: 'compromised' as const } : key));
  if (victim.state !== 'active') return rest;
  const next = rest.find(({ state }) => state === 'published') ?? rest.find(({ state }) => state === 'created');
  if (!next) return [...rest, ...begin(heir, at)];
  return rest.map((key) =>
    key.id === next.id
      ? { ...key, state: 'active', publishedAt: key.publishedAt ?? at, activatedAt: at, leadWaived: true }
      : key,
  );
}

/** Takes back a next key that never signed. @throws StepRefused when there is none */
export function abandon(keys: readonly LivingKey[]): LivingKey[] {
  if (!keys.some(({ state }) => state === 'created' || state === 'published'))
    throw new StepRefused('There is no next key to take back.');
  return keys.map((key) =>
    key.state === 'created' || key.state === 'published' ? { ...key, state: 'destroyed' } : key,
  );
}

/** The keys whose public halves stand in the JWKS now. */
export function served(keys: readonly LivingKey[]): LivingKey[] {
  return keys.filter(({ state }) => servedKeyStates.includes(state));
}
