import { z } from 'zod';
import { now } from '#lib/kernel/clock.ts';
import {
  type HttpAnswer,
  type HttpRequest,
  requireStatus,
  retryAfter,
  sharedHttpClient,
} from '#lib/kernel/http/http-client.ts';
import { OutboundCallFailed } from '#lib/kernel/http/outbound-call-failed.ts';
import { sha256 } from '#lib/kernel/ids.ts';
import type { JsonObject, JsonValue } from '#lib/model/event.ts';
import { type Connection, ProviderCallFailed } from '#lib/providers/definition.ts';

export type ProviderRequest = {
  method: HttpRequest['method'];
  url: string | URL;
  headers?: Record<string, string>;
  /** Headers with an access token. A token that was in use and is called invalid is fetched anew, once. */
  authorize?: () => Promise<Record<string, string>>;
  body?: HttpRequest['body'];
  answerBytesMax?: number;
  signal: AbortSignal;
  wanted: readonly number[];
  /** Origins beside the connection's own that this call may go to (a token endpoint elsewhere). */
  origins?: readonly string[];
};

/** A page of a log: a few hundred records of some kilobytes each, where answers of other calls are small. */
export const logPageBytesMax = 8_000_000;

/**
 * One call to a provider's interface. A used-up rate limit becomes a wait: `Retry-After`, or the reset time of Okta's and Auth0's
 * headers. @throws ProviderCallFailed
 */
export async function askProvider(connection: Connection, request: ProviderRequest): Promise<HttpAnswer> {
  const own = new URL(connection.baseUrl).origin;
  const http = sharedHttpClient({ allowance: connection.allowance, origins: [own, ...(request.origins ?? [])] });
  try {
    const send = async () => {
      const authorization = await request.authorize?.();
      const answer = await http.call({ ...request, headers: { ...request.headers, ...authorization } });
      return { answer, authorization };
    };
    let { answer, authorization } = await send();
    if (answer.status === 401 && forgetToken(authorization)) {
      ({ answer, authorization } = await send());
      if (answer.status === 401) forgetToken(authorization);
    }
    if (answer.status === 429 || isUsedUp(answer)) {
      throw new ProviderCallFailed('The provider asks to be called less often.', {
        ambiguous: false,
        retryable: true,
        status: answer.status,
        retryAfterSeconds: restSeconds(answer) ?? 60,
      });
    }
    return requireStatus(request, answer, request.wanted);
  } catch (error) {
    throw asProviderFailure(error);
  }
}

/** How long an answer asks the caller to rest: `Retry-After`, or no calls left until the reset. `null`: go on. Seconds, 1 to 3600. */
export function restSeconds(answer: Pick<HttpAnswer, 'headers' | 'status'>, nowMs = Date.now()): number | null {
  const header = (...names: string[]) =>
    names.map((name) => answer.headers[name]).find((value) => typeof value === 'string');
  const bounded = (seconds: number) => Math.min(Math.max(Math.ceil(seconds), 1), 3600);
  const after = retryAfter(answer.headers['retry-after']);
  if (after !== null) return bounded(after);
  const left = Number(header('x-rate-limit-remaining', 'x-ratelimit-remaining') ?? Number.NaN);
  const reset = Number(header('x-rate-limit-reset', 'x-ratelimit-reset') ?? Number.NaN);
  if (!Number.isFinite(reset) || (answer.status !== 429 && left !== 0)) return null;
  // Epoch seconds; some gateways send the seconds that are left instead.
  return bounded(reset > 1_000_000_000 ? reset - nowMs / 1000 : reset);
}

/** Google says with a 403 that a quota is used up, the same status as for a missing right. */
function isUsedUp(answer: Pick<HttpAnswer, 'status' | 'body'>): boolean {
  return answer.status === 403 && /"(user)?(rateLimitExceeded|quotaExceeded)"/i.test(answer.body.toString('latin1'));
}

/** The answer in the shape it must have. @throws ProviderCallFailed */
export function readAs<Shape extends z.ZodType>(answer: HttpAnswer, shape: Shape): z.output<Shape> {
  try {
    const parsed = shape.safeParse(answer.json());
    if (parsed.success) return parsed.data;
  } catch (error) {
    throw asProviderFailure(error);
  }
  throw new ProviderCallFailed('The provider answered in a form that Gatehouse does not know.', {
    ambiguous: true,
    retryable: false,
    status: answer.status,
  });
}

