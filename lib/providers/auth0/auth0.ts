import type { EventType, FailureReason, JsonObject, MappedEvent, PersonRef } from '#lib/model/event.ts';
import { auth0Fields, auth0Pulls, connectAuth0 } from '#lib/providers/auth0/auth0-api.ts';
import { auth0LogCode, type LogCode } from '#lib/providers/auth0/log-codes.ts';
import { type ManagementAct, managementAct } from '#lib/providers/auth0/management-api.ts';
import { type ProviderDefinition, RecordRejected } from '#lib/providers/definition.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { personRef } from '#lib/providers/person-ref.ts';
import { cleanText, RecordReader, recordsUnder } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { safePath, smallDetail } from '#lib/providers/small-detail.ts';

/** Auth0: tenant logs as a log stream sends them (`{log_id, data}`) or as the Management API lists them. */
export const auth0: ProviderDefinition = {
  kind: 'auth0',
  name: 'Auth0',
  map,
  connect: connectAuth0,
  pulls: auth0Pulls,
  connection: { address: 'https://acme.eu.auth0.com', fields: auth0Fields },
  reach: {
    ends: "Auth0's session and the refresh tokens that belong to it.",
    remains: 'Access tokens until they expire, and sessions that applications keep without asking Auth0.',
  },
  unfold: { signs: ['"logs"'], lists: ['logs'], split: (delivery) => recordsUnder(delivery, 'logs') },
};

function map(record: JsonObject): MappedEvent {
  const outer = new RecordReader(record);
  const log = unwrap(outer);
  const code = log.text('type');
  if (
    !code ||
    !/^[a-z][a-z0-9_]*$/.test(code) ||
    !log.has('date', 'log_id', '_id', 'client_id', 'user_id', 'hostname', 'tenant_name')
  ) {
    throw new RecordRejected(
      'wrong_format',
      'This is no Auth0 log event: it needs "type" (a log code such as "s" or "fp") with a date or a log_id, bare or under "data".',
    );
  }
  const { at, from } = eventTime(log, ['date'], outer);
  const meaning = auth0LogCode(code);
  const act = code === 'sapi' || code === 'fapi' ? readAct(log, meaning) : null;
  const status = log.number('details.response.statusCode');
  const outcome = act && status !== null && status >= 400 ? 'failure' : meaning.outcome;
  const issuer = readIssuer(log);
  const administrator = act ? readAdministrator(log, issuer) : null;
  // A session ended by its id, or a role for several, is of others: what happened to nobody by name did not happen to the administrator.
  const person = act?.user
    ? personRef({ issuer, id: act.user, login: null, accountType: subjectType(act.user), outcome })
    : act && isOfOthers(act.type)
      ? null
      : (administrator ?? readPerson(log, code, meaning, issuer));
  return {
    sourceEventId: log.text('log_id', '_id', 'id') ?? outer.text('log_id', '_id'),
    occurredAt: at,
    type: act?.type ?? meaning.type,
    providerType: code,
    outcome,
    reason: outcome !== 'failure' ? null : act ? refusal(status) : readReason(log, meaning.reason),
    person,
    actor: act && administrator && administrator.subject !== person?.subject ? labelOf(administrator) : null,
    endsSessionsUntil: (act ? act.everySession && outcome === 'success' : endsEverySession(code)) ? at : null,
    sourceSessionId: act ? act.session : log.text('session_id', 'details.session_id', 'details.sessionId'),
    sourceDeviceId: act ? null : log.text('device_id', 'details.device_id'),
    // A request that Auth0 turned away at the door names its client only in what it asked for.
    client: log.text('client_name', 'client_id', 'details.qs.client_id', 'details.body.client_id'),
    ip: readIp(log.at('ip')) ?? readIp(log.at('client_ip')),
    userAgent: log.text('user_agent'),
    interactive: !meaning.background && person?.accountType !== 'service',
    detail: readDetail(log, from),
  };
}

/** Auth0's universal logout ends all its sessions of the user and revokes refresh tokens; what applications keep without asking goes on. */
function endsEverySession(code: string): boolean {
  return code === 'universal_logout_succeeded';
}

/** EventBridge wraps the stream's object in `detail`, the stream wraps the log in `data`. */
function unwrap(outer: RecordReader): RecordReader {
  const stream =
    outer.has('type', 'data') || !outer.child('detail').has('data', 'type') ? outer : outer.child('detail');
  return !stream.has('type') || stream.has('data.type') ? stream.child('data') : stream;
}

function readIssuer(log: RecordReader): string | null {
  const host = log.text('hostname')?.trim().toLowerCase();
  return host && /^[a-z0-9.-]+(:\d+)?$/.test(host) ? `https://${host}/` : null;
}

