import { Agent, buildConnector, request as send } from 'undici';
import {
  AddressBlocked,
  checkAddress,
  checkUrl,
  type HttpAllowance,
  noAllowance,
  type Resolve,
  resolveChecked,
  resolveWithSystem,
} from '#lib/kernel/http/address-guard.ts';
import { OutboundCallFailed } from '#lib/kernel/http/outbound-call-failed.ts';
import { log } from '#lib/kernel/log.ts';

export const connectTimeoutMs = 2_000;
export const totalTimeoutMs = 5_000;
export const bodyBytesMax = 1_000_000;

export type HttpRequest = {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** An absolute address. Secrets belong into headers or the body, never here. */
  url: string | URL;
  headers?: Record<string, string>;
  /** Sent as JSON, as a form (`URLSearchParams`) or as it is (`string`). */
  body?: { json: unknown } | URLSearchParams | string;
  signal?: AbortSignal;
  /** Of the answer's body; 1 MB unless said. */
  answerBytesMax?: number;
};

export type HttpAnswer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** The body as JSON, for a zod schema to check. @throws OutboundCallFailed `unreadable` */
  json(): unknown;
};

export type HttpClient = {
  /**
   * Makes one call; any status is an answer, redirects are answers too and never followed.
   * @throws OutboundCallFailed
   */
  call(request: HttpRequest): Promise<HttpAnswer>;
  /** Ends the connections kept for later calls. */
  close(): Promise<void>;
};

/**
 * The one way out: connecting takes 2 s at most, a call 5 s, an answer 1 MB unless the caller says more; no redirects, no proxy from the environment, no
 * decompression. Addresses are checked as parsed, as resolved by us, and as connected; only public ones pass unless the
 * allowance (one provider's, stored with it) names them. `origins` narrows the calls to these, whatever a caller composes.
 */
export function openHttpClient(
  options: { allowance?: HttpAllowance; origins?: readonly string[]; resolve?: Resolve } = {},
): HttpClient {
  const allowance = options.allowance ?? noAllowance;
  const agent = openAgent(allowance, options.resolve ?? resolveWithSystem);
  return {
    close: () => agent.close(),
    async call(request) {
      const url = readUrl(request.url);
      const isSafe = request.method === 'GET' || request.method === 'HEAD';
      try {
        checkUrl(url, allowance);
        if (options.origins && !options.origins.includes(url.origin))
          throw new AddressBlocked(`${url.origin} is not an origin of this connection`);
        const { body, type } = encode(request.body);
        const timeout = AbortSignal.timeout(totalTimeoutMs);
        const answer = await send(url, {
          method: request.method,
          dispatcher: agent,
          body,
          headers: {
            accept: 'application/json',
            'accept-encoding': 'identity',
            'user-agent': 'Gatehouse',
            ...(type ? { 'content-type': type } : {}),
            ...request.headers,
          },
          signal: request.signal ? AbortSignal.any([request.signal, timeout]) : timeout,
        });
        return readAnswer(
          answer.statusCode,
          answer.headers,
          await readBody(answer.body, isSafe, request.answerBytesMax),
        );
      } catch (error) {
        throw asFailure(error, url, isSafe);
      }
    },
  };
}

const shared = new Map<string, HttpClient>();

/** The client of one connection (its allowance and origins), the same one each time, so that connections are kept and used again. */
export function sharedHttpClient(options: { allowance: HttpAllowance; origins: readonly string[] }): HttpClient {
  const key = JSON.stringify([options.allowance, options.origins]);
  let client = shared.get(key);
  if (!client) {
    client = openHttpClient(options);
    shared.set(key, client);
  }
  return client;
}

/**
 * Passes an answer whose status is wanted. @throws OutboundCallFailed `status`: retryable for 408, 425, 429 and 5xx; ambiguous
 * for a 5xx to anything but a read, because the server may have done it before it failed
 */
export function requireStatus(
  request: Pick<HttpRequest, 'method'>,
  answer: HttpAnswer,
  wanted: readonly number[],
): HttpAnswer {
  const { status } = answer;
  if (wanted.includes(status)) return answer;
  const isServerError = status >= 500;
  const words = status >= 300 && status < 400 ? 'a redirect, which is not followed' : 'a status that was not expected';
  throw new OutboundCallFailed('status', `The answer was ${status}, ${words}.`, {
    ambiguous: isServerError && request.method !== 'GET' && request.method !== 'HEAD',
    retryable: isServerError || [408, 425, 429].includes(status),
    status,
    retryAfterSeconds: retryAfter(answer.headers['retry-after']),
  });
}

