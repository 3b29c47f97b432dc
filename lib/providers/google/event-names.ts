import type { EventType } from '#lib/model/event.ts';

/** Event names that mean the same in every report (login, user_accounts, token, saml, mobile, …). Keys in lower case. */
const names: Readonly<Record<string, EventType>> = {
  login_success: 'sign_in',
  login_failure: 'sign_in',
  login_challenge: 'mfa_verified',
  login_verification: 'mfa_verified',
  logout: 'sign_out',
  chrome_os_login_event: 'sign_in',
  chrome_os_login_failure_event: 'sign_in',
  chrome_os_logout_event: 'sign_out',
  user_signed_out_due_to_suspicious_session_cookie: 'session_revoked',
  suspicious_login: 'risk_detected',
  suspicious_login_less_secure_app: 'risk_detected',
  suspicious_programmatic_login: 'risk_detected',
  gov_attack_warning: 'risk_detected',
  risky_sensitive_action_allowed: 'risk_detected',
  risky_sensitive_action_blocked: 'risk_detected',
  risky_action_allowed: 'risk_detected',
  risky_action_blocked: 'risk_detected',
  account_disabled_password_leak: 'account_disabled',
  account_disabled_generic: 'account_disabled',
  account_disabled_spamming: 'account_disabled',
  account_disabled_spamming_through_relay: 'account_disabled',
  account_disabled_hijacked: 'account_disabled',
  '2sv_enroll': 'factor_added',
  '2sv_disable': 'factor_removed',
  password_edit: 'password_changed',
  recovery_email_edit: 'account_changed',
  recovery_phone_edit: 'account_changed',
  recovery_secret_qa_edit: 'account_changed',
  email_forwarding_out_of_domain: 'account_changed',
  titanium_enroll: 'account_changed',
  titanium_unenroll: 'account_changed',
  passkey_enrolled: 'factor_added',
  passkey_enroll: 'factor_added',
  passkey_removed: 'factor_removed',
  passkey_remove: 'factor_removed',
  authorize: 'consent_granted',
  revoke: 'consent_revoked',
  access_deny_event: 'sign_in',
  device_compromised_event: 'risk_detected',
  suspicious_activity_event: 'risk_detected',
  risk_signal_updated_event: 'risk_detected',
  failed_password_attempts_event: 'risk_detected',
};

