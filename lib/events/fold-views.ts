import type { EventRow, ProviderRow } from '#lib/events/event-row.ts';
import type { AccountType, EventType } from '#lib/model/event.ts';

/**
 * What a batch of events says about people, their sign-outs everywhere, sessions, their clients and devices. The fold is independent of order: times are
 * least or greatest, names come from the latest event that had one (ties: the greater name), the address group from the latest
 * event that had an address (ties: the greater event id). Folding batch after batch therefore equals a rebuild from all events.
 * The time that counts is when an event was seen: what a fast clock wrote ahead was not seen before it came in, or a session would look
 * newer than now and lie behind a cut-off.
 */
export type Views = {
  people: PersonView[];
  signOuts: SignOutView[];
  sessions: SessionView[];
  sessionClients: SessionClientView[];
  devices: DeviceView[];
};

export type PersonView = {
  id: string;
  provider_id: string;
  issuer: string;
  subject: string;
  account_type: AccountType;
  display_name: string | null;
  name_at: string | null;
  email: string | null;
  email_at: string | null;
  first_seen_at: string;
  last_seen_at: string;
  sign_ins: number;
  failures: number;
};
type Network = {
  network_at: string | null;
  network_event_id: string | null;
  ip: string | null;
  country: string | null;
  region: string | null;
  city: string | null;
  asn: number | null;
  as_name: string | null;
};
/** A person signed out everywhere: what started until then ended at that time, but for the session in which it was asked for. */
export type SignOutView = {
  event_id: string;
  provider_id: string;
  person_id: string;
  session_id: string | null;
  at: string;
  until: string;
};
/** `ended_at` and `end_reason` are what events of the session itself say; sign-outs everywhere come on top (`settleSessions`). */
export type SessionView = Network & {
  id: string;
  provider_id: string;
  source_session_id: string;
  person_id: string | null;
  device_id: string | null;
  user_agent: string | null;
  started_at: string;
  last_seen_at: string;
  /** The latest event that shows the session in use: no sign-out before it reached the session. */
  used_at: string | null;
  ended_at: string | null;
  end_reason: EndReason | null;
  events: number;
};
export type SessionClientView = { session_id: string; client: string; first_seen_at: string; last_seen_at: string };
export type DeviceView = Network & {
  id: string;
  person_id: string;
  fingerprint: string;
  label: string;
  strong: boolean;
  first_seen_at: string;
  last_seen_at: string;
  sign_ins: number;
  failures: number;
};

/** Why a session ended; a later word in this list wins over an earlier one. */
export const endReasons = ['ended', 'signed_out', 'revoked'] as const;
export type EndReason = (typeof endReasons)[number];
const endReasonOf: Record<string, EndReason> = {
  session_ended: 'ended',
  sign_out: 'signed_out',
  session_revoked: 'revoked',
};
/**
 * Events that end a session, befall it, or come before there is one. A session they speak of need not be alive, also when they went well;
 * any other that did not fail shows it in use.
 */
export const noUse: readonly EventType[] = [
  'session_ended',
  'sign_out',
  'session_revoked',
  'token_revoked',
  'token_reused',
  'consent_revoked',
  'mfa_challenge',
  'password_reset_requested',
  'recovery_started',
  'impersonation_ended',
  'risk_detected',
  'account_locked',
  'account_disabled',
  'account_deleted',
];
const noUseTypes: ReadonlySet<string> = new Set(noUse);
const accountTypeRank = (type: AccountType): number => ['unknown', 'human', 'workload', 'service'].indexOf(type);

/** Folds events into views. Pure. Rows come sorted by id, so that writers lock them in one order. */
export function foldViews(events: readonly EventRow[], provider: ProviderRow): Views {
  const people = new Map<string, PersonView>();
  const signOuts: SignOutView[] = [];
  const sessions = new Map<string, SessionView>();
  const sessionClients = new Map<string, SessionClientView>();
  const devices = new Map<string, DeviceView>();
  for (const event of events) {
    foldPerson(people, event, provider);
    foldSession(sessions, event, provider);
    foldSignOut(signOuts, event, provider);
    foldSessionClient(sessionClients, event);
    foldDevice(devices, event);
  }
  return {
    people: byId(people.values()),
    signOuts,
    sessions: byId(sessions.values()),
    sessionClients: [...sessionClients.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, view]) => view),
    devices: byId(devices.values()),
  };
}

function foldPerson(people: Map<string, PersonView>, event: EventRow, provider: ProviderRow): void {
  const { person_id: id, person_issuer: issuer, person_subject: subject } = event;
  if (!id || issuer === null || subject === null) return;
  const at = event.seen_at;
  const seen: PersonView = {
    id,
    provider_id: provider.id,
    issuer,
    subject,
    account_type: event.account_type ?? 'unknown',
    display_name: event.person_name,
    name_at: event.person_name === null ? null : at,
    email: event.person_email,
    email_at: event.person_email === null ? null : at,
    first_seen_at: at,
    last_seen_at: at,
    ...signInCounts(event),
  };
  const old = people.get(id);
  if (!old) {
    people.set(id, seen);
    return;
  }
  if (accountTypeRank(seen.account_type) > accountTypeRank(old.account_type)) old.account_type = seen.account_type;
  if (isLater([seen.name_at, seen.display_name], [old.name_at, old.display_name])) {
    old.display_name = seen.display_name;
    old.name_at = seen.name_at;
  }
  if (isLater([seen.email_at, seen.email], [old.email_at, old.email])) {
    old.email = seen.email;
    old.email_at = seen.email_at;
  }
  widen(old, at);
  old.sign_ins += seen.sign_ins;
  old.failures += seen.failures;
}

