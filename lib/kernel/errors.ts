/** The kinds of refusal, with the HTTP status each is answered with. One place maps them: `app/api/answer.ts`. */
export const errorStatus = {
  invalid_input: 422,
  bad_request: 400,
  not_signed_in: 401,
  forbidden: 403,
  step_up_required: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  too_large: 413,
  unsupported_media: 415,
  rate_limited: 429,
  unavailable: 503,
} as const;
export type ErrorCode = keyof typeof errorStatus;

/** What ends a refusal of something that was sent to be stored. */
export const pleaseRepeat = 'Nothing of this was stored; send it again.';

type Place = { label: string; path: `/${string}` };

/** A refusal meant for people: says what happened and what to do, never a secret, a path or a query. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly code: ErrorCode;
  readonly problems: readonly { path: string; message: string }[];
  readonly retryAfterSeconds: number | null;
  /** The page of this desk where what was wanted can be done; its words and its path. */
  readonly see: Place | null;
  constructor(
    code: ErrorCode,
    message: string,
    more: {
      problems?: readonly { path: string; message: string }[];
      retryAfterSeconds?: number;
      see?: Place;
      cause?: unknown;
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.problems = more.problems ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
    this.see = more.see ?? null;
  }
}

/** True for the errors that mean "the database is away for the moment": the caller answers 503 and the sender repeats. */
export function isDatabaseAway(error: unknown): boolean {
  const text = describeChain(error);
  return /P1001|P1002|P1008|P1017|P2024|P2028|ECONNREFUSED|ECONNRESET|EPIPE|57P0[123]|57014|55P03|53[123]00|58030|could not (fdatasync|fsync|extend|write)|Query read timeout|canceling statement|lock timeout|connection error|ConnectionClosed|Connection terminated|connection timeout|timeout exceeded when trying to connect|Server has closed|Can't reach database|not queryable|shutting down|starting up|recovery mode/i.test(
    text,
  );
}

/** True when the sender closed its connection before its request was whole: nobody is left to answer, and nothing of ours is wrong. */
export function isSenderGone(error: unknown): boolean {
  return /ECONNRESET aborted\b/.test(describeChain(error));
}

/** True when running the same transaction again may succeed: serialization failure or deadlock. */
export function isWorthRepeating(error: unknown): boolean {
  return /P2034|40001|40P01|deadlock detected|could not serialize/i.test(describeChain(error));
}

/** An error with its causes and what the driver says, as one text to look words up in. Never shown to anybody. */
export function describeChain(error: unknown): string {
  const parts: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 6 && current && typeof current === 'object'; depth += 1) {
    const { code, message, cause, meta } = current as {
      code?: unknown;
      message?: unknown;
      cause?: unknown;
      meta?: unknown;
    };
    parts.push(String(code ?? ''), String(message ?? ''), meta ? JSON.stringify(meta) : '');
    current = cause;
  }
  return parts.join(' ');
}
