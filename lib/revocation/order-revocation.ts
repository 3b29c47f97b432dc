import { z } from 'zod';
import { propose } from '#lib/approvals/propose.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId } from '#lib/kernel/ids.ts';
import { findProvider } from '#lib/providers/registry.ts';

/** A session's provider: what kind it is, and whether its management interface is configured. */
export type ProviderAtHand = { kind: string; connected: boolean };

/**
 * Revokes one session: a proposal that the policy lets one operator decide, its run and its item, in one transaction. The worker
 * then asks the provider and looks again; this only says that it was ordered. A double click finds the first order and conflicts.
 * @throws Refusal `not_found`, `conflict`
 */
export const orderRevocation = (canAct: (provider: ProviderAtHand) => boolean) =>
  defineCommand({
    action: 'session_revocation_ordered',
    permission: 'revocations:propose',
    input: z.strictObject({
      sessionId: z.uuid(),
      reason: z.string().trim().min(3, 'Say in a few words why; it goes into the audit.').max(500),
    }),
    async run({ tx, actor, input }) {
      // The row lock makes two orders for one session take turns.
      const [session] = await tx.$queryRaw<
        {
          id: string;
          provider_id: string;
          source_session_id: string;
          person_id: string | null;
          ended: boolean;
          kind: string;
          name: string;
          connected: boolean;
        }[]
      >`
      SELECT s.id::text, s.provider_id::text, s.source_session_id, s.person_id::text, s.ended_at IS NOT NULL AS ended, v.kind, v.name,
        v.base_url IS NOT NULL AND v.secret IS NOT NULL AS connected
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
      const waiting = await tx.runItem.findFirst({
        where: { tenantId: actor.tenantId, sessionId: input.sessionId, finishedAt: null },
      });
      if (waiting)
        throw new Refusal('conflict', 'This session is being revoked already. Its progress stands beside it.');
      const target = {
        sessionId: session.id,
        providerId: session.provider_id,
        sourceSessionId: session.source_session_id,
        personId: session.person_id,
      };
      const proposal = await propose(tx, actor, { kind: 'revoke-sessions', reason: input.reason, targets: [target] });
      const runId = newId();
      const itemId = newId();
      await tx.$executeRaw`
      INSERT INTO runs (tenant_id, id, proposal_id, state, cutoff_at)
      VALUES (${actor.tenantId}::uuid, ${runId}::uuid, ${proposal.id}::uuid, 'running', clock_timestamp())`;
      await tx.$executeRaw`
      INSERT INTO run_items (tenant_id, id, run_id, position, session_id, provider_id, source_session_id, state, next_attempt_at)
      VALUES (${actor.tenantId}::uuid, ${itemId}::uuid, ${runId}::uuid, 0, ${session.id}::uuid, ${session.provider_id}::uuid, ${session.source_session_id}, 'planned', clock_timestamp())`;
      await tx.$executeRaw`
      INSERT INTO run_item_steps (tenant_id, item_id, seq, state, attempt, detail)
      VALUES (${actor.tenantId}::uuid, ${itemId}::uuid, 1, 'planned', 0, ${`Ordered by ${actor.label}`})`;
      return {
        result: { proposalId: proposal.id, runId, itemId },
        audit: {
          target: { type: 'session', id: session.id },
          reason: input.reason,
          detail: { proposal: proposal.id, run: runId, digest: proposal.digest },
        },
      };
    },
  });

/** The command as the desk uses it: a provider can be acted at when its kind has capabilities and it is connected. */
export const revokeSession = orderRevocation(
  ({ kind, connected }) => connected && findProvider(kind)?.connect !== undefined,
);
