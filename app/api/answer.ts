import { errorStatus, isDatabaseAway, isSenderGone, Refusal } from '#lib/kernel/errors.ts';
import { newId } from '#lib/kernel/ids.ts';
import { log } from '#lib/kernel/log.ts';

/** JSON with the headers every answer of ours carries. */
export function json(body: unknown, init: { status?: number; headers?: Record<string, string> } = {}): Response {
  return Response.json(body, { status: init.status ?? 200, headers: { 'Cache-Control': 'no-store', ...init.headers } });
}

/** Runs a handler and maps what it throws to an answer: the one place where errors become HTTP. Internals never leave. */
export async function answer(handler: () => Promise<Response>): Promise<Response> {
  try {
    return await handler();
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): Response {
  if (error instanceof Refusal) {
    const headers: Record<string, string> = {};
    if (error.retryAfterSeconds !== null) headers['Retry-After'] = String(error.retryAfterSeconds);
    if (error.code === 'not_signed_in') headers['WWW-Authenticate'] = 'Bearer, DPoP algs="RS256 ES256 PS256 EdDSA"';
    const problems = error.problems.length > 0 ? { problems: error.problems } : {};
    return json(
      { error: error.code, message: error.message, ...problems, ...(error.see ? { see: error.see } : {}) },
      { status: errorStatus[error.code], headers },
    );
  }
  if (isSenderGone(error)) {
    log.info('a sender left before its request was whole');
    return json({ error: 'bad_request', message: 'The request ended before it was whole.' }, { status: 400 });
  }
  if (isDatabaseAway(error)) {
    log.warn({ err: error }, 'the database is away');
    const message =
      'The database does not answer at the moment. What was sent may or may not be stored; send it again, it is recognised.';
    return json({ error: 'unavailable', message }, { status: 503, headers: { 'Retry-After': '2' } });
  }
  // What the log holds is found again by what the caller was told.
  const reference = newId();
  log.error({ err: error, reference }, 'a request failed');
  const message = `Something went wrong on our side. Nothing was acknowledged; send it again. In the log it is ${reference}.`;
  return json({ error: 'internal', message, reference }, { status: 500 });
}
