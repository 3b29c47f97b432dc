import type { HttpAllowance } from '#lib/kernel/http/address-guard.ts';
import type { JsonObject, JsonValue, MappedEvent } from '#lib/model/event.ts';

/** Thrown by a mapping for a record it cannot make an event of. The record is quarantined with `code` and `message`. */
export class RecordRejected extends Error {
  override name = 'RecordRejected';
  readonly code: string;
  /** @param code short stable word for counting (`missing_time`, `not_an_event`); @param message what is wrong, in plain words, without secrets */
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A session as the provider itself reports it when asked. */
export type ProviderSession = {
  sourceSessionId: string;
  alive: boolean;
  startedAt: Date | null;
  /** Whose it is at the provider, where it says so. */
  subject?: string | null;
  /** The applications that rely on it, as far as the provider knows. */
  clients?: readonly string[];
};

/** One page of a provider's living sessions. `next` is the provider's own cursor; `null` on the last page. */
export type ProviderSessionPage = { sessions: readonly ProviderSession[]; next: string | null };

/** The answer to "end this session". `gone`: the provider had no such session any more (404 means done). */
export type EndSessionAnswer = { outcome: 'accepted' | 'gone'; status: number; detail: string };

/** What a connected provider can be asked to do. Each call is safe to repeat. Throws `ProviderCallFailed`. */
export type Capabilities = {
  /** Calls at once, and calls a second (`null`: no limit), that the provider bears. Unless told: 32 at once. */
  limits?: { concurrency: number; perSecond: number | null };
  /** Ends one session at the provider, its clients included as far as the provider reaches them. */
  endSession(sourceSessionId: string, signal: AbortSignal): Promise<EndSessionAnswer>;
  /** Looks the session up again; `null` when the provider does not know it (any more). */
  lookUpSession(sourceSessionId: string, signal: AbortSignal): Promise<ProviderSession | null>;
  /**
   * A page of the sessions alive at the provider right now, of one person (the `subject`) or of everybody. Absent where the
   * provider cannot list: what is alive is then known from its events alone.
   */
  listSessions?(
    query: { subject?: string | null; cursor?: string | null },
    signal: AbortSignal,
  ): Promise<ProviderSessionPage>;
  /** Present where the provider lets its signing keys be rotated from outside. */
  keys?: KeyCapabilities;
  /** Present where people of the provider can be given a new authenticator. */
  recovery?: RecoveryCapabilities;
  /** Proves that the connection and its rights work, for the test button and the doctor. */
  test(signal: AbortSignal): Promise<{ ok: boolean; detail: string }>;
};

/** A signing key as its provider reports it. Times as ISO 8601. */
export type ProviderKey = {
  kid: string;
  state: 'created' | 'published' | 'active' | 'retiring' | 'retired' | 'destroyed';
  algorithm: string;
  publicJwk: JsonObject;
  createdAt: string;
  publishedAt: string | null;
  activatedAt: string | null;
  retiringAt: string | null;
  retiredAt: string | null;
  /** Tokens signed with it, and when the last; `null` where the provider does not count. */
  signatures: number | null;
  lastSignedAt: string | null;
};

/** A provider's signing keys: what it holds, how they live, who reads them. */
export type ProviderKeyReport = {
  issuer: string;
  jwksUri: string;
  keys: readonly ProviderKey[];
  policy: { jwksMaxAgeSeconds: number; clientCacheSeconds: number; tokenLifeSeconds: number };
  readers: readonly { reader: string; fetches: number; firstAt: string; lastAt: string }[];
};

/** Moving a provider's signing keys. Each call is safe to repeat: a key that is there already stays there. Throws `ProviderCallFailed`. */
export type KeyCapabilities = {
  report(signal: AbortSignal): Promise<ProviderKeyReport>;
  /** Makes a key that nobody knows yet; asked again with the same reference it is the same key, also when the first answer was lost. @returns its kid */
  create(reference: string, signal: AbortSignal): Promise<string>;
  move(kid: string, to: 'published' | 'active' | 'retired' | 'destroyed', signal: AbortSignal): Promise<void>;
};

/** Giving a person of the provider a new authenticator. `subject`: the person there. Throws `ProviderCallFailed`. */
export type RecoveryCapabilities = {
  /** Who signs assertions, and where its keys are. */
  issuer: string;
  jwksUri: string;
  /** The provider's page where a person proves an authenticator that is left; it leads back with a signed assertion. */
  proofPage(input: { nonce: string; returnTo: string }): string;
  listAuthenticators(
    subject: string,
    signal: AbortSignal,
  ): Promise<readonly { id: string; name: string; createdAt: string; lastUsedAt: string | null }[]>;
  removeAuthenticator(subject: string, id: string, signal: AbortSignal): Promise<void>;
  /** A one-time code with which the person sets up an authenticator at `page`. It is shown once and kept by nobody. */
  createBindingCode(
    subject: string,
    signal: AbortSignal,
  ): Promise<{ id: string; code: string; expiresAt: string; page: string }>;
  bindingCode(
    subject: string,
    id: string,
    signal: AbortSignal,
  ): Promise<{ state: 'open' | 'used' | 'expired' | 'blocked'; authenticatorId: string | null }>;
};

/** Thrown when a provider could not be asked or did not answer as promised. `ambiguous`: it may have taken effect all the same. */
export class ProviderCallFailed extends Error {
  override name = 'ProviderCallFailed';
  readonly ambiguous: boolean;
  readonly retryable: boolean;
  readonly status: number | null;
  /** How long the provider asked to be left alone (Retry-After), if it did. Seconds. */
  readonly retryAfterSeconds: number | null;
  constructor(
    message: string,
    facts: { ambiguous: boolean; retryable: boolean; status: number | null; retryAfterSeconds?: number | null },
  ) {
    super(message);
    this.ambiguous = facts.ambiguous;
    this.retryable = facts.retryable;
    this.status = facts.status;
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null;
  }
}

/** How to reach a provider's management interface: as configured, the secret already unwrapped. */
export type Connection = { baseUrl: string; secret: string; allowance: HttpAllowance };

/** One page of a log that was pulled: the body as the provider sent it, and where to go on. */
export type PulledPage = {
  /** JSON as it came: an array, or a delivery that `unfold` takes apart. */
  body: Buffer;
  /** Where the next page starts; stored in the transaction that stores this one. */
  cursor: JsonObject;
  /** True when the provider has more right now. */
  more: boolean;
  /** The provider asked to be left alone for so long (rate limit used up); `null`: it did not. */
  restSeconds: number | null;
};

/** A log that Gatehouse reads by itself. Reading from the same cursor again gives the same records again, and those are recognised. */
export type PullLog = {
  /** Short stable name: `system-log`, `sign-ins`. */
  log: string;
  name: string;
  /** Between two looks when there was nothing more. */
  intervalSeconds: number;
  /** How long records may be late at this provider: so far the next look reaches back. */
  overlapSeconds: number;
  /**
   * A cursor that goes on by time, from a little before what was read, for when the provider refuses the place in this one (it forgot
   * it, or took the record away). `null`: there is no place in it. Absent: this log has none.
   */
  byTime?(cursor: JsonObject): JsonObject | null;
  /**
   * Reads one page. `cursor` is `null` at the very first look, which starts `from`.
   * @throws ProviderCallFailed
   */
  read(input: {
    connection: Connection;
    cursor: JsonObject | null;
    from: Date;
    signal: AbortSignal;
  }): Promise<PulledPage>;
};

/** What the connection form asks for beside the address: the fields of the secret, stored wrapped as one JSON text. */
export type SecretField = { name: string; label: string; hint?: string; optional?: true; secret?: true; long?: true };

/** How a delivery of several records becomes records. Pure, and asked before the records are mapped. */
export type Unfolding = {
  /** Texts of which a delivery holds at least one; a record without any is not even parsed for this. */
  signs: readonly string[];
  /** The names under which the list of records stands, at most two levels deep: a delivery too large to hold is taken apart by them. */
  lists: readonly string[];
  /** The records, or `null` when it is one record already. */
  split(delivery: JsonObject): readonly JsonValue[] | null;
};

/** A provider: how its records become events, and what it can be asked to do. One folder, one line in the registry. */
export type ProviderDefinition = {
  /** The `{provider}` of `POST /api/v1/ingest/{provider}` and `gatehouse import --provider`. */
  kind: string;
  /** The name people know it by. */
  name: string;
  /**
   * Maps one parsed record. Pure: no clock, no randomness, no I/O. Unknown event names become `other`, never an error.
   * @throws RecordRejected when the record is no event of this provider at all or has no usable time.
   */
  map(record: JsonObject): MappedEvent;
  /** Present when the provider's deliveries may carry several records: an Event Hub batch, a hook, an activity of many events. */
  unfold?: Unfolding;
  /** The logs that Gatehouse can pull here. */
  pulls?: readonly PullLog[];
  /** What a connection needs: an example of its address, and its secrets. Absent: the one secret is a token. */
  connection?: { address: string; fields: readonly SecretField[] };
  /** In plain words: what ending a session here reaches, and what goes on working all the same. */
  reach?: { ends: string; remains: string };
  /** Present when Gatehouse can act at this provider. `null`/absent: it can only read what the provider reports. */
  connect?: (connection: Connection) => Capabilities;
};
