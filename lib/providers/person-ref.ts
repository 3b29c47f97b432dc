import type { AccountType, Outcome, PersonRef } from '#lib/model/event.ts';

type Known = {
  issuer: string | null;
  /** The provider's id of the account. */
  id: string | null;
  /** The name that was typed or is shown, for accounts without an id. */
  login: string | null;
  displayName?: string | null;
  email?: string | null;
  accountType: AccountType;
  outcome: Outcome;
};

/**
 * Makes the person of an event. Without an account id a *failed* event names nobody known: the person is then
 * `unknown:<name in lower case>`, of unknown account type. So guesses at one name count together and a spray over made-up names
 * is still seen, but such a row can never be taken for, or merged with, a real account of that name.
 */
export function personRef(known: Known): PersonRef | null {
  const { issuer, id, login, outcome } = known;
  const email = known.email ?? (login && isEmail(login) ? login : null);
  if (id !== null)
    return { issuer, subject: id, displayName: known.displayName ?? login, email, accountType: known.accountType };
  if (login === null) return null;
  if (outcome === 'failure')
    return { issuer, subject: `unknown:${login.toLowerCase()}`, displayName: login, email, accountType: 'unknown' };
  return { issuer, subject: login, displayName: known.displayName ?? login, email, accountType: known.accountType };
}

/** Looks like an e-mail address: enough for a label, never for identity. */
export function isEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);
}