/** The administrator's acts on accounts; the others are an `admin_action`. Of a list the names only count in the admin report. */
const adminNames: Readonly<Record<string, EventType>> = {
  CREATE_USER: 'account_created',
  BULK_UPLOAD: 'admin_action',
  DELETE_USER: 'account_deleted',
  UNDELETE_USER: 'account_enabled',
  SUSPEND_USER: 'account_disabled',
  UNSUSPEND_USER: 'account_enabled',
  ARCHIVE_USER: 'account_disabled',
  UNARCHIVE_USER: 'account_enabled',
  CHANGE_PASSWORD: 'password_reset',
  CHANGE_PASSWORD_ON_NEXT_LOGIN: 'account_changed',
  RESET_SIGNIN_COOKIES: 'session_revoked',
  SIGN_OUT_USER: 'session_revoked',
  UNBLOCK_USER_SESSION: 'account_unlocked',
  GRANT_ADMIN_PRIVILEGE: 'privilege_granted',
  GRANT_DELEGATED_ADMIN_PRIVILEGES: 'privilege_granted',
  ASSIGN_ROLE: 'privilege_granted',
  AUTHORIZE_API_CLIENT_ACCESS: 'privilege_granted',
  REVOKE_ADMIN_PRIVILEGE: 'privilege_revoked',
  UNASSIGN_ROLE: 'privilege_revoked',
  REMOVE_API_CLIENT_ACCESS: 'privilege_revoked',
  TURN_OFF_2_STEP_VERIFICATION: 'factor_removed',
  UNENROLL_USER_FROM_STRONG_AUTH: 'factor_removed',
  UNENROLL_USER_FROM_TITANIUM: 'account_changed',
  REVOKE_SECURITY_KEY: 'factor_removed',
  REVOKE_ASP: 'factor_removed',
  DELETE_2SV_SCRATCH_CODES: 'factor_removed',
  GENERATE_2SV_SCRATCH_CODES: 'factor_added',
  ADD_SECURITY_KEY: 'factor_added',
  SECURITY_KEY_REGISTERED_FOR_USER: 'factor_added',
  USER_ENROLLED_IN_TWO_STEP_VERIFICATION: 'factor_added',
  USER_PUT_IN_TWO_STEP_VERIFICATION_GRACE_PERIOD: 'account_changed',
  REVOKE_3LO_TOKEN: 'token_revoked',
  REVOKE_3LO_DEVICE_TOKENS: 'token_revoked',
  ADD_RECOVERY_EMAIL: 'account_changed',
  ADD_RECOVERY_PHONE: 'account_changed',
  RENAME_USER: 'account_changed',
  MOVE_USER_TO_ORG_UNIT: 'account_changed',
  UPDATE_BIRTHDATE: 'account_changed',
  USER_LICENSE_ASSIGNMENT: 'account_changed',
  USER_LICENSE_REASSIGNMENT: 'account_changed',
  USER_LICENSE_REVOKE: 'account_changed',
  ADD_GROUP_MEMBER: 'account_changed',
  REMOVE_GROUP_MEMBER: 'account_changed',
  UPDATE_GROUP_MEMBER: 'account_changed',
  ACCEPT_USER_INVITATION: 'account_created',
  MOBILE_DEVICE_APPROVE: 'device_added',
  MOBILE_DEVICE_CANCEL_WIPE_THEN_APPROVE: 'device_added',
  MOBILE_DEVICE_CANCEL_WIPE_THEN_BLOCK: 'device_removed',
  COMPANY_OWNED_DEVICE_BLOCKED: 'device_removed',
  COMPANY_OWNED_DEVICE_UNBLOCKED: 'device_added',
  COMPANY_OWNED_DEVICE_WIPED: 'device_removed',
  COMPANY_DEVICE_DELETION: 'device_removed',
  MOBILE_DEVICE_BLOCK: 'device_removed',
  MOBILE_DEVICE_DELETE: 'device_removed',
  MOBILE_DEVICE_WIPE: 'device_removed',
  MOBILE_ACCOUNT_WIPE: 'device_removed',
  DELETE_MOBILE_DEVICE: 'device_removed',
  ALERT_CENTER_VIEW: 'other',
};

/**
 * Both acts of an administrator sign "a user out of all web and device sessions" (Directory API, `users.signOut`). A single session whose
 * cookie looked stolen (`user_signed_out_due_to_suspicious_session_cookie`) is not all of them.
 */
export function signsOutEverywhere(application: string, name: string): boolean {
  return application === 'admin' && /^(RESET_SIGNIN_COOKIES|SIGN_OUT_USER)$/i.test(name.trim());
}

/** Our word for an event of a report, before its parameters are looked at. */
export function googleEventType(application: string, name: string): EventType {
  const key = name.trim();
  if (application === 'admin') {
    const upper = key.toUpperCase();
    if (Object.hasOwn(adminNames, upper)) return adminNames[upper] ?? 'other';
    return /^(CHANGE|UPDATE|ADD|DELETE|REMOVE)_(USER_(CUSTOM|ORGANIZATION|RELATION|IM|PHONE_NUMBER|ADDRESS|EXTERNAL_ID|LOCATION|KEYWORD|GENDER|LANGUAGE|BIRTHDATE)|(FIRST|LAST)_NAME|RECOVERY_(EMAIL|PHONE)|NICKNAME|DISPLAY_NAME|AVATAR|(USER|PROFILE)_PHOTO)/.test(
      upper,
    )
      ? 'account_changed'
      : 'admin_action';
  }
  const lower = key.toLowerCase();
  if (application === 'groups_enterprise' && /^(add|remove)_(user|member)$/.test(lower)) return 'account_changed';
  if (application === 'token' && lower === 'activity') return 'other';
  return Object.hasOwn(names, lower) ? (names[lower] ?? 'other') : 'other';
}
