import { AsyncLocalStorage } from 'node:async_hooks';
import { Refusal } from '#lib/kernel/errors.ts';

const current = new AsyncLocalStorage<{ refusal: Refusal | null }>();

/**
 * Runs next-auth and tells what the desk refused meanwhile. next-auth knows one answer for every failure; whoever has to wait
 * must hear for how long.
 */
export async function withSignInRefusal<T>(work: () => Promise<T>): Promise<{ result: T; refusal: Refusal | null }> {
  const seen: { refusal: Refusal | null } = { refusal: null };
  return { result: await current.run(seen, work), refusal: seen.refusal };
}

/** Notes a refusal for whoever answers the request; everything else stays as next-auth has it. */
export function noteSignInRefusal(error: unknown): void {
  const seen = current.getStore();
  if (seen && error instanceof Refusal && error.code === 'rate_limited') seen.refusal = error;
}
