import type {
  AccountType,
  EventType,
  FailureReason,
  JsonObject,
  MappedEvent,
  Outcome,
  PersonRef,
} from '#lib/model/event.ts';
import { type ProviderDefinition, RecordRejected } from '#lib/providers/definition.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { type GoogleActivity, readActivity, unfoldActivity } from '#lib/providers/google/activity.ts';
import { googleEventType, signsOutEverywhere } from '#lib/providers/google/event-names.ts';
import { googleFields, googlePulls } from '#lib/providers/google/google-api.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { isEmail, personRef } from '#lib/providers/person-ref.ts';
import type { RecordReader } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';

/** Google Workspace: activities of the Reports API (login, admin, token, saml, user_accounts, mobile …), or from Cloud Logging. */
export const google: ProviderDefinition = {
  kind: 'google',
  name: 'Google Workspace',
  map,
  pulls: googlePulls,
  connection: { address: 'https://admin.googleapis.com', fields: googleFields },
  unfold: { signs: ['"events"', '"items"'], lists: ['items'], split: unfoldActivity },
};

/** The `iss` of every Google ID token; a `profileId` is its `sub`. */
const issuer = 'https://accounts.google.com';

function map(record: JsonObject): MappedEvent {
  const activity = readActivity(record);
  if (!activity) {
    throw new RecordRejected(
      'wrong_format',
      'This is no Google Workspace activity: it needs "id.applicationName" with an event, or a Cloud Logging "protoPayload" of login or admin.',
    );
  }
  const { outer, parameters, application } = activity;
  const { at, from } = eventTime(outer, activity.timeFields);
  const { type, outcome, reason } = readMeaning(activity);
  const { person, actor } = readPeople(activity, outcome);
  return {
    sourceEventId: activity.id,
    occurredAt: at,
    type,
    providerType: `${application}.${activity.name.trim()}`,
    outcome,
    reason,
    person,
    actor,
    sourceSessionId: null,
    endsSessionsUntil: signsOutEverywhere(application, activity.name) ? at : null,
    sourceDeviceId: actor === null ? readDevice(parameters) : null,
    client:
      parameters.text('app_name', 'application_name', 'client_id', 'caa_application') ??
      (application === 'chrome' ? 'ChromeOS' : null),
    ip: readIp(activity.ip) ?? readIp(parameters.at('ip_address')),
    userAgent: parameters.text('user_agent'),
    interactive: person?.accountType === 'human' && actor === null && interactiveTypes.has(type),
    detail: smallDetail({
      event_type: activity.eventType,
      login_type: parameters.text('login_type'),
      challenge: parameters.at('login_challenge_method'),
      challenge_status: parameters.text('login_challenge_status'),
      failure: parameters.text('login_failure_type', 'failure_type', 'saml_status_code'),
      suspicious: parameters.flag('is_suspicious'),
      second_factor: parameters.flag('is_second_factor'),
      sensitive_action: parameters.text('sensitive_action_name'),
      scope: parameters.at('scope'),
      client_id: parameters.text('client_id'),
      client_type: parameters.text('client_type'),
      role: parameters.text('role_name'),
      group: parameters.text('group_email'),
      setting: parameters.text('setting_name'),
      device_type: parameters.text('device_type', 'device_model'),
      device_state: parameters.text('device_compromised_state', 'account_state', 'caa_device_state'),
      network: outer.number('networkInfo.ipAsn.0'),
      region: outer.text('networkInfo.regionCode'),
      domain: outer.text('ownerDomain'),
      customer: outer.text('id.customerId'),
      time_from: from,
    }),
  };
}

const interactiveTypes: ReadonlySet<EventType> = new Set<EventType>([
  'sign_in',
  'sign_out',
  'mfa_challenge',
  'mfa_verified',
  'password_changed',
  'consent_granted',
  'factor_added',
]);

function readDevice(parameters: GoogleActivity['parameters']): string | null {
  const id = parameters.text('device_id', 'caa_device_id', 'directory_device_id', 'resource_id');
  return id === null || /^unknown$/i.test(id) ? null : id;
}

type Meaning = { type: EventType; outcome: Outcome; reason: FailureReason | null };
const did = (type: EventType): Meaning => ({ type, outcome: 'success', reason: null });

function readMeaning({ application, name, parameters }: GoogleActivity): Meaning {
  const type = googleEventType(application, name);
  const event = name.trim().toLowerCase();
  if (event === 'login_failure' || event === 'chrome_os_login_failure_event')
    return { type, outcome: 'failure', reason: readFailure(application, parameters) };
  if (event === 'login_challenge' || event === 'login_verification') return readChallenge(parameters);
  if (event === 'access_deny_event') return { type, outcome: 'failure', reason: 'policy_denied' };
  if (event === 'device_register_unregister_event') {
    const state = (parameters.text('account_state') ?? '').toUpperCase();
    return did(state === 'UNREGISTERED' ? 'device_removed' : state === 'REGISTERED' ? 'device_added' : 'other');
  }
  if (event === 'device_compliance_changed_event') {
    const isCompliant = /^compliant$/i.test(parameters.text('device_compliance') ?? '');
    return isCompliant ? did('account_changed') : { type: 'risk_detected', outcome: 'unknown', reason: null };
  }
  if (event === 'device_compromised_event' && /^not_/i.test(parameters.text('device_compromised_state') ?? ''))
    return { type: 'other', outcome: 'unknown', reason: null };
  if (type === 'risk_detected') return { type, outcome: 'unknown', reason: null };
  return type === 'other' ? { type, outcome: 'unknown', reason: null } : did(type);
}

