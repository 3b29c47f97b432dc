import type { EventType, FailureReason } from '#lib/model/event.ts';

/** Keycloak's user event types without `_ERROR` (org.keycloak.events.EventType, 26). What is not here is `other`. */
const types: Readonly<Record<string, EventType>> = {
  LOGIN: 'sign_in',
  CLIENT_LOGIN: 'sign_in',
  REGISTER: 'account_created',
  LOGOUT: 'sign_out',
  CODE_TO_TOKEN: 'token_issued',
  TOKEN_EXCHANGE: 'token_issued',
  OAUTH2_DEVICE_CODE_TO_TOKEN: 'token_issued',
  AUTHREQID_TO_TOKEN: 'token_issued',
  PERMISSION_TOKEN: 'token_issued',
  OAUTH2_EXTENSION_GRANT: 'token_issued',
  JWT_BEARER: 'token_issued',
  REFRESH_TOKEN: 'token_refreshed',
  REVOKE_GRANT: 'token_revoked',
  FEDERATED_IDENTITY_LINK: 'account_changed',
  FEDERATED_IDENTITY_OVERRIDE_LINK: 'account_changed',
  REMOVE_FEDERATED_IDENTITY: 'account_changed',
  IDENTITY_PROVIDER_LINK_ACCOUNT: 'account_changed',
  CLIENT_INITIATED_ACCOUNT_LINKING: 'account_changed',
  UPDATE_EMAIL: 'account_changed',
  UPDATE_PROFILE: 'account_changed',
  VERIFY_EMAIL: 'account_changed',
  VERIFY_PROFILE: 'account_changed',
  INVITE_ORG: 'account_changed',
  UPDATE_PASSWORD: 'password_changed',
  UPDATE_TOTP: 'factor_added',
  REMOVE_TOTP: 'factor_removed',
  UPDATE_CREDENTIAL: 'factor_added',
  REMOVE_CREDENTIAL: 'factor_removed',
  GRANT_CONSENT: 'consent_granted',
  UPDATE_CONSENT: 'consent_granted',
  SEND_RESET_PASSWORD: 'password_reset_requested',
  RESET_PASSWORD: 'password_reset',
  IMPERSONATE: 'impersonation_started',
  DELETE_ACCOUNT: 'account_deleted',
  CLIENT_REGISTER: 'admin_action',
  CLIENT_UPDATE: 'admin_action',
  CLIENT_DELETE: 'admin_action',
  USER_DISABLED_BY_PERMANENT_LOCKOUT: 'account_locked',
  USER_DISABLED_BY_TEMPORARY_LOCKOUT: 'account_locked',
  USER_SESSION_DELETED: 'session_ended',
  EXECUTE_ACTIONS: 'recovery_started',
  EXECUTE_ACTION_TOKEN: 'recovery_completed',
  SEND_VERIFY_EMAIL: 'other',
  VERIFIABLE_CREDENTIAL_REQUEST: 'token_issued',
  PUSHED_AUTHORIZATION_REQUEST: 'other',
  OAUTH2_DEVICE_AUTH: 'other',
  OAUTH2_DEVICE_VERIFY_USER_CODE: 'other',
};

/** Where a person sits before a page, as opposed to a client talking to the token endpoint. */
const interactive: ReadonlySet<string> = new Set([
  'LOGIN',
  'REGISTER',
  'LOGOUT',
  'UPDATE_PASSWORD',
  'UPDATE_TOTP',
  'REMOVE_TOTP',
  'UPDATE_CREDENTIAL',
  'REMOVE_CREDENTIAL',
  'UPDATE_EMAIL',
  'UPDATE_PROFILE',
  'VERIFY_EMAIL',
  'VERIFY_PROFILE',
  'GRANT_CONSENT',
  'UPDATE_CONSENT',
  'SEND_RESET_PASSWORD',
  'RESET_PASSWORD',
  'IDENTITY_PROVIDER_LOGIN',
  'IMPERSONATE',
  'DELETE_ACCOUNT',
]);

/** org.keycloak.events.Errors, as far as they say why a person was refused. */
const errors: Readonly<Record<string, FailureReason>> = {
  invalid_user_credentials: 'invalid_credentials',
  invalid_client_credentials: 'invalid_credentials',
  user_not_found: 'unknown_user',
  user_disabled: 'account_disabled',
  user_temporarily_disabled: 'account_locked',
  resolve_required_actions: 'policy_denied',
  consent_denied: 'policy_denied',
  rejected_by_user: 'policy_denied',
  access_denied: 'policy_denied',
  not_allowed: 'policy_denied',
  realm_disabled: 'policy_denied',
  reset_credential_disabled: 'policy_denied',
  registration_disabled: 'policy_denied',
  generic_authentication_error: 'other',
  password_rejected: 'other',
  password_confirm_error: 'other',
  password_missing: 'other',
  username_missing: 'other',
  username_in_use: 'other',
  email_in_use: 'other',
  user_session_not_found: 'expired',
  session_expired: 'expired',
  expired_code: 'expired',
  invalid_code: 'expired',
  cookie_not_found: 'expired',
  not_logged_in: 'expired',
  expired_oauth2_device_code: 'expired',
  client_not_found: 'configuration',
  client_disabled: 'configuration',
  invalid_client: 'configuration',
  invalid_redirect_uri: 'configuration',
  invalid_request: 'configuration',
  unauthorized_client: 'configuration',
  illegal_origin: 'configuration',
  ssl_required: 'configuration',
  invalid_saml_response: 'configuration',
  invalid_authn_request: 'configuration',
  invalid_logout_request: 'configuration',
  invalid_logout_response: 'configuration',
  invalid_signature: 'configuration',
  invalid_issuer: 'configuration',
  invalid_registration: 'configuration',
  invalid_config: 'configuration',
  code_verifier_missing: 'configuration',
  invalid_code_verifier: 'configuration',
  pkce_verification_failed: 'configuration',
  invalid_code_challenge_method: 'configuration',
  display_unsupported: 'configuration',
  invalid_token: 'expired',
  invalid_token_type: 'configuration',
  invalid_authentication_session: 'expired',
  different_user_authenticated: 'policy_denied',
  different_user_authenticating: 'policy_denied',
  access_denied_by_policy: 'policy_denied',
  identity_provider_login_failure: 'other',
  email_send_failed: 'other',
  invalid_email: 'other',
  invalid_form: 'other',
  federated_identity_account_exists: 'other',
  unknown_identity_provider: 'configuration',
  identity_provider_error: 'configuration',
};

/** Our word for a user event type (with or without `_ERROR`). */
export function keycloakEventType(type: string): EventType {
  const base = baseType(type);
  // On success the broker's round trip ends in a LOGIN of its own; only its failure is a sign-in that counts.
  if (base === 'IDENTITY_PROVIDER_LOGIN') return type.endsWith('_ERROR') ? 'sign_in' : 'other';
  return Object.hasOwn(types, base) ? (types[base] ?? 'other') : 'other';
}

/** True where a person sits before a page. */
export function isKeycloakInteractive(type: string): boolean {
  return interactive.has(baseType(type));
}

/** The class of an event's `error`; `null` for errors nobody listed. */
export function keycloakErrorReason(error: string): FailureReason | null {
  return Object.hasOwn(errors, error) ? (errors[error] ?? null) : null;
}

function baseType(type: string): string {
  return type.replace(/_ERROR$/, '');
}
