import type { EventType } from '#lib/model/event.ts';

/** Directory audit activities by their display name; the first pattern that fits decides. */
const activities: readonly (readonly [RegExp, EventType])[] = [
  [
    /^(revoke|invalidate).*(refresh tokens|sign-?in sessions|sessions)|^update stsrefreshtokenvalidfrom/,
    'session_revoked',
  ],

  // Privileged Identity Management logs each step; only what was completed gives or takes a right.
  [
    /^(add|remove|update) .*member.*(requested|cancell?ed|request (approved|denied)|(approved|denied) by admin)/,
    'admin_action',
  ],
  [
    /^(add|assign).*(member|eligible member|scoped member).* (to|for) role|^add .*role ?assignment|elevated (their|the) access|^assigns the caller to user access admin|^restore .*(member from role|role assignment)/,
    'privilege_granted',
  ],
  [
    /^remove .*(member|eligible member|scoped member).* from role|^remove .*role ?assignment|^the role assignment of .* has been removed/,
    'privilege_revoked',
  ],
  [/^add owner to (application|service principal|policy)/, 'privilege_granted'],
  [/^remove owner from (application|service principal|policy)/, 'privilege_revoked'],

  [/^(admin started|get passcode).*password reset/, 'password_reset_requested'],
  [
    /^(self-service password reset flow activity|get passcode|self-service unlock.* flow|user started password reset|blocked from self-service password reset)/,
    'recovery_started',
  ],
  [/^(reset password|reset user password|force change user password|user password reset)/, 'password_reset'],
  [/^change (user )?password/, 'password_changed'],
  [/^unlock user account/, 'account_unlocked'],

  // Begun, looked at or given up: no factor has come of it.
  [
    /^user (started|reviewed|canceled|cancelled) (security info|password change)|^get passkey creation options/,
    'other',
  ],
  [/^(user changed default|admin updated|user updated) security info|^user password registration/, 'account_changed'],
  [
    /^(user|admin) registered .*(security info|authentication method|temporary access pass)|^(create|add|register) .*(passkey|security info|fido2|authentication method|totp secret)|^security info saved/,
    'factor_added',
  ],
  [
    /^add (fido2|passkey|windows hello|temporary access pass|passwordless phone|platform credential|users? strong authentication)|^(create application password|assign hardware oath token|enable strong authentication)/,
    'factor_added',
  ],
  [
    /^(user|admin) deleted .*(security info|authentication method)|^(delete|remove) (fido2|passkey|windows hello|passwordless phone|platform credential|users? strong authentication|application password|hardware oath token)/,
    'factor_removed',
  ],
  [/^(disable strong authentication|delete .*strong authentication)/, 'factor_removed'],

  // A service principal is the account of an application, and its secrets and certificates are what it proves itself by.
  [/^add service principal credentials/, 'factor_added'],
  [/^remove service principal credentials/, 'factor_removed'],
  [/^add service principal$/, 'account_created'],
  [/^((hard )?delete|remove) service principal$/, 'account_deleted'],
  [/^restore service principal/, 'account_enabled'],
  [/^update service principal/, 'account_changed'],

  [
    /^(add|invite|redeem) (extern(al)? )?(user|invite)|^(create|hard create) user|^viral user creation|^a self-service sign-up request was completed/,
    'account_created',
  ],
  [/^(hard )?delete (external )?user/, 'account_deleted'],
  [/^restore user/, 'account_enabled'],
  [/^disable account/, 'account_disabled'],
  [/^enable account/, 'account_enabled'],
  [
    /^(consent to application|add delegated permission grant|add oauth2permissiongrant|restore consent|accept terms of use)/,
    'consent_granted',
  ],
  [
    /^(revoke consent|remove delegated permission grant|remove oauth2permissiongrant|delete consent)/,
    'consent_revoked',
  ],
  [/^(register|add registered (owner|users?) to|add) device$|^join device/, 'device_added'],
  [/^(unregister|delete|remove registered (owner|users?) from|disable) device$/, 'device_removed'],
  [
    /^(confirm|dismiss) ?(.*(risk|compromised|safe)|user|serviceprincipal)|^fraud reported|^suspicious activity reported|^device no longer (compliant|managed)/,
    'risk_detected',
  ],
  [/^(add|remove) (member|owner) (to|from) group/, 'account_changed'],
  [
    /^(update user|set license|change user license|set user (manager|oath token)|set force change user password|update external user|convert federated user|invite internal user)/,
    'account_changed',
  ],

  // Azure AD B2C writes what its user flows did into the same log.
  [/^issue an (id_token|saml assertion)|^issue a saml assertion/, 'sign_in'],
  [/^(issue an access token|exchange token)/, 'token_issued'],
  [
    /^(send sms to verify|make phone call to verify|send verification email|generate one time password)/,
    'mfa_challenge',
  ],
  [/^verify (one time password|phone number)/, 'mfa_verified'],
  [
    /^(validate (local account credentials|user authentication|client credentials)|issue an authorization code|federate with an identity provider|evaluate conditional access policies|verify email address)/,
    'other',
  ],
];

/**
 * Activities of `revokeSignInSessions` and its elders: they invalidate all refresh tokens and session cookies of the user, within minutes.
 * Access tokens go on until they expire where the resource does not evaluate continuously.
 */
export function revokesSignInSessions(activity: string): boolean {
  return /^(revoke|invalidate)\b.*(refresh tokens|sign-? ?in sessions)|^update stsrefreshtokenvalidfrom/.test(
    activity.trim().toLowerCase(),
  );
}

/** Our word for a directory audit activity; those nobody listed are an `admin_action`. */
export function entraActivityType(activity: string): EventType {
  const name = activity.trim().toLowerCase();
  return activities.find(([pattern]) => pattern.test(name))?.[1] ?? 'admin_action';
}
