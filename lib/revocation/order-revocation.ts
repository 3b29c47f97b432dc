import { z } from 'zod';
import { propose } from '#lib/approvals/submit.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { findProvider } from '#lib/providers/registry.ts';

/** A session's provider: what kind it is, and whether its management interface is configured. */
export type ProviderAtHand = { kind: string; connected: boolean };

/**
 * Revokes one session: a proposal that the policy lets one operator decide, and its run, in one transaction; what a token asks for
 * waits for a person. The worker then asks the provider and looks again; this only says that it was ordered. A double click finds
 * the first order and conflicts.
 * @throws Refusal `not_found`, `conflict`
 */
export const orderRevocation = (canAct: (provider: ProviderAtHand) => boolean) =>
  defineCommand({
    action: 'session_revocation_ordered',
    permission: 'revocations:propose',
    stepUp: true,
    withoutPerson: ['token', 'system'],
    input: z.strictObject({
      sessionId: z.uuid(),
      reason: z.string().trim().min(3, 'Say in a few words why; it goes into the audit.').max(500),
    }),
    async run({ tx, actor, input }) {
      // The row lock makes two orders for one session take turns.
      const [session] = await tx.$queryRaw<
        {
          id: string;
          providerId: string;
          reference: string;
          personId: string | null;
          label: string | null;
          ended: boolean;
          kind: string;
          name: string;
          connected: boolean;
        }[]
      >`
      SELECT s.id::text, s.provider_id::text AS "providerId", s.source_session_id AS reference, s.person_id::text AS "personId",
        (SELECT COALESCE(p.display_name, p.email, p.subject) FROM people p WHERE p.tenant_id = s.tenant_id AND p.id = s.person_id) AS label,
        s.ended_at IS NOT NULL AS ended, v.kind, v.name, v.base_url IS NOT NULL AND v.secret IS NOT NULL AS connected
      FROM sessions s JOIN providers v ON v.tenant_id = s.tenant_id AND v.id = s.provider_id
      WHERE s.tenant_id = ${actor.tenantId}::uuid AND s.id = ${input.sessionId}::uuid FOR UPDATE OF s`;
      if (!session) throw new Refusal('not_found', 'There is no such session.');
      if (session.ended) throw new Refusal('conflict', 'This session has already ended. Nothing was changed.');
      if (!canAct({ kind: session.kind, connected: session.connected })) {
        throw new Refusal(
          'conflict',
          `Gatehouse can read ${session.name} but cannot end sessions there yet. End it in the console of ${session.name}; it will show here once reported.`,
        );
      }
      const [waiting] = await tx.$queryRaw<{ state: string }[]>`
        SELECT p.state FROM proposal_targets t JOIN proposals p ON p.tenant_id = t.tenant_id AND p.id = t.proposal_id
          LEFT JOIN runs r ON r.tenant_id = p.tenant_id AND r.proposal_id = p.id
        WHERE t.tenant_id = ${actor.tenantId}::uuid AND t.target_id = ${session.id}::uuid AND (r.id IS NOT NULL AND r.finished_at IS NULL
          OR p.state = 'pending' AND p.target_count = 1) LIMIT 1`;
      if (waiting)
        throw new Refusal(
          'conflict',
          waiting.state === 'pending'
            ? 'The revocation of this session is proposed already and waits for somebody to sign it.'
            : 'This session is being revoked already. Its progress stands beside it.',
        );
      const proposal = await propose(tx, actor, {
        kind: 'revoke-sessions',
        reason: input.reason,
        parameters: { scope: { sessions: [session.id] } },
        targets: [
          {
            type: 'session',
            id: session.id,
            personId: session.personId,
            providerId: session.providerId,
            reference: session.reference,
            label: session.label ?? 'Unknown person',
          },
        ],
      });
      return {
        result: { proposalId: proposal.id, runId: proposal.runId, state: proposal.state },
        audit: {
          target: { type: 'session', id: session.id },
          reason: input.reason,
          detail: { proposal: proposal.id, run: proposal.runId, digest: proposal.digest, state: proposal.state },
        },
      };
    },
  });

/** The command as the desk uses it: a provider can be acted at when its kind has capabilities and it is connected. */
export const revokeSession = orderRevocation(
  ({ kind, connected }) => connected && findProvider(kind)?.connect !== undefined,
);