/** The fields of a connection's secret. @throws ProviderCallFailed when one is missing */
export function secretFields<Shape extends z.ZodType>(connection: Connection, shape: Shape): z.output<Shape> {
  let value: unknown = null;
  try {
    value = JSON.parse(connection.secret);
  } catch {
    value = { token: connection.secret };
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new ProviderCallFailed(`The connection's secret lacks: ${missing}. Connect the provider again.`, {
    ambiguous: false,
    retryable: false,
    status: null,
  });
}

const tokenShape = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive().default(60) });
const tokens = new Map<string, { token: string; untilMs: number; used: boolean }>();

/**
 * An access token for a connection, fetched when there is none or it ends within 30 seconds. Kept in memory alone.
 * @throws ProviderCallFailed
 */
export async function accessToken(
  connection: Connection,
  request: { url: string; headers?: Record<string, string>; signal: AbortSignal } & (
    | { form: Record<string, string> }
    | { json: Record<string, string> }
  ),
): Promise<string> {
  const key = sha256(JSON.stringify([connection.baseUrl, connection.secret, request.url])).toString('hex');
  const known = tokens.get(key);
  if (known && known.untilMs - 30_000 > Date.now()) {
    known.used = true;
    return known.token;
  }
  const answer = await askProvider(connection, {
    method: 'POST',
    url: request.url,
    ...(request.headers ? { headers: request.headers } : {}),
    body: 'form' in request ? new URLSearchParams(request.form) : { json: request.json },
    signal: request.signal,
    wanted: [200],
    origins: [new URL(request.url).origin],
  }).catch((error: unknown) => {
    // Some say 400 where OAuth has 401 (RFC 6749 section 5.2).
    if (!(error instanceof ProviderCallFailed) || (error.status !== 400 && error.status !== 401)) throw error;
    throw new ProviderCallFailed('The provider did not accept the credentials of this connection and gave no token.', {
      ambiguous: false,
      retryable: false,
      status: 401,
    });
  });
  const { access_token: token, expires_in: life } = readAs(answer, tokenShape);
  if (tokens.size > 500) tokens.clear();
  tokens.set(key, { token, untilMs: Date.now() + life * 1000, used: false });
  return token;
}

/** Forgets the token that was sent, after the provider called it invalid. @returns whether it had been in use: then another may do */
function forgetToken(sent: Record<string, string> | undefined): boolean {
  for (const [key, { token, used }] of tokens) {
    if (!Object.values(sent ?? {}).some((value) => value.endsWith(token))) continue;
    tokens.delete(key);
    return used;
  }
  return false;
}

/** Forgets every token, for tests. */
export function forgetTokens(): void {
  tokens.clear();
}

/** An address of the provider itself, as it may come back in `Link` or `nextLink`. @throws ProviderCallFailed for any other origin */
export function ownAddress(connection: Connection, address: string): URL {
  const base = new URL(connection.baseUrl);
  if (URL.canParse(address, base)) {
    const url = new URL(address, base);
    if (url.origin === base.origin) return url;
  }
  throw new ProviderCallFailed('The provider pointed to another address for its next page. It was not followed.', {
    ambiguous: false,
    retryable: false,
    status: null,
  });
}

/** `baseUrl` without its last slash, and a path. */
export function at(connection: Connection, path: string): string {
  return connection.baseUrl.replace(/\/+$/, '') + path;
}

export function asText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function asNumber(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/**
 * A cursor of a time and, while pages are turned, a place in them, without that place: it goes on where everything was read
 * (`'newest'`, when pages come oldest first) or begins its look again (`'since'`). `null`: it has no place.
 */
export function goOnByTime(cursor: JsonObject, place: string, read: 'newest' | 'since'): JsonObject | null {
  if (cursor[place] === undefined) return null;
  const since = (read === 'newest' ? asText(cursor.newest) : null) ?? asText(cursor.since);
  return since ? { since } : {};
}

/**
 * The later of a cursor's time and what a page brought: ISO texts of equal form compare as text. Never later than now: a record of
 * the future must not make a log begin there.
 */
export function newestOf(cursor: JsonObject | null, times: readonly (string | undefined)[]): string | null {
  let newest = asText(cursor?.newest);
  const latest = now().toISOString();
  for (const time of times) {
    if (time === undefined || Number.isNaN(Date.parse(time))) continue;
    const iso = new Date(time).toISOString();
    if (newest === null || iso > newest) newest = iso;
  }
  return newest !== null && newest > latest ? latest : newest;
}

function asProviderFailure(error: unknown): unknown {
  if (!(error instanceof OutboundCallFailed)) return error;
  const { ambiguous, retryable, status, retryAfterSeconds } = error;
  const words =
    status === 401 || status === 403
      ? 'The provider did not accept the credentials of this connection, or they lack a right.'
      : error.message;
  return new ProviderCallFailed(words, { ambiguous, retryable, status, retryAfterSeconds });
}
