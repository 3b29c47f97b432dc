import type { EventType } from '#lib/model/event.ts';

/** Administrator and activity actions of Duo; the first pattern that fits decides, what fits none is `other`. */
const actions: readonly (readonly [RegExp, EventType])[] = [
  [/^admin_login(_error)?$/, 'sign_in'],
  [/^(admin_2fa_error|admin_2fa)$/, 'mfa_verified'],
  [/^admin_logout$/, 'sign_out'],
  [/^login_attempt$/, 'sign_in'],
  [/^mfa_challenge$/, 'mfa_challenge'],
  [/^(admin|user)(_adminapi)?_lock(ed)?_?out$/, 'account_locked'],
  [/^(admin|user)_unlock(ed)?$|^clear_lockout$/, 'account_unlocked'],
  [/^(admin_reset_password|admin_send_reset_password.*)$/, 'password_reset'],
  [/^activation_set_password$|^password_change|^admin_change_password$/, 'password_changed'],
  [/^activation_(begin|create_link)$|^admin_activation_create$/, 'recovery_started'],
  [/^admin_self_activate$/, 'account_enabled'],
  [/^admin_(activates?|rectivates|reactivates?)_duo_push$/, 'factor_added'],
  [/^(admin|user)_create$|^user_(import|adsync_create|bulk_create).*|^azure_user_create$/, 'account_created'],
  [/^(admin|user)_delete$|^user_(purge|bulk_delete).*/, 'account_deleted'],
  [/^user_pending_delete$|^(admin|user)_disable$/, 'account_disabled'],
  [/^user_restore$|^(admin|user)_enable$/, 'account_enabled'],
  [/^(user_)?bypass(_code)?_(create|add)$/, 'factor_added'],
  [/^(user_)?bypass(_code)?_(delete|detele|remove)$|^deregister_devices$/, 'factor_removed'],
  [
    /^(phone|hardtoken|u2ftoken|webauthn_?credential|webauthncredential|desktoptoken|desktop_authenticator|passkey|token)_(create|associate|activate|new|register|add)$|^o2fa_user_provisioned$|^offline_enrollment$/,
    'factor_added',
  ],
  [
    /^(phone|hardtoken|u2ftoken|webauthn_?credential|webauthncredential|desktoptoken|desktop_authenticator|passkey|token)_(delete|disassociate|remove|reset)$|^o2fa_user_deleted$/,
    'factor_removed',
  ],
  [/^(admin|user)_update$|^phone_update$|^group_(user|member)_.*|^(user|phone)_.*(alias|rename).*/, 'account_changed'],
  [/^send_(enroll_email|activation_link).*|^resend_enroll_codes$|^enrollment_/, 'other'],
  [/^(management_system|trusted_endpoint|device)_.*(create|add)$/, 'admin_action'],
  [
    /_(create|update|delete|add|remove|enable|disable|regenerate|reset|view|install|uninstall|copy|assign|unassign|set)\w*$|^(policy|integration|application|admin|update|credits|credit|log|feature|group|role|billing|directory|azure|ad|openldap|adminapi|accountsapi|create_child|delete_child|regen|hardtoken|activation)_/,
    'admin_action',
  ],
];

/** Our word for a Duo action. */
export function duoActionType(action: string): EventType {
  const name = action.trim().toLowerCase();
  return actions.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
}
