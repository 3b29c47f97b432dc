import { databaseNow } from '#lib/kernel/clock.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { log } from '#lib/kernel/log.ts';
import { raiseSignals } from '#lib/signals/raise-signals.ts';

/**
 * Makes a proposal void because it no longer is what was proposed or signed, lifts its cut-off, and raises an alarm that analysts
 * see in their queue. The caller writes the audit entry in the same transaction. `alarm: false` for what is no tampering.
 * @returns false when it had ended before
 */
export async function voidProposal(
  tx: Tx,
  tenantId: string,
  proposal: { id: string; kind: string },
  why: string,
  options: { alarm: boolean } = { alarm: true },
): Promise<boolean> {
  const voided = await tx.$executeRaw`
    UPDATE proposals SET state = 'void', decided_at = clock_timestamp(), decided_by = 'Gatehouse', decision_note = ${why}
    WHERE tenant_id = ${tenantId}::uuid AND id = ${proposal.id}::uuid AND state IN ('draft', 'pending', 'approved')`;
  await tx.$executeRaw`
    UPDATE runs SET state = 'void', note = ${why}, cutoff_lifted_at = clock_timestamp(), finished_at = clock_timestamp()
    WHERE tenant_id = ${tenantId}::uuid AND proposal_id = ${proposal.id}::uuid AND state = 'starting'`;
  if (!options.alarm) return voided > 0;
  log.error({ proposal: proposal.id, why }, 'a proposal was changed in the database after it was made; it is void');
  const at = await databaseNow(tx);
  await raiseSignals(tx, tenantId, [
    {
      detector: 'proposal-changed',
      key: `proposal-changed:${proposal.id}`,
      severity: 'critical',
      title: 'A proposal was changed in the database',
      summary: `${why} Proposal ${proposal.id} (${proposal.kind}) is void. Somebody can write to the database past the desk.`,
      personId: null,
      sessionId: null,
      ip: null,
      firstAt: at,
      lastAt: at,
      events: [],
      explanations: [
        { fact: 'The digest computed from the rows is not the digest that was signed.', effect: 'raises' },
      ],
      evidence: { proposal: proposal.id, kind: proposal.kind },
    },
  ]);
  return voided > 0;
}
