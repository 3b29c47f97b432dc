import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { failpoint } from '#lib/kernel/failpoint.ts';
import { ProviderCallFailed } from '#lib/providers/definition.ts';
import { caseOfLink } from '#lib/recovery/case-of-link.ts';
import { noteCase } from '#lib/recovery/case-steps.ts';
import { endSessionsOf } from '#lib/recovery/end-sessions.ts';
import { loadCase, personOfCase, providerOfCase } from '#lib/recovery/load-case.ts';

/** Codes one case may be handed, each after the one before it ran out. */
const codesMax = 3;

/**
 * Hands the binding code to the person, who holds the secret of the case: once, never to an operator, kept by nobody here. Only
 * after the waiting time, and only while nobody said that it was not them; of any number of parallel requests one gets it. The
 * sessions from before are ordered to end in the same step. @throws Refusal `gone`, `conflict`, `unavailable`
 */
export async function showBindingCode(
  database: Database,
  secret: string,
): Promise<{ code: string; expiresAt: string; page: string }> {
  const { tenantId, id } = await caseOfLink(database, secret, 'case');
  const signal = AbortSignal.timeout(10_000);
  await reopenUnused(database, tenantId, id, signal);
  const { recovery, of } = await database.inTenant(tenantId, async (tx) => {
    // "Sending" is committed before the provider is asked: the code exists at most once, whatever dies in between.
    const [row] = await tx.$queryRaw<{ id: string }[]>`
      UPDATE recovery_cases SET state = 'code_shown', code_id = NULL, code_shown_at = clock_timestamp(), codes_shown = codes_shown + 1
      WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid AND state = 'waiting' AND release_at <= clock_timestamp() AND codes_shown < ${codesMax}
      RETURNING id::text`;
    if (!row)
      throw new Refusal(
        'conflict',
        'There is no code to hand out: it is too early, was handed out already, or was stopped.',
      );
    const loaded = await loadCase(tx, tenantId, id);
    const provider = await providerOfCase(tx, loaded);
    if (!provider?.capabilities.recovery)
      throw new Refusal(
        'unavailable',
        'The provider is not connected at the moment. Nothing was changed; try again later.',
      );
    await endSessionsOf(tx, loaded);
    return { recovery: provider.capabilities.recovery, of: await personOfCase(tx, loaded) };
  });
  failpoint('recovery.after_code_sending');
  try {
    const made = await recovery.createBindingCode(of.subject, signal);
    await database.inTenant(tenantId, async (tx) => {
      await tx.$executeRaw`UPDATE recovery_cases SET code_id = ${made.id} WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid AND state = 'code_shown'`;
      await noteCase(tx, tenantId, id, 'The person', 'Got a binding code, good once and for ten minutes');
      await appendAudit(tx, systemActor(tenantId, 'Recovery'), {
        action: 'recovery_code_shown',
        outcome: 'success',
        target: { type: 'recovery_case', id },
        detail: { code_id: made.id },
      });
    });
    return { code: made.code, expiresAt: made.expiresAt, page: made.page };
  } catch (error) {
    if (!(error instanceof ProviderCallFailed)) throw error;
    await database.inTenant(
      tenantId,
      (tx) => tx.$executeRaw`
        UPDATE recovery_cases SET state = 'waiting', codes_shown = codes_shown - 1 WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid AND state = 'code_shown'`,
    );
    throw new Refusal('unavailable', 'The provider did not make a code. Nothing was changed; try again in a moment.');
  }
}

/** A code that ran out unused, or that was never made because a process died, makes way for another. */
async function reopenUnused(database: Database, tenantId: string, id: string, signal: AbortSignal): Promise<void> {
  const found = await database.inTenant(tenantId, async (tx) => {
    const row = await loadCase(tx, tenantId, id);
    if (row.state !== 'code_shown') return null;
    const provider = await providerOfCase(tx, row);
    return { row, recovery: provider?.capabilities.recovery ?? null, of: await personOfCase(tx, row) };
  });
  if (!found?.recovery) return;
  const { row, recovery, of } = found;
  const state = row.codeId ? (await recovery.bindingCode(of.subject, row.codeId, signal)).state : 'expired';
  if (state !== 'expired' && state !== 'blocked') return;
  await database.inTenant(
    tenantId,
    (tx) => tx.$executeRaw`
      UPDATE recovery_cases SET state = 'waiting' WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid AND state = 'code_shown'
        AND code_shown_at < clock_timestamp() - CASE WHEN ${row.codeId === null} THEN interval '30 seconds' ELSE interval '0 seconds' END`,
  );
}
