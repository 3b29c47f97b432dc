import { z } from 'zod';
import { type HttpAnswer, type HttpRequest, requireStatus, sharedHttpClient } from '#lib/kernel/http/http-client.ts';
import { OutboundCallFailed } from '#lib/kernel/http/outbound-call-failed.ts';
import { sha256 } from '#lib/kernel/ids.ts';
import type { JsonObject, JsonValue } from '#lib/model/event.ts';
import { type Connection, ProviderCallFailed } from '#lib/providers/definition.ts';

export type ProviderRequest = {
  method: HttpRequest['method'];
  url: string | URL;
  headers?: Record<string, string>;
  body?: HttpRequest['body'];
  signal: AbortSignal;
  wanted: readonly number[];
  /** Origins beside the connection's own that this call may go to (a token endpoint elsewhere). */
  origins?: readonly string[];
};

/**
 * One call to a provider's interface. A used-up rate limit becomes a wait: `Retry-After`, or the reset time of Okta's and Auth0's
 * headers. @throws ProviderCallFailed
 */
export async function askProvider(connection: Connection, request: ProviderRequest): Promise<HttpAnswer> {
  const own = new URL(connection.baseUrl).origin;
  const http = sharedHttpClient({ allowance: connection.allowance, origins: [own, ...(request.origins ?? [])] });
  try {
    const answer = await http.call(request);
    if (answer.status === 429) {
      throw new ProviderCallFailed('The provider asks to be called less often.', {
        ambiguous: false,
        retryable: true,
        status: 429,
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
  const after = header('retry-after');
  if (typeof after === 'string' && /^\d+$/.test(after)) return bounded(Number(after));
  const left = Number(header('x-rate-limit-remaining', 'x-ratelimit-remaining') ?? Number.NaN);
  const reset = Number(header('x-rate-limit-reset', 'x-ratelimit-reset') ?? Number.NaN);
  if (!Number.isFinite(reset) || (answer.status !== 429 && left !== 0)) return null;
  // Epoch seconds; some gateways send the seconds that are left instead.
  return bounded(reset > 1_000_000_000 ? reset - nowMs / 1000 : reset);
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
const tokens = new Map<string, { token: string; untilMs: number }>();

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
  if (known && known.untilMs - 30_000 > Date.now()) return known.token;
  const answer = await askProvider(connection, {
    method: 'POST',
    url: request.url,
    ...(request.headers ? { headers: request.headers } : {}),
    body: 'form' in request ? new URLSearchParams(request.form) : { json: request.json },
    signal: request.signal,
    wanted: [200],
    origins: [new URL(request.url).origin],
  });
  const { access_token: token, expires_in: life } = readAs(answer, tokenShape);
  if (tokens.size > 500) tokens.clear();
  tokens.set(key, { token, untilMs: Date.now() + life * 1000 });
  return token;
}

/** Forgets the token of a connection, after the provider called it invalid. */
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

/** The later of a cursor's time and what a page brought: ISO texts of equal form compare as text. */
export function newestOf(cursor: JsonObject | null, times: readonly (string | undefined)[]): string | null {
  let newest = asText(cursor?.newest);
  for (const time of times) {
    if (time === undefined || Number.isNaN(Date.parse(time))) continue;
    const iso = new Date(time).toISOString();
    if (newest === null || iso > newest) newest = iso;
  }
  return newest;
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
