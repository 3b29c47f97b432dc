const name = 'gatehouse-recovery-case';

/** Keeps the secret of a case in this tab alone: gone when it is closed, never in an address. */
export function keepCaseSecret(secret: string): void {
  sessionStorage.setItem(name, secret);
}

/** The secret of this tab's case, or `null`. */
export function readCaseSecret(): string | null {
  return sessionStorage.getItem(name);
}
