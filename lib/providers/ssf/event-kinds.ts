import type { EventType, JsonObject } from '#lib/model/event.ts';
import { cleanText } from '#lib/providers/record-reader.ts';

const caep = 'https://schemas.openid.net/secevent/caep/event-type/';
const risc = 'https://schemas.openid.net/secevent/risc/event-type/';
const ssf = 'https://schemas.openid.net/secevent/ssf/event-type/';
const oauth = 'https://schemas.openid.net/secevent/oauth/event-type/';
export const verificationEvent = `${ssf}verification`;
export const streamUpdatedEvent = `${ssf}stream-updated`;

type Kind = {
  type: EventType | ((event: JsonObject) => EventType) /** Ends access when it is believed. */;
  revokes?: true;
};

/** Every event type of CAEP 1.0, RISC 1.0 and SSF 1.0, and the token events that RISC transmitters send with them. */
const kinds: Readonly<Record<string, Kind>> = {
  [`${caep}session-revoked`]: { type: 'session_revoked', revokes: true },
  [`${caep}token-claims-change`]: { type: 'account_changed' },
  [`${caep}credential-change`]: { type: credentialChange },
  [`${caep}assurance-level-change`]: { type: 'account_changed' },
  [`${caep}device-compliance-change`]: {
    type: (event) => (/^not[-_ ]?compliant$/i.test(word(event.current_status)) ? 'risk_detected' : 'account_changed'),
  },
  [`${caep}session-established`]: { type: 'session_started' },
  [`${caep}session-presented`]: { type: 'other' },
  [`${caep}risk-level-change`]: { type: 'risk_detected' },
  [`${risc}account-credential-change-required`]: { type: 'password_reset_requested' },
  [`${risc}account-purged`]: { type: 'account_deleted', revokes: true },
  [`${risc}account-disabled`]: { type: 'account_disabled', revokes: true },
  [`${risc}account-enabled`]: { type: 'account_enabled' },
  [`${risc}identifier-changed`]: { type: 'account_changed' },
  [`${risc}identifier-recycled`]: { type: 'account_changed' },
  [`${risc}credential-compromise`]: { type: 'risk_detected', revokes: true },
  [`${risc}opt-in`]: { type: 'consent_granted' },
  [`${risc}opt-out-initiated`]: { type: 'other' },
  [`${risc}opt-out-cancelled`]: { type: 'other' },
  [`${risc}opt-out-effective`]: { type: 'consent_revoked' },
  [`${risc}recovery-activated`]: { type: 'recovery_started' },
  [`${risc}recovery-information-changed`]: { type: 'account_changed' },
  [`${risc}sessions-revoked`]: { type: 'session_revoked', revokes: true },
  [`${oauth}tokens-revoked`]: { type: 'token_revoked', revokes: true },
  [`${oauth}token-revoked`]: { type: 'token_revoked' },
  [`${oauth}token-issued`]: { type: 'token_issued' },
  [`${oauth}client-disabled`]: { type: 'admin_action' },
  [`${oauth}client-enabled`]: { type: 'admin_action' },
  [`${oauth}client-credential-changed`]: { type: 'admin_action' },
  // About the stream and nobody: a known event of SSF 1.0 (section 8.1.4), which `other` would count among the unknown.
  [verificationEvent]: { type: 'admin_action' },
  [streamUpdatedEvent]: { type: 'admin_action' },
};

/** What to ask a transmitter for: every event type this receiver has a word for, the stream's own two excepted. */
export const requestedEvents: readonly string[] = Object.keys(kinds).filter(
  (uri) => !uri.startsWith(ssf) && !uri.startsWith(oauth),
);

/** Our word for an event type; types nobody listed are `other`. */
export function ssfEventType(uri: string, event: JsonObject): EventType {
  const kind = Object.hasOwn(kinds, uri) ? kinds[uri] : undefined;
  if (!kind) return 'other';
  return typeof kind.type === 'function' ? kind.type(event) : kind.type;
}

/** True for the events of which a flood could cut everybody off. */
export function isRevoking(uri: string): boolean {
  return Object.hasOwn(kinds, uri) && kinds[uri]?.revokes === true;
}

/** `caep/session-revoked`: the type as people read it. A name that is none of these is the sender's own text, and may hold anything. */
export function shortEventType(uri: string): string {
  return /\/secevent\/(\w+)\/event-type\/([\w-]+)$/.exec(uri)?.slice(1).join('/') ?? cleanText(uri);
}

function word(value: JsonObject[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** CAEP 1.0 section 3.3: what was changed, and whether it is a password. */
function credentialChange(event: JsonObject): EventType {
  const isPassword = /^(password|pin)$/i.test(word(event.credential_type));
  switch (word(event.change_type).toLowerCase()) {
    case 'create':
      return isPassword ? 'password_changed' : 'factor_added';
    case 'revoke':
    case 'delete':
      return 'factor_removed';
    case 'update':
      return isPassword ? 'password_changed' : 'account_changed';
    default:
      return 'account_changed';
  }
}