function openAgent(allowance: HttpAllowance, resolve: Resolve): Agent {
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    // Called for names alone, never for IP literals: those are checked before, and every peer again below.
    lookup: (hostname, { all }, callback) => {
      resolveChecked(hostname, allowance, resolve).then(
        (addresses) => {
          const first = addresses[0];
          if (all) callback(null, [...addresses]);
          else if (first) callback(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, [], 0),
      );
    },
  } as buildConnector.BuildOptions);
  return new Agent({
    bodyTimeout: totalTimeoutMs,
    headersTimeout: totalTimeoutMs,
    connections: 16,
    connect: (target, callback) =>
      connect(target, (...outcome) => {
        const [error, socket] = outcome;
        if (error) return callback(error, null);
        try {
          checkAddress(socket.remoteAddress, allowance);
          return callback(null, socket);
        } catch (blocked) {
          socket.destroy();
          return callback(blocked as Error, null);
        }
      }),
  });
}

function readUrl(url: string | URL): URL {
  try {
    return new URL(url);
  } catch {
    throw new OutboundCallFailed('blocked', 'This is no address that can be called.', {
      ambiguous: false,
      retryable: false,
    });
  }
}

function encode(body: HttpRequest['body']): { body: string | null; type: string | null } {
  if (body === undefined) return { body: null, type: null };
  if (typeof body === 'string') return { body, type: null };
  if (body instanceof URLSearchParams) return { body: body.toString(), type: 'application/x-www-form-urlencoded' };
  return { body: JSON.stringify(body.json), type: 'application/json' };
}

async function readBody(
  stream: AsyncIterable<Buffer> & { destroy(): void },
  isSafe: boolean,
  bytesMax = bodyBytesMax,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      stream.destroy();
      throw new OutboundCallFailed(
        'too_large',
        `The answer was larger than ${bytesMax / 1_000_000} MB, so it was not read.`,
        {
          ambiguous: !isSafe,
          retryable: false,
        },
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readAnswer(status: number, headers: HttpAnswer['headers'], body: Buffer): HttpAnswer {
  return {
    status,
    headers,
    body,
    json() {
      try {
        return JSON.parse(body.toString('utf8')) as unknown;
      } catch {
        throw new OutboundCallFailed('unreadable', 'The answer was not JSON.', {
          ambiguous: false,
          retryable: false,
          status,
        });
      }
    },
  };
}

const neverConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_\w+|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|ECONNABORTED|UND_ERR_CONNECT_TIMEOUT)$/;
const badCertificate =
  /^(ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|HOSTNAME_MISMATCH)$/;

function asFailure(error: unknown, url: URL, isSafe: boolean): OutboundCallFailed {
  if (error instanceof OutboundCallFailed) return error;
  const { code = '', name = '' } = error as { code?: string; name?: string };
  const notAtAll =
    'The address could not be reached, or is not one that Gatehouse calls (internal addresses need an allowance on this provider).';
  if (error instanceof AddressBlocked) {
    log.warn({ event: 'outbound_call_blocked', host: url.host, why: error.message }, 'an outbound call was blocked');
    // The same words as for an address that does not answer, so that nobody can map a network by them.
    return new OutboundCallFailed('blocked', notAtAll, { ambiguous: false, retryable: false, cause: error });
  }
  const codes = [
    code,
    ...((error as { errors?: { code?: string }[] }).errors ?? []).map((each) => each.code ?? ''),
  ].filter(Boolean);
  if (codes.some((each) => badCertificate.test(each)))
    return new OutboundCallFailed('unreachable', 'The address answered with a certificate that is not trusted.', {
      ambiguous: false,
      retryable: false,
      cause: error,
    });
  if (codes.length > 0 && codes.every((each) => neverConnected.test(each)))
    return new OutboundCallFailed('unreachable', notAtAll, { ambiguous: false, retryable: true, cause: error });
  const late = name === 'TimeoutError' || /TIMEOUT/.test(code);
  const stopped = name === 'AbortError' || code === 'UND_ERR_ABORTED';
  const words = late
    ? 'No whole answer came within 5 seconds.'
    : stopped
      ? 'The call was stopped before its answer came.'
      : 'The connection broke off before the whole answer came.';
  return new OutboundCallFailed(late ? 'timed_out' : 'broken_off', words, {
    ambiguous: !isSafe,
    retryable: true,
    cause: error,
  });
}

/** `Retry-After` in either of its forms, as seconds from 0 to 3,600; `null` when there is none (RFC 9110 section 10.2.3). */
export function retryAfter(header: string | string[] | undefined): number | null {
  const text = Array.isArray(header) ? header[0] : header;
  if (!text) return null;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), 3_600) : null;
}