function readPerson(log: RecordReader, code: string, meaning: LogCode, issuer: string | null): PersonRef | null {
  const clientId = log.text('client_id');
  // A client acting for itself is `<client id>@clients` in its own tokens' sub, so that is its subject here.
  if (meaning.service) {
    return personRef({
      issuer,
      id: clientId && `${clientId}@clients`,
      login: null,
      displayName: log.text('client_name'),
      accountType: 'service',
      outcome: meaning.outcome,
    });
  }
  const email = log.text('email', 'details.user.email', 'details.email');
  // Deletions leave user_id blank and name the account in the description.
  const deleted =
    code === 'sdu' || code === 'du' ? (/^user_id: (\S+)$/.exec(log.text('description') ?? '')?.[1] ?? null) : null;
  const id = log.text('user_id', 'details.user.user_id', 'details.query.user_id') ?? deleted;
  return personRef({
    issuer,
    id,
    login: log.text('user_name') ?? email,
    displayName: log.text('details.user.name'),
    email,
    accountType: id === null ? 'human' : subjectType(id),
    // A block without an account id follows failed guesses at a name, so that name is as unknown as theirs.
    outcome: ['account_locked', 'risk_detected'].includes(meaning.type) ? 'failure' : meaning.outcome,
  });
}

function isOfOthers(type: EventType): boolean {
  return type !== 'admin_action' && type !== 'other';
}

function subjectType(subject: string): 'human' | 'service' {
  return subject.endsWith('@clients') ? 'service' : 'human';
}

/** Who called the Management API: the signed-in administrator, else the application whose token was used. */
function readAdministrator(log: RecordReader, issuer: string | null): PersonRef | null {
  const user = log.child('details.request.auth.user');
  const id = user.text('user_id') ?? log.text('user_id');
  const clientId = log.text('client_id');
  if (id === null && user.isEmpty) {
    return personRef({
      issuer,
      id: clientId && `${clientId}@clients`,
      login: null,
      displayName: log.text('client_name'),
      accountType: 'service',
      outcome: 'success',
    });
  }
  const login = user.text('email', 'name') ?? log.text('user_name');
  return personRef({
    issuer,
    id,
    login,
    displayName: user.text('name'),
    email: user.text('email'),
    accountType: subjectType(id ?? ''),
    outcome: 'success',
  });
}

function labelOf(person: PersonRef): string {
  return person.email ?? person.displayName ?? person.subject;
}

function readAct(log: RecordReader, meaning: LogCode): ManagementAct {
  const request = log.child('details.request');
  const path = request.text('path');
  if (!path) return { type: meaning.type, user: null, session: null, everySession: false };
  const act = managementAct(request.text('method') ?? '', path);
  // Of the body only the lock switch is read, and whether a password is set: never a value.
  if (act.type === 'account_changed' && act.user) {
    const blocked = request.flag('body.blocked');
    if (blocked !== null) act.type = blocked ? 'account_disabled' : 'account_enabled';
    else if (request.has('body.password')) act.type = 'password_reset';
  }
  // `revoke-access` may name one session of the user.
  const session = act.session ?? (act.type === 'session_revoked' ? request.text('body.session_id') : null);
  return {
    ...act,
    user: (act.user && cleanText(act.user)) ?? readAbout(log, act.type, path),
    session: session && cleanText(session),
  };
}

/** Whom a call is about that has nobody in its address: the account it made, or the only one it names. Ids only. */
function readAbout(log: RecordReader, type: EventType, path: string): string | null {
  if (type === 'account_created') return log.text('details.response.body.user_id', 'details.request.body.user_id');
  if (/\/tickets\/(password-change|email-verification)$/.test(path)) return log.text('details.request.body.user_id');
  if (!/\/roles\/[^/]+\/users$/.test(path)) return null;
  const users = log.at('details.request.body.users');
  return Array.isArray(users) && users.length === 1 && typeof users[0] === 'string' ? cleanText(users[0]) : null;
}

/** A refused Management API call: its description only repeats what was asked for, so the status tells. */
function refusal(status: number | null): FailureReason {
  return status === 401 || status === 403 ? 'policy_denied' : 'other';
}

/** The code's own reason; the general codes (`f`, `fsa`, exchanges) are told apart by the error and the description. */
function readReason(log: RecordReader, reason: FailureReason | null): FailureReason {
  if (reason !== null && reason !== 'other') return reason;
  const error = log.text('details.error.oauthError', 'details.error.type', 'details.error.code');
  if (error === 'login_required' || error === 'interaction_required') return 'expired';
  if (error === 'mfa_required') return 'mfa_required';
  const description = log.text('description', 'details.error.message', 'details.body.error_description');
  return reasonFromText(description) ?? reasonFromText(error) ?? 'other';
}

function readDetail(log: RecordReader, timeFrom: string | null): JsonObject {
  const request = log.child('details.request');
  return smallDetail({
    description: log.text('description'),
    connection: log.text('connection'),
    strategy: log.text('strategy'),
    method: request.text('method')?.toUpperCase(),
    path: safePath(request.text('path')),
    status_code: log.number('details.response.statusCode'),
    client_id: log.text('client_id'),
    organization: log.text('organization_name', 'organization_id'),
    audience: log.text('audience'),
    risk_confidence: log.text('details.riskAssessment.confidence'),
    family_id: log.text('details.familyId', 'details.family_id'),
    ja4: log.text('security_context.ja4'),
    country: log.text('location_info.country_code'),
    city: log.text('location_info.city_name'),
    host: log.text('hostname'),
    time_from: timeFrom,
  });
}
