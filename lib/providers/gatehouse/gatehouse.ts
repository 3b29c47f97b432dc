import { z } from 'zod';
import type { EventType, FailureReason } from '#lib/model/event.ts';
import { type ProviderDefinition, RecordRejected } from '#lib/providers/definition.ts';

const recordShape = z.looseObject({
  id: z.string(),
  at: z.iso.datetime(),
  kind: z.string(),
  outcome: z.enum(['success', 'failure']),
  why: z.string().nullish(),
  way: z.string().nullish(),
  operator: z.object({ id: z.string(), name: z.string(), email: z.string() }).nullish(),
  session: z.string().nullish(),
  ip: z.string().nullish(),
  user_agent: z.string().nullish(),
});

const types: Readonly<Record<string, EventType>> = {
  sign_in: 'sign_in',
  step_up: 'mfa_challenge',
  session_ended: 'session_ended',
  factor_added: 'factor_added',
  factor_removed: 'factor_removed',
  password_changed: 'password_changed',
};
const reasons: Readonly<Record<string, FailureReason>> = {
  password: 'invalid_credentials',
  signature: 'invalid_credentials',
  unknown_passkey: 'unknown_user',
  unknown_account: 'unknown_user',
  unlinked_identity: 'unknown_user',
  second_factor: 'mfa_failed',
  counter: 'mfa_failed',
  disabled: 'account_disabled',
  no_role: 'policy_denied',
  attestation_policy: 'policy_denied',
  challenge: 'expired',
};

/**
 * This desk itself as a provider: what happened at its own door. Not in the registry, so the ingest door takes no record of this kind
 * and nobody can forge an operator's sign-in; the worker appends what lib/staff wrote down.
 */
export const gatehouse: ProviderDefinition = {
  kind: 'gatehouse',
  name: 'Gatehouse operators',
  map(raw) {
    const parsed = recordShape.safeParse(raw);
    if (!parsed.success) throw new RecordRejected('wrong_format', 'This is no record of the desk’s own door.');
    const record = parsed.data;
    const failed = record.outcome === 'failure';
    const { operator } = record;
    return {
      sourceEventId: record.id,
      occurredAt: new Date(record.at),
      type: types[record.kind] ?? 'other',
      providerType: `gatehouse.${record.kind}`,
      outcome: record.outcome,
      reason: failed ? (reasons[record.why ?? ''] ?? 'other') : null,
      person: operator
        ? {
            issuer: null,
            subject: operator.id,
            displayName: operator.name,
            email: operator.email,
            accountType: 'human',
          }
        : null,
      actor: null,
      sourceSessionId: record.session ?? null,
      sourceDeviceId: null,
      client: 'Gatehouse',
      ip: record.ip ?? null,
      userAgent: record.user_agent ?? null,
      interactive: record.kind === 'sign_in',
      detail: { way: record.way ?? null, why: record.why ?? null },
    };
  },
};
