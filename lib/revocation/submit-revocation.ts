import { z } from 'zod';
import { proveSignature } from '#lib/approvals/signature.ts';
import { type Proposed, submitDraft } from '#lib/approvals/submit.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { defineCommand, execute } from '#lib/kernel/command.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import type { Proof } from '#lib/staff/passkeys.ts';

const submit = (proof: Proof | null) =>
  defineCommand({
    action: 'revocation_proposed',
    permission: 'revocations:propose',
    input: z.strictObject({ id: z.uuid() }),
    async run({ tx, actor, input }) {
      const proposed = await submitDraft(tx, actor, input.id, proof ?? undefined);
      return {
        result: proposed,
        audit: {
          target: { type: 'proposal', id: input.id },
          detail: {
            digest: proposed.digest,
            state: proposed.state,
            approvals_needed: proposed.approvalsNeeded,
            why: proposed.why,
            run: proposed.runId,
          },
        },
      };
    },
  });

/**
 * Proposes what was rehearsed. A person signs it with a passkey; what a token proposes waits for people in any case. Within the
 * limit for one person alone it runs at once.
 * @throws Refusal `forbidden` without a fitting signature, `conflict`, `not_found`
 */
export async function submitRevocation(
  database: Database,
  actor: Actor,
  sessionId: string | null,
  input: { id: string; assertion?: unknown },
): Promise<Proposed> {
  if (actor.type !== 'operator') return execute(database, submit(null), actor, { id: input.id });
  try {
    if (input.assertion === undefined || sessionId === null)
      throw new Refusal('forbidden', 'Sign what you propose with your passkey. Nothing was proposed.');
    const signer = { operatorId: actor.id, sessionId };
    const proof = await proveSignature(database, signer, input.id, input.assertion);
    return await execute(database, submit(proof), actor, { id: input.id });
  } catch (error) {
    if (error instanceof Refusal)
      await database.inTenant(actor.tenantId, (tx) =>
        appendAudit(tx, actor, {
          action: 'proposal_refused',
          outcome: 'refused',
          target: { type: 'proposal', id: input.id },
          detail: { why: error.message },
        }),
      );
    throw error;
  }
}
