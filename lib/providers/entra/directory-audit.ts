import type { EventType, MappedEvent, Outcome, PersonRef } from '#lib/model/event.ts';
import { entraActivityType, revokesSignInSessions } from '#lib/providers/entra/audit-activities.ts';
import { type EntraRecord, known, readIssuer } from '#lib/providers/entra/envelope.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { personRef } from '#lib/providers/person-ref.ts';
import type { RecordReader } from '#lib/providers/record-reader.ts';
import { eventTime, parseTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';

/** A directory audit: about the user it changed, else about whoever made the change. */
export function mapDirectoryAudit(record: EntraRecord): MappedEvent {
  const { outer, inner } = record;
  const { at, from } = eventTime(inner, ['activityDateTime', 'TimeGenerated'], outer);
  const activity =
    inner.text('activityDisplayName', 'operationName') ?? outer.text('operationName') ?? 'directoryAudit';
  const outcome = readOutcome(record);
  const type = readType(record, activity);
  const { person, actor } = readPeople(record, type, outcome);
  const why = inner.text('resultReason') ?? outer.text('resultDescription');
  return {
    sourceEventId: inner.text('id'),
    occurredAt: at,
    type,
    providerType: activity,
    outcome,
    reason: outcome === 'failure' ? (reasonFromText(why) ?? 'other') : null,
    person,
    actor,
    sourceSessionId: null,
    endsSessionsUntil: readEndOfSessions(record, activity, at),
    sourceDeviceId: null,
    client: inner.text('loggedByService', 'initiatedBy.app.displayName'),
    ip:
      readIp(inner.at('initiatedBy.user.ipAddress')) ??
      readIp(outer.at('callerIpAddress')) ??
      readIp(additional(record, 'ipaddr')),
    userAgent: inner.text('userAgent') ?? additional(record, 'User-Agent'),
    interactive: false,
    detail: smallDetail({
      activity,
      category: inner.text('category') ?? outer.text('category'),
      operation: inner.text('operationType'),
      reason: why,
      targets: inner
        .list('targetResources')
        .slice(0, 4)
        .map((target) => ({ type: target.text('type'), name: target.text('userPrincipalName', 'displayName', 'id') })),
      changed: inner
        .list('targetResources')
        .flatMap((target) => target.list('modifiedProperties').map((property) => property.text('displayName')))
        .slice(0, 6),
      correlation_id: inner.text('correlationId') ?? outer.text('correlationId'),
      time_from: from,
    }),
  };
}

/** "Update user" says what it did in the changed property: switching the account off is more than a change. */
function readType({ inner }: EntraRecord, activity: string): EventType {
  const type = entraActivityType(activity);
  if (type !== 'account_changed') return type;
  for (const property of inner.list('targetResources').flatMap((target) => target.list('modifiedProperties'))) {
    if (property.text('displayName')?.toLowerCase() !== 'accountenabled') continue;
    const now = property.text('newValue') ?? '';
    if (/true/i.test(now)) return 'account_enabled';
    if (/false/i.test(now)) return 'account_disabled';
  }
  return type;
}

/** Tokens issued before the time that the changed property names are refused. Guests sign in at home: theirs are not revoked. */
function readEndOfSessions(record: EntraRecord, activity: string, at: Date): Date | null {
  if (!revokesSignInSessions(activity)) return null;
  const user = record.inner.list('targetResources').find((target) => target.text('type') === 'User');
  if (!user || /#ext#@/i.test(user.text('userPrincipalName') ?? '')) return null;
  const property = user
    .list('modifiedProperties')
    .find((entry) =>
      /^(stsrefreshtokens?validfrom|signinsessionsvalidfromdatetime)$/i.test(entry.text('displayName') ?? ''),
    );
  return parseTime(unquoted(property?.text('newValue') ?? null) ?? undefined) ?? at;
}

function readOutcome({ outer, inner }: EntraRecord): Outcome {
  const result = (inner.text('result') ?? outer.text('result', 'resultType', 'resultSignature') ?? '').toLowerCase();
  if (/^(success|succeeded|0)$/.test(result)) return 'success';
  return /^(failure|failed|clienterror|timeout)/.test(result) ? 'failure' : 'unknown';
}

function readPeople(
  record: EntraRecord,
  type: EventType,
  outcome: Outcome,
): { person: PersonRef | null; actor: string | null } {
  const { outer, inner } = record;
  const issuer = readIssuer(record);
  const initiator = readInitiator(inner, issuer, outcome);
  const actor = initiator
    ? (initiator.email ?? initiator.displayName ?? initiator.subject)
    : known(outer.text('identity'));
  const targets = inner.list('targetResources');
  const target =
    targets.find((resource) => resource.text('type') === 'User') ??
    targets.find((resource) => resource.has('userPrincipalName') && resource.text('userPrincipalName') !== null);
  if (!target && isGrant(type)) return { person: readService(targets, issuer, outcome), actor };
  const service = !target && isOfAccount(type) ? readService(targets.filter(isPrincipal), issuer, outcome) : null;
  if (service) return { person: service, actor: service.subject === initiator?.subject ? null : actor };
  const person = target && readUser(target, issuer, outcome, additional(record, 'invitedUserEmailAddress'));
  if (!person) return { person: initiator, actor: initiator ? null : actor };
  return {
    person,
    actor: person.subject === initiator?.subject && !initiator.subject.startsWith('unknown:') ? null : actor,
  };
}

function isGrant(type: EventType): boolean {
  return type === 'privilege_granted' || type === 'privilege_revoked';
}

/** What happens to an account; a service principal is one. */
function isOfAccount(type: EventType): boolean {
  return /^(account_|factor_|risk_)/.test(type);
}

function isPrincipal(target: RecordReader): boolean {
  return /^service ?principal$/i.test(target.text('type') ?? '');
}

/**
 * The application that gained or lost a right, which is never the one who gave it: as a property of what it may use, or itself. A
 * group is nobody.
 */
function readService(targets: readonly RecordReader[], issuer: string | null, outcome: Outcome): PersonRef | null {
  const changed = targets.flatMap((target) => target.list('modifiedProperties'));
  const property = (name: string) => {
    const found = changed.find((entry) => entry.text('displayName')?.toLowerCase() === name.toLowerCase());
    return known(unquoted(found?.text('newValue') ?? null)) ?? known(unquoted(found?.text('oldValue') ?? null));
  };
  const itself = targets.find((target) => /^(service ?principal|application)$/i.test(target.text('type') ?? ''));
  const id = property('ServicePrincipal.ObjectID') ?? known(itself?.text('id') ?? null);
  if (id === null) return null;
  const name = property('ServicePrincipal.DisplayName') ?? known(itself?.text('displayName') ?? null);
  return personRef({ issuer, id, login: name, displayName: name, accountType: 'service', outcome });
}

/** Microsoft writes changed values as JSON: `"text"` or `["text"]`. */
function unquoted(text: string | null): string | null {
  return text === null ? null : (/^\s*\[?\s*"(.*)"\s*\]?\s*$/s.exec(text)?.[1] ?? text);
}

function readInitiator(inner: RecordReader, issuer: string | null, outcome: Outcome): PersonRef | null {
  const user = inner.child('initiatedBy.user');
  if (!user.isEmpty) return readUser(user, issuer, outcome);
  const app = inner.child('initiatedBy.app');
  const id = known(app.text('servicePrincipalId')) ?? known(app.text('appId'));
  const name = app.text('displayName', 'servicePrincipalName');
  return app.isEmpty
    ? null
    : personRef({ issuer, id: id ?? name, login: name, displayName: name, accountType: 'service', outcome });
}

function readUser(
  user: RecordReader,
  issuer: string | null,
  outcome: Outcome,
  email: string | null = null,
): PersonRef | null {
  const upn = known(user.text('userPrincipalName'));
  const name = known(user.text('displayName'));
  return personRef({
    issuer,
    id: known(user.text('id')),
    login: upn ?? name,
    displayName: name ?? upn,
    email,
    accountType: 'human',
    outcome,
  });
}

function additional({ inner }: EntraRecord, key: string): string | null {
  const found = inner.list('additionalDetails').find((entry) => entry.text('key')?.toLowerCase() === key.toLowerCase());
  return found?.text('value') ?? null;
}
