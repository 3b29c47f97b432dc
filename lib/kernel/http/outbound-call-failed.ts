/**
 * Why an outbound call brought no usable answer. `blocked`: the guard did not let it out. `unreachable`: no connection was made.
 * `timed_out`, `broken_off`, `too_large`: a connection was made, the answer did not arrive whole. `status`: it was not a wanted one.
 */
export type OutboundFailureKind =
  | 'blocked'
  | 'unreachable'
  | 'timed_out'
  | 'broken_off'
  | 'too_large'
  | 'status'
  | 'unreadable';

/** Thrown when an outbound call failed. `message` is for people and says nothing of what is behind an address. */
export class OutboundCallFailed extends Error {
  override name = 'OutboundCallFailed';
  readonly kind: OutboundFailureKind;
  /** The call may have taken effect all the same: look before repeating anything that must happen once. */
  readonly ambiguous: boolean;
  /** The same call may succeed later. */
  readonly retryable: boolean;
  /** The HTTP status, when there was an answer. */
  readonly status: number | null;
  /** What the server asked for (RFC 9110 section 10.2.3), 0 to 3,600. */
  readonly retryAfterSeconds: number | null;
  constructor(
    kind: OutboundFailureKind,
    message: string,
    facts: {
      ambiguous: boolean;
      retryable: boolean;
      status?: number | null;
      retryAfterSeconds?: number | null;
      cause?: unknown;
    },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.kind = kind;
    this.ambiguous = facts.ambiguous;
    this.retryable = facts.retryable;
    this.status = facts.status ?? null;
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null;
  }
}
