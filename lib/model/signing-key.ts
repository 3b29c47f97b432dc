/** The life of a signing key, in order; `compromised` ends it from anywhere. */
export const keyStates = ['created', 'published', 'active', 'retiring', 'retired', 'destroyed', 'compromised'] as const;
export type KeyState = (typeof keyStates)[number];

/** States in which the public half stands in the JWKS. */
export const servedKeyStates: readonly KeyState[] = ['published', 'active', 'retiring'];

/** What people call them: Next signs soon, Current signs now, Previous is still trusted. */
export const keyStateNames: Record<KeyState, string> = {
  created: 'Next, not public yet',
  published: 'Next',
  active: 'Current',
  retiring: 'Previous',
  retired: 'Retired',
  destroyed: 'Destroyed',
  compromised: 'Compromised',
};

/** The steps of a rotation, in order. */
export const rotationSteps = ['publish', 'activate', 'retire', 'destroy'] as const;
export type RotationStep = (typeof rotationSteps)[number];

export const rotationStates = ['running', 'halted', 'done', 'abandoned'] as const;
export type RotationState = (typeof rotationStates)[number];
export const rotationStateNames: Record<RotationState, string> = {
  running: 'Running',
  halted: 'Halted',
  done: 'Done',
  abandoned: 'Abandoned',
};

export const rotationStepNames: Record<RotationStep, string> = {
  publish: 'Publish the next key',
  activate: 'Sign with it',
  retire: 'Take the old key out of the key set',
  destroy: 'Destroy the private half of the old key',
};

/** How an issuer's keys live. All in seconds. */
export type KeyPolicy = {
  /** How long a key is public before it signs, as announced to relying parties. */
  leadSeconds: number;
  /** How long relying parties may keep a key set on their own account (jose: 600). */
  clientCacheSeconds: number;
  /** `max-age` of the key set. */
  jwksMaxAgeSeconds: number;
  /** Longest life of a token signed with these keys. */
  tokenLifeSeconds: number;
  /** How far the clocks of relying parties may be off. */
  skewSeconds: number;
  /** How long a retired key's private half is kept before it is destroyed. */
  keepSeconds: number;
  /** How long a key signs before a rotation is due. Nothing happens by itself then: the desk says so until people rotate. */
  periodSeconds: number;
};

/** What an operator may change of a policy; how long a key set may be cached is told by the key set itself. */
export const changeableKeyPolicy = [
  'leadSeconds',
  'clientCacheSeconds',
  'tokenLifeSeconds',
  'skewSeconds',
  'keepSeconds',
  'periodSeconds',
] as const satisfies readonly (keyof KeyPolicy)[];
export type ChangeableKeyPolicy = (typeof changeableKeyPolicy)[number];

/** What people call each part of a policy. */
export const keyPolicyNames: Record<keyof KeyPolicy, string> = {
  leadSeconds: 'Public before it signs',
  clientCacheSeconds: 'Readers may cache for',
  jwksMaxAgeSeconds: 'Key set is cached for',
  tokenLifeSeconds: 'Longest token life',
  skewSeconds: 'Clocks may be off by',
  keepSeconds: 'Private half is kept for',
  periodSeconds: 'A rotation is due every',
};

/** Seconds the old key stays public after it last signed: longest token life, clock skew, and how long a key set is cached. */
export function overlapSecondsOf(
  policy: Pick<KeyPolicy, 'tokenLifeSeconds' | 'skewSeconds' | 'jwksMaxAgeSeconds'>,
): number {
  return policy.tokenLifeSeconds + policy.skewSeconds + policy.jwksMaxAgeSeconds;
}
