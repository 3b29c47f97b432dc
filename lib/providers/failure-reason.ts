import type { FailureReason } from '#lib/model/event.ts';

/** First match wins: the special before the general, and applications before people ("client disabled" is no disabled account). */
const patterns: readonly (readonly [RegExp, FailureReason])[] = [
  [/rate limit|too many requests|phishing/, 'policy_denied'],
  [
    /(client|app|application|feature|realm|tenant|grant|registration)\b[^.]{0,20} (is )?(disabled|not enabled|not found|unknown)/,
    'configuration',
  ],
  [
    /redirect ?uri|callback url|misconfigur|invalid client(?! credential)|invalid (scope|request|issuer|audience|signature)|unsupported/,
    'configuration',
  ],
  [
    /lock(ed)? ?out|locked|too many (failed|attempts|failures|times)|temporarily disabled|brute.?force/,
    'account_locked',
  ],
  [/password[^.]{0,20}expired|expired[^.]{0,8}password|must change password/, 'password_expired'],
  [
    /(user|account|identity)[^.]{0,20} (disabled|deactivated|suspended|inactive|blocked|not active)|account disabled|user disabled/,
    'account_disabled',
  ],
  [/(login|log in|sign ?in|sso|saml|connection)[^.]{0,12} (disabled|not enabled)/, 'configuration'],
  [
    /(user|account|username|email)[^.]{0,24} (not exist|not found|unknown)|unknown user|no such user|invalid user ?name$|invalid user$/,
    'unknown_user',
  ],
  [
    /(mfa|multi.?factor|second factor|otp|push|passcode|factor)[^.]{0,40}(timed? ?out|timeout|no response|unanswered)/,
    'expired',
  ],
  [
    /(mfa|multi.?factor|second factor|otp|strong auth\w*|factor)[^.]{0,24}(required|enrol|needed)|mfa required/,
    'mfa_required',
  ],
  [
    /(mfa|multi.?factor|second factor|otp|push|passcode|factor|recovery code)[^.]{0,40}(fail|invalid|incorrect|reject|den|declin|wrong)/,
    'mfa_failed',
  ],
  [
    /(reject|den|declin|wrong|invalid|incorrect)\w*[^.]{0,24}(mfa|otp|push|passcode|second factor|recovery code)/,
    'mfa_failed',
  ],
  [
    /invalid (user )?(credential|password|login)|wrong (e-?mail|user ?name|password)|(bad|incorrect|wrong|invalid|mismatched?) (user ?name|password|credential)/,
    'invalid_credentials',
  ],
  [
    /verification error|invalid client credentials?|password[^.]{0,16}(wrong|invalid|incorrect)|authentication failure|logon failure/,
    'invalid_credentials',
  ],
  [/expired|timed? ?out|timeout|stale/, 'expired'],
  [
    /polic(y|ies)|denied|forbidden|not allowed|not permitted|blocked|unauthori[sz]ed|conditional access|not assigned/,
    'policy_denied',
  ],
  [/config|certificate|consent/, 'configuration'],
];

/** The class of a failure from a provider's words for it; `null` when they say nothing known. */
export function reasonFromText(text: string | null): FailureReason | null {
  if (text === null) return null;
  const words = text
    .slice(0, 400)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[_\-:]+/g, ' ')
    .replace(/\bdoes(n't| not)\b/g, 'not');
  return patterns.find(([pattern]) => pattern.test(words))?.[1] ?? null;
}
