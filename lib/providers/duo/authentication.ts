import type { EventType, FailureReason, MappedEvent, Outcome } from '#lib/model/event.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { isEmail, personRef } from '#lib/providers/person-ref.ts';
import type { RecordReader } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';

/** An authentication or enrolment, as version 1 (flat) or 2 (`user`, `application`, `txid`) of the log API gives it. */
export function mapAuthentication(event: RecordReader): MappedEvent {
  const { at, from } = eventTime(event, ['isotimestamp', 'timestamp']);
  const factor = event.text('factor');
  const said = { result: event.text('result'), reason: event.text('reason') };
  const enrolment = /enrol/i.test(event.text('event_type', 'eventtype') ?? '');
  const { type, outcome, reason } = readResult(said, factor ?? '', enrolment);
  const login = event.text('user.name', 'username', 'alias');
  const key = event.text('user.key');
  // A name Duo does not know has no key and says so; of any other name it vouches.
  const unknown = reason === 'unknown_user' && key === null;
  const txid = event.text('txid');
  return {
    sourceEventId: txid && `${txid}:${event.text('timestamp', 'isotimestamp') ?? ''}`,
    occurredAt: at,
    type,
    providerType: [enrolment ? 'enrollment' : 'authentication', said.reason].filter(Boolean).join('.'),
    outcome,
    reason,
    person: personRef({
      issuer: null,
      id: unknown ? null : (key ?? login),
      login,
      displayName: login,
      email: event.text('email') ?? (login && isEmail(login) ? login : null),
      accountType: 'human',
      outcome,
    }),
    actor: null,
    sourceSessionId: null,
    sourceDeviceId: event.text('access_device.epkey'),
    client: event.text('application.name', 'integration', 'application.key'),
    ip: readIp(event.at('access_device.ip.address', 'access_device.ip')) ?? readIp(event.at('ip')),
    userAgent: event.text('user_agent'),
    interactive: true,
    detail: smallDetail({
      factor,
      reason: said.reason,
      result: said.result,
      browser: joined(event, 'access_device.browser', 'access_device.browser_version'),
      os: joined(event, 'access_device.os', 'access_device.os_version'),
      host: event.text('access_device.hostname'),
      auth_device: event.text('auth_device.name', 'device'),
      auth_device_ip: readIp(event.at('auth_device.ip')),
      trusted_endpoint: event.text('trusted_endpoint_status'),
      provider_place: {
        city: event.text('access_device.location.city', 'location.city'),
        country: event.text('access_device.location.country', 'location.country'),
      },
      auth_device_place: {
        city: event.text('auth_device.location.city'),
        country: event.text('auth_device.location.country'),
      },
      risk: event.text('adaptive_trust_assessments.more_secure_auth.trust_level'),
      time_from: from,
    }),
  };
}

function joined(event: RecordReader, ...fields: string[]): string | null {
  const parts = fields.flatMap((field) => event.text(field) ?? []);
  return parts.length > 0 ? parts.join(' ') : null;
}

/** Let in without being asked for a factor: a sign-in, and no proof of one. */
const unasked =
  /^(bypass[ _]user|allow[ _]unenrolled|allowed[ _]by[ _]policy|remembered[ _]device|trusted[ _](network|location|endpoint|mobile[ _]device))/;

/** The person's own no, as opposed to a policy's. */
const refused =
  /^(user[ _](marked[ _]fraud|mistake|cancelled|disapproved|rejected|declined)|anomalous[ _]push|deny$|fraud)/;
const unanswered =
  /no[ _]response|no[ _]keys[ _]pressed|call[ _]timed[ _]out|user[ _]timeout|timeout|queued[ _]inflight[ _]auth[ _]expired/;
const policy =
  /out[ _]of[ _]date|touch[ _]id[ _]disabled|invalid[ _](device|certificate|referring)|referring[ _]hostname|invalid[ _]referer|endpoint|restricted|anonymous[ _]ip|no[ _]screen[ _]lock|no[ _]disk[ _]encryption|denied[ _](by[ _]policy|network)|rooted[ _]device|jailbr|not[ _]in[ _]permitted[ _]group|frequent[ _]attempts|invalid[ _]management|no[ _]duo[ _]certificate|no[ _]web[ _]referer|untrusted|verification[ _]code[ _]missing|bypass[ _]disabled|no[ _]activated/;

function readResult(
  said: { result: string | null; reason: string | null },
  factor: string,
  enrolment: boolean,
): { type: EventType; outcome: Outcome; reason: FailureReason | null } {
  const result = (said.result ?? '').toLowerCase();
  const why = (said.reason ?? '').toLowerCase();
  const type: EventType = enrolment ? 'factor_added' : 'mfa_verified';
  if (/^(success|allow|approved)$/.test(result)) {
    // Asking for new codes by text message proves nothing yet.
    if (/^sms[ _]refresh$/i.test(factor)) return { type: 'mfa_challenge', outcome: 'success', reason: null };
    const isUnasked = !enrolment && (unasked.test(why) || unasked.test(factor.toLowerCase()));
    return { type: isUnasked ? 'sign_in' : type, outcome: 'success', reason: null };
  }
  if (result === '') return { type, outcome: 'unknown', reason: null };
  if (enrolment) return { type, outcome: 'failure', reason: reasonFromText(why) ?? 'other' };
  if (result === 'fraud' || refused.test(why)) return { type: 'mfa_denied', outcome: 'failure', reason: 'mfa_failed' };
  return { type, outcome: 'failure', reason: reasonOf(why) };
}

function reasonOf(why: string): FailureReason {
  if (unanswered.test(why)) return 'expired';
  if (/passcode|verification[ _]code[ _]incorrect|webauthn|u2f|biometric|touch/.test(why) && !policy.test(why))
    return 'mfa_failed';
  if (/locked[ _]out/.test(why)) return 'account_locked';
  if (/user[ _](is[ _])?disabled/.test(why)) return 'account_disabled';
  if (/deny[ _]unenrolled[ _]user|user[ _]not[ _]enrolled/.test(why)) return 'mfa_required';
  if (/unknown[ _]user|user[ _]not[ _](found|exist)/.test(why)) return 'unknown_user';
  if (policy.test(why)) return 'policy_denied';
  return reasonFromText(why) ?? 'other';
}
