import type { EventType, FailureReason, Outcome } from '#lib/model/event.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { oktaEventType } from '#lib/providers/okta/event-types.ts';
import { unknownAccount } from '#lib/providers/okta/people.ts';
import type { RecordReader } from '#lib/providers/record-reader.ts';

/** What happened, how it went and why not: the event type's own meaning, and what the outcome and the factor make of it. */
export function readMeaning(
  event: RecordReader,
  providerType: string,
): { type: EventType; outcome: Outcome; reason: FailureReason | null } {
  const passwordFactor = isPasswordFactor(event);
  const { outcome, reason } = readOutcome(event, providerType, passwordFactor);
  const isUnknown = unknownAccount(event) && reason === 'invalid_credentials';
  return {
    type: readType(event, providerType, outcome, passwordFactor),
    outcome,
    reason: isUnknown ? 'unknown_user' : reason,
  };
}

function readType(event: RecordReader, providerType: string, outcome: Outcome, passwordFactor: boolean): EventType {
  const type = oktaEventType(providerType);
  const result = event.text('outcome.result')?.toUpperCase();
  if (providerType.toLowerCase() === 'policy.evaluate_sign_on')
    return result === 'CHALLENGE' ? 'mfa_challenge' : 'other';
  if (type !== 'mfa_verified') return type;
  // The authenticator saw a page that is not Okta's: neither a wrong factor nor the person's own no.
  if (isPhishing(event)) return 'risk_detected';
  // Identity Engine logs a wrong password here and nowhere else; a right one is followed by user.session.start.
  if (passwordFactor) return outcome === 'failure' ? 'sign_in' : 'other';
  if (result === 'CHALLENGE') return 'mfa_challenge';
  const pushAnswer = event.text(
    'debugContext.debugData.pushOnlyResponseType',
    'debugContext.debugData.pushWithNumberChallengeResponseType',
  );
  const refused = /reject|den(y|ied)|decline/i.test(`${event.text('outcome.reason') ?? ''} ${pushAnswer ?? ''}`);
  return outcome === 'failure' && refused ? 'mfa_denied' : type;
}

function isPhishing(event: RecordReader): boolean {
  return /phishing/i.test(event.text('outcome.reason') ?? '');
}

function isPasswordFactor(event: RecordReader): boolean {
  const enrolled = event.list('target').find((target) => target.text('type') === 'AuthenticatorEnrollment');
  const factor =
    event.text('debugContext.debugData.factor', 'authenticationContext.credentialType') ??
    enrolled?.text('detailEntry.methodTypeUsed') ??
    '';
  return /^password/i.test(factor) && /auth_via_mfa$/i.test(event.text('eventType') ?? '');
}

function readOutcome(
  event: RecordReader,
  providerType: string,
  passwordFactor: boolean,
): { outcome: Outcome; reason: FailureReason | null } {
  const result = (event.text('outcome.result') ?? '').toUpperCase();
  if (result === 'SUCCESS' || result === 'ALLOW') return { outcome: 'success', reason: null };
  if (!['FAILURE', 'DENY', 'RATE_LIMIT', 'ABANDONED', 'UNANSWERED'].includes(result))
    return { outcome: 'unknown', reason: null };
  const words = reasonFromText(event.text('outcome.reason', 'debugContext.debugData.loginResult'));
  // The refused sign-in is what failed; that the account was locked is what happened.
  if (oktaEventType(providerType) === 'account_locked' && words === 'account_locked')
    return { outcome: 'success', reason: null };
  const aboutMfa = /mfa|factor|okta_verify/i.test(providerType) && !passwordFactor && !isPhishing(event);
  if (aboutMfa && (words === null || words === 'invalid_credentials' || words === 'policy_denied'))
    return { outcome: 'failure', reason: 'mfa_failed' };
  if (result === 'UNANSWERED') return { outcome: 'failure', reason: 'expired' };
  if (words) return { outcome: 'failure', reason: words };
  const denied =
    result === 'DENY' || result === 'RATE_LIMIT' || /unauth_app_access_attempt$|deny_access$/i.test(providerType);
  return { outcome: 'failure', reason: denied ? 'policy_denied' : 'other' };
}
