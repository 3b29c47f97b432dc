import { Refusal } from '#lib/kernel/errors.ts';
import { log } from '#lib/kernel/log.ts';

type Requested = { path: string; method: string; headers: Record<string, string | string[] | undefined> };

/**
 * What the log says of an error that a page ended with. `reference` is what the person sees on the screen in its place. Of the
 * request the path alone, never its query, headers or cookies: those may carry what somebody typed.
 */
export function pageErrorEntry(error: unknown, request: Requested, route: string) {
  const digest = error && typeof error === 'object' && 'digest' in error ? String(error.digest) : null;
  const id = request.headers['x-gatehouse-request-id'];
  return {
    reference: digest,
    request: typeof id === 'string' ? id : null,
    method: request.method,
    path: request.path.replace(/[?#].*$/s, ''),
    route,
    err: error,
  };
}

/** Writes it down: a refusal is what the desk is for and no fault of it, anything else is. */
export function logPageError(error: unknown, request: Requested, route: string): void {
  const entry = pageErrorEntry(error, request, route);
  if (error instanceof Refusal || (error instanceof Error && error.name === 'Refusal'))
    log.info(entry, 'a page was refused');
  else log.error(entry, 'a page could not be shown');
}