function foldSignOut(signOuts: SignOutView[], event: EventRow, provider: ProviderRow): void {
  const { id, person_id, session_id, seen_at: at, ends_sessions_until: until } = event;
  if (until === null || person_id === null) return;
  signOuts.push({ event_id: id, provider_id: provider.id, person_id, session_id, at, until });
}

function foldSession(sessions: Map<string, SessionView>, event: EventRow, provider: ProviderRow): void {
  if (!event.session_id || !event.source_session_id) return;
  // Providers name a session in failed sign-ins too; a session that nobody got is none.
  if (event.type === 'sign_in' && event.outcome === 'failure') return;
  const at = event.seen_at;
  const failed = event.outcome === 'failure';
  // The session in which somebody had all others ended was in use, and is not one of them.
  const isElsewhere = event.ends_sessions_until !== null;
  const endReason = failed || isElsewhere ? undefined : endReasonOf[event.type];
  const isUse = isElsewhere || !(failed || noUseTypes.has(event.type));
  let view = sessions.get(event.session_id);
  if (!view) {
    view = {
      id: event.session_id,
      provider_id: provider.id,
      source_session_id: event.source_session_id,
      person_id: event.person_id,
      device_id: null,
      user_agent: null,
      started_at: at,
      last_seen_at: at,
      used_at: null,
      ended_at: null,
      end_reason: null,
      events: 0,
      ...noNetwork(),
    };
    sessions.set(event.session_id, view);
  }
  view.events += 1;
  if (event.person_id && (view.person_id === null || event.person_id < view.person_id))
    view.person_id = event.person_id;
  if (at < view.started_at) view.started_at = at;
  if (at > view.last_seen_at) view.last_seen_at = at;
  if (isUse && (view.used_at === null || at > view.used_at)) view.used_at = at;
  if (endReason) {
    if (view.ended_at === null || at < view.ended_at) view.ended_at = at;
    if (view.end_reason === null || endReasons.indexOf(endReason) > endReasons.indexOf(view.end_reason))
      view.end_reason = endReason;
  }
  if (!isEndedByAnother(event) && takeNetwork(view, event)) {
    view.device_id = event.device_id;
    view.user_agent = event.user_agent;
  }
}

function foldSessionClient(clients: Map<string, SessionClientView>, event: EventRow): void {
  if (!event.session_id || !event.client || (event.type === 'sign_in' && event.outcome === 'failure')) return;
  if (isEndedByAnother(event)) return;
  const key = `${event.session_id} ${event.client}`;
  const old = clients.get(key);
  const at = event.seen_at;
  if (!old)
    clients.set(key, { session_id: event.session_id, client: event.client, first_seen_at: at, last_seen_at: at });
  else widen(old, at);
}

/** Where somebody was who ended another's session, and with what, says nothing of that session. */
function isEndedByAnother(event: EventRow): boolean {
  return event.actor !== null && event.type in endReasonOf;
}

function foldDevice(devices: Map<string, DeviceView>, event: EventRow): void {
  const { device_fingerprint: fingerprint, device_label: label } = event;
  if (!event.device_id || !event.person_id || fingerprint === null || label === null) return;
  const at = event.seen_at;
  let view = devices.get(event.device_id);
  if (!view) {
    view = {
      id: event.device_id,
      person_id: event.person_id,
      fingerprint,
      label,
      strong: event.device_strong ?? false,
      first_seen_at: at,
      last_seen_at: at,
      sign_ins: 0,
      failures: 0,
      ...noNetwork(),
    };
    devices.set(event.device_id, view);
  } else {
    widen(view, at);
    if (byteOrder(label, view.label) > 0) view.label = label;
  }
  const counts = signInCounts(event);
  view.sign_ins += counts.sign_ins;
  view.failures += counts.failures;
  takeNetwork(view, event);
}

function signInCounts(event: EventRow): { sign_ins: number; failures: number } {
  const isSignIn = event.type === 'sign_in';
  return {
    sign_ins: isSignIn && event.outcome === 'success' ? 1 : 0,
    failures: isSignIn && event.outcome === 'failure' ? 1 : 0,
  };
}

function noNetwork(): Network {
  return {
    network_at: null,
    network_event_id: null,
    ip: null,
    country: null,
    region: null,
    city: null,
    asn: null,
    as_name: null,
  };
}

function takeNetwork(view: Network, event: EventRow): boolean {
  if (event.ip === null || !isLater([event.seen_at, event.id], [view.network_at, view.network_event_id])) return false;
  view.network_at = event.seen_at;
  view.network_event_id = event.id;
  view.ip = event.ip;
  view.country = event.country;
  view.region = event.region;
  view.city = event.city;
  view.asn = event.asn;
  view.as_name = event.as_name;
  return true;
}

function widen(view: { first_seen_at: string; last_seen_at: string }, at: string): void {
  if (at < view.first_seen_at) view.first_seen_at = at;
  if (at > view.last_seen_at) view.last_seen_at = at;
}

/** Compares (time, tie) pairs; nothing is earlier than anything. */
function isLater(a: [string | null, string | null], b: [string | null, string | null]): boolean {
  if (a[0] === null) return false;
  if (b[0] === null) return true;
  return a[0] > b[0] || (a[0] === b[0] && byteOrder(a[1] ?? '', b[1] ?? '') > 0);
}

/** The order of the database's "C" collation: by UTF-8 bytes, which JavaScript's own comparison is not beyond U+FFFF. */
function byteOrder(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function byId<View extends { id: string }>(views: Iterable<View>): View[] {
  return [...views].sort((a, b) => (a.id < b.id ? -1 : 1));
}
