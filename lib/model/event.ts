/**
 * The words of the event store: what a provider's record becomes after mapping.
 * Every provider folder maps its own names to these; nothing below lib/providers knows a provider's words.
 */

/** What happened, in the neutral vocabulary of identity operations. `other` keeps what no mapping knows. */
export const eventTypes = [
  'sign_in',
  'sign_out',
  'session_started',
  'session_ended',
  'session_revoked',
  'mfa_challenge',
  'mfa_verified',
  'mfa_denied',
  'token_issued',
  'token_refreshed',
  'token_reused',
  'token_revoked',
  'password_changed',
  'password_reset_requested',
  'password_reset',
  'factor_added',
  'factor_removed',
  'recovery_started',
  'recovery_completed',
  'device_added',
  'device_removed',
  'account_created',
  'account_changed',
  'account_locked',
  'account_unlocked',
  'account_disabled',
  'account_enabled',
  'account_deleted',
  'privilege_granted',
  'privilege_revoked',
  'impersonation_started',
  'impersonation_ended',
  'consent_granted',
  'consent_revoked',
  'admin_action',
  'risk_detected',
  'other',
] as const;
export type EventType = (typeof eventTypes)[number];

export const outcomes = ['success', 'failure', 'unknown'] as const;
export type Outcome = (typeof outcomes)[number];

/**
 * Why a sign-in failed. Only the classes in `credentialReasons` count towards a failed-login burst:
 * a misconfigured redirect or a missing consent is nobody guessing passwords.
 */
export const failureReasons = [
  'invalid_credentials',
  'unknown_user',
  'account_locked',
  'account_disabled',
  'password_expired',
  'mfa_required',
  'mfa_failed',
  'policy_denied',
  'configuration',
  'expired',
  'other',
] as const;
export type FailureReason = (typeof failureReasons)[number];
export const credentialReasons: readonly FailureReason[] = ['invalid_credentials', 'unknown_user', 'account_locked'];

/** Humans, service accounts and workloads prove themselves differently, so they are told apart from the first event. */
export const accountTypes = ['human', 'service', 'workload', 'unknown'] as const;
export type AccountType = (typeof accountTypes)[number];

/**
 * How far a record's own time is believed. `late`: more than a day before its receipt; `future`: more than ten minutes ahead of it, up to a
 * day; `absurd`: none, before 1990 or further ahead, so the time of receipt stands in for it.
 */
export const timeQualities = ['ok', 'late', 'future', 'absurd'] as const;
/** The same in words for people. */
export const timeQualityWords: Record<(typeof timeQualities)[number], string> = {
  ok: 'as told',
  late: 'came late',
  future: 'ahead of the clock',
  absurd: 'not believable',
};
export type TimeQuality = (typeof timeQualities)[number];

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** A person is (issuer, subject). `issuer: null` means the provider's configured issuer. Labels may change, identity never does. */
export type PersonRef = {
  issuer: string | null;
  subject: string;
  displayName: string | null;
  email: string | null;
  accountType: AccountType;
};

/** One provider record, mapped. Times are UTC. Strings are as the provider sent them, not yet trimmed for display. */
export type MappedEvent = {
  /** The provider's own id of the record; `null` when it has none (the digest of the record then identifies it). */
  sourceEventId: string | null;
  /** The provider's time of the event, whatever it says; the event store judges its quality. */
  occurredAt: Date;
  type: EventType;
  /** The provider's own name for the event, e.g. `user.session.start`, `fp`, `LOGIN_ERROR`. */
  providerType: string;
  outcome: Outcome;
  reason: FailureReason | null;
  /** Whom the event is about. */
  person: PersonRef | null;
  /** Who did it, when that is somebody else (an administrator, a policy): a label for the reader. */
  actor: string | null;
  /** The provider's session id. */
  sourceSessionId: string | null;
  /** The provider's own device id, when it has one. */
  sourceDeviceId: string | null;
  /** The application signed in to. */
  client: string | null;
  ip: string | null;
  userAgent: string | null;
  /**
   * Present where the provider's own documentation says that by this event every session of the person at that provider ended: those
   * that started until this time (the event's own, or an earlier one that it names). A session named beside it is the one in which that
   * was asked for, and is spared. What applications keep themselves goes on unless the provider says otherwise.
   */
  endsSessionsUntil?: Date | null;
  /** Interactive sign-ins are a person at a keyboard; token refreshes through cloud regions are not. */
  interactive: boolean;
  /** Small parsed extras worth showing; never secrets. */
  detail: JsonObject;
};