/** A challenge is shown, passed or failed; that of the password alone is no second factor. */
function readChallenge(parameters: GoogleActivity['parameters']): Meaning {
  const status = (parameters.text('login_challenge_status') ?? '').toLowerCase();
  const methods = [parameters.at('login_challenge_method') ?? []].flat();
  if (methods.length > 0 && methods.every((method) => method === 'password') && !parameters.flag('is_second_factor'))
    return { type: 'other', outcome: 'unknown', reason: null };
  if (/pass|success|correct(?<!incorrect)/.test(status)) return did('mfa_verified');
  if (/timed? ?out|expired|abandon/.test(status))
    return { type: 'mfa_verified', outcome: 'failure', reason: 'expired' };
  if (/reject|den(y|ied)|declin/.test(status)) return { type: 'mfa_denied', outcome: 'failure', reason: 'mfa_failed' };
  if (/fail|incorrect|wrong|invalid/.test(status))
    return { type: 'mfa_verified', outcome: 'failure', reason: 'mfa_failed' };
  return { type: 'mfa_challenge', outcome: 'unknown', reason: null };
}

function readFailure(application: string, parameters: GoogleActivity['parameters']): FailureReason {
  const failure = (parameters.text('login_failure_type', 'failure_type', 'login_failure_reason') ?? '').toLowerCase();
  if (application === 'chrome' && /authentication/.test(failure)) return 'invalid_credentials';
  if (application === 'saml') {
    if (/app_not_(configured|enabled)_for_user|not_enabled|denied/.test(failure)) return 'policy_denied';
    return failure === '' ? (reasonFromText(parameters.text('saml_status_code')) ?? 'other') : 'configuration';
  }
  if (/second_factor|2sv|challenge/.test(failure)) return 'mfa_failed';
  if (/invalid_password|wrong_password/.test(failure)) return 'invalid_credentials';
  if (/account_disabled|suspended|deleted/.test(failure)) return 'account_disabled';
  if (/access_code_disallowed|tos_not_accepted|not_allowed|disallowed/.test(failure)) return 'policy_denied';
  if (failure !== '' && !/unknown/.test(failure)) return reasonFromText(failure) ?? 'other';
  const methods = JSON.stringify(parameters.at('login_challenge_method') ?? '').toLowerCase();
  if (/google_prompt|security_key|google_authenticator|idv_|backup_code|offline_otp|totp|sms/.test(methods))
    return 'mfa_failed';
  return /password/.test(methods) ? 'invalid_credentials' : 'other';
}

function readPeople(activity: GoogleActivity, outcome: Outcome): { person: PersonRef | null; actor: string | null } {
  const { actor: who, parameters, application } = activity;
  const [email, key] = [who.text('email'), who.text('key')];
  const acting = principal({ id: who.text('profileId'), email, key, callerType: who.text('callerType') });
  const about =
    application === 'admin' || application === 'mobile' || /^device_/i.test(activity.eventType ?? '')
      ? parameters.text('user_email', 'USER_EMAIL')
      : application === 'groups_enterprise'
        ? parameters.text('member_id')
        : // A sender whom somebody blocked is nobody of ours.
          activity.name.trim().toLowerCase() === 'blocked_sender'
          ? null
          : parameters.text('affected_email_address');
  const by = email ?? acting?.subject ?? key;
  if (!about && /^privilege_/.test(googleEventType(application, activity.name)))
    return { person: readApiClient(parameters, outcome), actor: by };
  if (!about || about.toLowerCase() === email?.toLowerCase()) return { person: acting, actor: readDelegate(who) };
  const person = personRef({ issuer, id: about, login: about, accountType: accountType(about, null), outcome });
  // Google's own warnings name somebody as actor who did nothing.
  const warned = application !== 'admin' && application !== 'groups_enterprise';
  return { person, actor: warned ? null : by };
}

/** An application that acts under somebody's name by the domain's delegation. */
function readDelegate(who: RecordReader): string | null {
  return who.flag('applicationInfo.impersonation')
    ? who.text('applicationInfo.applicationName', 'applicationInfo.oauthClientId')
    : null;
}

/** A right without a user is an API client's, or a group's, which is nobody. */
function readApiClient(parameters: GoogleActivity['parameters'], outcome: Outcome): PersonRef | null {
  const client = parameters.text('api_client_name');
  return personRef({ issuer, id: client, login: client, accountType: 'service', outcome });
}

function principal(who: {
  id: string | null;
  email: string | null;
  key: string | null;
  callerType: string | null;
}): PersonRef | null {
  const anonymous = who.id === null || /^0+$/.test(who.id) || who.id === '105250506097979753968';
  // Google itself and whoever it does not know act under such keys.
  const key = who.key === null || /^system$|anonymous/i.test(who.key) ? null : who.key;
  return personRef({
    issuer,
    id: (anonymous ? null : who.id) ?? who.email ?? key,
    login: who.email ?? key,
    email: who.email && isEmail(who.email) ? who.email : null,
    accountType: accountType(who.email, who.callerType),
    outcome: 'success',
  });
}

function accountType(email: string | null, callerType: string | null): AccountType {
  if (email?.endsWith('.gserviceaccount.com')) return 'service';
  if (callerType && /^(KEY|APPLICATION|SERVICE)/i.test(callerType)) return 'service';
  return 'human';
}
