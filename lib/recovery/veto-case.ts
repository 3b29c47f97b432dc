import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { databaseNow } from '#lib/kernel/clock.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { caseOfLink } from '#lib/recovery/case-of-link.ts';
import { noteCase } from '#lib/recovery/case-steps.ts';
import { type LoadedCase, lockCase } from '#lib/recovery/load-case.ts';
import { raiseSignals } from '#lib/signals/raise-signals.ts';
import { notifyAdministrators } from '#lib/staff/outbox/queue-notice.ts';

/**
 * "This was not me": stops a recovery from the link in a notice, without a login, at any time before a new authenticator is set up.
 * A signal is raised, administrators are told, and later cases of the person carry the risk of it. @throws Refusal `gone`, `conflict` when it is over
 */
export async function vetoCase(database: Database, token: string, ip: string | null): Promise<{ number: string }> {
  const { tenantId, id } = await caseOfLink(database, token, 'veto');
  return database.inTenant(tenantId, async (tx) => {
    const before = await lockCase(tx, tenantId, id);
    const [row] = await tx.$queryRaw<{ number: string }[]>`
      UPDATE recovery_cases SET state = 'vetoed', closed_at = clock_timestamp(), closed_reason = 'Said not to be the person', wrapped_veto = NULL
      WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid AND state IN ('open', 'proposed', 'waiting', 'code_shown') RETURNING number`;
    if (!row)
      throw new Refusal(
        'conflict',
        'This recovery is over already, so there is nothing to stop. If it was not you, call the help desk now.',
      );
    await tx.$executeRaw`
      UPDATE recovery_proofs SET state = 'failed' WHERE tenant_id = ${tenantId}::uuid AND case_id = ${id}::uuid AND state = 'asked'`;
    await noteCase(
      tx,
      tenantId,
      id,
      'Somebody with a known address',
      'Said: this was not me. The recovery was stopped',
    );
    await raiseVeto(tx, before);
    await notifyAdministrators(tx, {
      tenantId,
      kind: 'recovery',
      subject: `A recovery was stopped: it was not them (${row.number})`,
      text: `Somebody with a known address of the person said that the recovery ${row.number} was not theirs. It was stopped; nothing was handed out after that. Look at who asked for it, and from where.`,
    });
    await appendAudit(
      tx,
      { ...systemActor(tenantId, 'Recovery'), ip },
      {
        action: 'recovery_vetoed',
        outcome: 'success',
        target: { type: 'recovery_case', id },
        detail: { number: row.number },
      },
    );
    return { number: row.number };
  });
}

/** Somebody asked for another person's authenticator: that is an attack until an analyst says otherwise. */
async function raiseVeto(tx: Tx, before: LoadedCase): Promise<void> {
  const { id, number, state } = before;
  const wasApproved = state === 'waiting' || state === 'code_shown';
  await raiseSignals(tx, before.tenantId, [
    {
      detector: 'recovery-vetoed',
      key: `recovery-vetoed:${id}`,
      severity: wasApproved ? 'critical' : state === 'proposed' ? 'high' : 'medium',
      title: 'A recovery was stopped: it was not them',
      summary: `Somebody asked for a new authenticator (${number}); from an address on record came the answer that it was not them.`,
      personId: before.personId,
      sessionId: null,
      ip: before.ip,
      firstAt: before.createdAt,
      lastAt: await databaseNow(tx),
      events: [],
      explanations: [
        { fact: 'A known address of the person said: this was not me.', effect: 'raises' },
        ...(wasApproved
          ? [{ fact: 'The recovery had passed its proofs and was approved already.', effect: 'raises' as const }]
          : []),
      ],
      evidence: { recovery_case: id, number, state_before: state },
    },
  ]);
}
