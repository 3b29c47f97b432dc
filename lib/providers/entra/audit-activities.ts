import type { EventType } from '#lib/model/event.ts';

/** Directory audit activities by their display name; the first pattern that fits decides. */
const activities: readonly (readonly [RegExp, EventType])[] = [
  [
    /^(revoke|invalidate).*(refresh tokens|sign-?in sessions|sessions)|^update stsrefreshtokenvalidfrom/,
    'session_revoked',
  ],
  [/^(self-service password reset flow activity|get passcode|self-service unlock.* flow)/, 'recovery_started'],
  [/^(reset password|reset user password|force change user password|set force change user password)/, 'password_reset'],
  [/^change (user )?password/, 'password_changed'],
  [/^unlock user account/, 'account_unlocked'],
  [
    /^(user registered|user reviewed|admin registered|user changed default|user started|create .*passkey|register).*(security info|registration|passkey|fido2|authentication method)/,
    'factor_added',
  ],
  [/^add (fido2|passkey|windows hello|temporary access pass|passwordless phone)/, 'factor_added'],
  [
    /^(user deleted|admin deleted).*(security info|authentication method)|^(delete|remove) (fido2|passkey|windows hello|passwordless phone)/,
    'factor_removed',
  ],
  [/^(disable strong authentication|delete .*strong authentication)/, 'factor_removed'],
  [/^enable strong authentication/, 'factor_added'],
  [/^(admin updated|user updated) security info/, 'account_changed'],
  [/^(add|invite|redeem) (external )?(user|invite)|^(create|hard create) user/, 'account_created'],
  [/^(hard )?delete user/, 'account_deleted'],
  [/^restore user/, 'account_enabled'],
  [/^disable account/, 'account_disabled'],
  [/^enable account/, 'account_enabled'],
  [
    /^(add|assign).*(member|eligible member|scoped member).* (to|for) role|^add .*role assignment|^add app role assignment|elevated (their|the) access|^add member to role/,
    'privilege_granted',
  ],
  [
    /^remove .*(member|eligible member|scoped member).* from role|^remove .*role assignment|^remove app role assignment|^remove member from role/,
    'privilege_revoked',
  ],
  [/^(consent to application|add delegated permission grant|add oauth2permissiongrant)/, 'consent_granted'],
  [/^(revoke consent|remove delegated permission grant|remove oauth2permissiongrant)/, 'consent_revoked'],
  [/^(register|add registered (owner|users?) to|add) device|^join device/, 'device_added'],
  [/^(unregister|delete|remove registered (owner|users?) from|disable) device/, 'device_removed'],
  [/^(confirm|dismiss).*(risk|compromised|safe)|^fraud reported|^suspicious activity reported/, 'risk_detected'],
  [/^(add|remove) (member|owner) (to|from) group/, 'account_changed'],
  [/^(update user|set license|change user license|set user manager|update external user)/, 'account_changed'],
];

/** Our word for a directory audit activity; those nobody listed are an `admin_action`. */
export function entraActivityType(activity: string): EventType {
  const name = activity.trim().toLowerCase();
  return activities.find(([pattern]) => pattern.test(name))?.[1] ?? 'admin_action';
}
