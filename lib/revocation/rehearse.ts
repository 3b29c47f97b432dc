import { z } from 'zod';
import { freezeBatchMax, freezePage, openDraft, sealDraft } from '#lib/approvals/freeze.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { defineCommand, execute } from '#lib/kernel/command.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { log } from '#lib/kernel/log.ts';
import type { JsonObject } from '#lib/model/event.ts';
import {
  canonicalScope,
  exclusionsShape,
  type RevocationParameters,
  type ScopeContext,
  scopePage,
  scopeShape,
} from '#lib/revocation/scope.ts';
import { summarise } from '#lib/revocation/summarise.ts';

/** How long the caller waits for the freezing before the worker goes on with it. Milliseconds. */
const callerMsMax = 4_000;

const input = z.strictObject({
  scope: scopeShape,
  exclude: exclusionsShape.default({ groups: [], people: [], sessions: [] }),
  reason: z.string().trim().min(3, 'Say in a few words why; it goes into the audit.').max(500),
});

const open = (repeatId: string | null) =>
  defineCommand({
    action: 'revocation_rehearsed',
    permission: 'revocations:propose',
    input,
    async run({ tx, actor, input }) {
      const parameters: RevocationParameters = { scope: canonicalScope(input.scope, actor), exclude: input.exclude };
      const id = await openDraft(tx, actor, {
        kind: 'revoke-sessions',
        reason: input.reason,
        parameters,
        ...(repeatId ? { id: repeatId } : {}),
      });
      return {
        result: { id },
        audit: { target: { type: 'proposal', id }, reason: input.reason, detail: { scope: parameters.scope.by } },
      };
    },
  });

/** What a rehearsal takes: scope, exclusions, reason. */
export const rehearsalInput = input;

/**
 * Rehearses a revocation: freezes the scope, counts it exactly and fixes its digest. Nothing happens to any session. A scope of up
 * to a few hundred thousand is frozen when this returns; the worker goes on with a larger one. With `repeatId` a repetition finds the
 * rehearsal that the first call made.
 * @throws Refusal `invalid_input` for a wrong scope, an empty one too; `forbidden`
 */
export async function rehearseRevocation(
  database: Database,
  actor: Actor,
  input: z.input<typeof rehearsalInput>,
  repeatId: string | null = null,
): Promise<{ id: string; frozen: boolean }> {
  const { id } = await execute(database, open(repeatId), actor, input);
  return { id, frozen: await freezeScope(database, actor.tenantId, id, callerMsMax) };
}

/**
 * Goes on with drafts whose caller is gone or gave up waiting: the draft itself says how far it is. @returns how many it worked on
 */
export async function freezeDrafts(database: Database, tenantId: string): Promise<number> {
  const waiting = await database.inTenant(
    tenantId,
    (tx) => tx.$queryRaw<{ id: string }[]>`
      SELECT id::text FROM proposals WHERE tenant_id = ${tenantId}::uuid AND state = 'draft' AND kind = 'revoke-sessions' AND frozen_at IS NULL
        AND expires_at > statement_timestamp() AND created_at < statement_timestamp() - make_interval(secs => ${callerMsMax / 1_000}) ORDER BY created_at LIMIT 5`,
  );
  for (const { id } of waiting) {
    try {
      await freezeScope(database, tenantId, id, 20_000);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      log.warn({ proposal: id, why: error.message }, 'a rehearsal could not be frozen');
    }
  }
  return waiting.length;
}

/** Freezes page by page within a time budget, then seals. A scope that holds nothing, or too much, ends the draft. @returns whether it is sealed */
async function freezeScope(database: Database, tenantId: string, id: string, msMax: number): Promise<boolean> {
  const proposal = await database.inTenant(tenantId, (tx) =>
    tx.proposal.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id } } }),
  );
  if (proposal.frozenAt) return true;
  const parameters = JSON.parse(proposal.parameters) as RevocationParameters;
  const context: ScopeContext = { tenantId, proposerId: proposal.proposerId };
  const page = scopePage(context, parameters);
  const until = performance.now() + msMax;
  try {
    for (;;) {
      const { done } = await database.inTenant(tenantId, (tx) => freezePage(tx, tenantId, id, page, freezeBatchMax));
      if (done) break;
      if (performance.now() > until) return false;
    }
    const summary = await summarise(database, context, id, parameters);
    await database.inTenant(tenantId, (tx) =>
      sealDraft(tx, tenantId, id, {
        summary: summary as unknown as JsonObject,
        people: summary.people,
        counted: summary.sessions,
      }),
    );
    return true;
  } catch (error) {
    // Caller and worker may have met at one draft: whoever is later finds it sealed, or leaves it to the next round.
    if (error instanceof Refusal && error.code === 'conflict') return isSealed(database, tenantId, id);
    if (error instanceof Refusal && (error.code === 'invalid_input' || error.code === 'too_large'))
      await endDraft(database, tenantId, id, error.message);
    throw error;
  }
}

async function isSealed(database: Database, tenantId: string, id: string): Promise<boolean> {
  const proposal = await database.inTenant(tenantId, (tx) =>
    tx.proposal.findUnique({ where: { tenantId_id: { tenantId, id } }, select: { frozenAt: true } }),
  );
  return proposal?.frozenAt != null;
}

async function endDraft(database: Database, tenantId: string, id: string, why: string): Promise<void> {
  await database.inTenant(tenantId, async (tx) => {
    const ended = await tx.$executeRaw`
      UPDATE proposals SET state = 'void', decided_at = clock_timestamp(), decided_by = 'Gatehouse', decision_note = ${why}
      WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid AND state = 'draft'`;
    if (ended > 0)
      await appendAudit(tx, systemActor(tenantId, 'Gatehouse'), {
        action: 'proposal_void',
        outcome: 'refused',
        target: { type: 'proposal', id },
        detail: { why },
      });
  });
}
