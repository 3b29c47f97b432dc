import type { PublicKeySet } from '#lib/kernel/crypto/json-web-token.ts';
import type { StoredKey } from '#lib/keys/issuers.ts';
import { allowedFrom } from '#lib/keys/lifecycle.ts';
import type { StepName } from '#lib/keys/rotation-ledger.ts';
import type { KeyPolicy } from '#lib/model/signing-key.ts';

/** What a check looks at: the keys as stored, the key set as relying parties get it, the time by the database. */
export type Checked = {
  step: StepName;
  keys: readonly StoredKey[];
  oldKeyId: string;
  newKeyId: string | null;
  policy: KeyPolicy;
  keySet: PublicKeySet;
  /** When the last token with an expiry that the old key signed dies, as counted. */
  lastTokenDeath: Date | null;
  at: Date;
};

/** Why a step must not be taken now, in words for whoever reads the halt; `null` when nothing speaks against it. Pure. */
export function problemBefore(seen: Checked): string | null {
  const { step, keys, keySet, at, policy } = seen;
  if (step === 'kill' || step === 'publish') return null;
  const next = keys.find(({ id }) => id === seen.newKeyId);
  const old = keys.find(({ id }) => id === seen.oldKeyId);
  if (!next || !old) return 'The keys of this rotation are not known any more.';
  const from = allowedFrom(keys, policy, step);
  if (from !== null && at.getTime() < from) {
    const when = timeWords(from);
    return step === 'activate'
      ? `The lead time is not over: the next key has been public since ${timeWords(next.publishedAt)} and may sign from ${when}.`
      : `It is too early: the old key has to be kept until ${when}.`;
  }
  if (!has(keySet, next)) return `The key set that relying parties get does not hold the next key (${next.kid}).`;
  if (step === 'activate' && !has(keySet, old))
    return `The key set that relying parties get does not hold the key that signs now (${old.kid}).`;
  if (step === 'retire' && seen.lastTokenDeath && seen.lastTokenDeath > at)
    return `A token signed with the old key lives until ${timeWords(seen.lastTokenDeath.getTime())}, longer than the policy allows for.`;
  return null;
}

/** What is not as it has to be after a step, or `null`. Looked at from outside, so it may take a moment to become true. */
export function problemAfter(seen: Checked): string | null {
  const { step, keys, keySet } = seen;
  const next = keys.find(({ id }) => id === seen.newKeyId);
  const old = keys.find(({ id }) => id === seen.oldKeyId);
  const active = keys.filter(({ state }) => state === 'active');
  const [signer] = active;
  if (active.length !== 1 || !signer) return `There are ${active.length} keys that sign instead of one.`;
  if (!has(keySet, signer)) return `The key set does not hold the key that signs (${signer.kid}).`;
  if ((step === 'publish' || step === 'activate') && next && !has(keySet, next))
    return `The key set does not hold the next key yet (${next.kid}).`;
  if (step === 'activate' && old && !has(keySet, old))
    return `The key set does not hold the old key any more (${old.kid}).`;
  if (step === 'activate' && signer.id !== seen.newKeyId) return 'The next key does not sign.';
  if ((step === 'retire' || step === 'destroy' || step === 'kill') && old && has(keySet, old))
    return `The key set still holds the old key (${old.kid}).`;
  return null;
}

/** By name and by the key itself: another key under the same name is not the key. */
function has(set: PublicKeySet, key: StoredKey): boolean {
  return set.keys.some(
    ({ kid, n, x, y }) => kid === key.kid && n === key.publicJwk.n && x === key.publicJwk.x && y === key.publicJwk.y,
  );
}

/** 2026-11-24 09:00:00 UTC */
function timeWords(at: number | null): string {
  return at === null ? 'never' : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
