import { propose } from '#lib/approvals/submit.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { noteCase } from '#lib/recovery/case-steps.ts';
import type { LoadedCase } from '#lib/recovery/load-case.ts';

/** More sessions of one person than the policy lets one operator end; then a second person signs, and the case says so. */
const sessionsMax = 200;

/**
 * Ends the living sessions of a case's person through Revoke: a proposal of its own with frozen targets and a cut-off, in the name
 * of the operator who proposed the recovery (its payload says that they end). @returns how many are in it
 */
export async function endSessionsOf(tx: Tx, row: LoadedCase): Promise<number> {
  const { tenantId } = row;
  const sessions = await tx.$queryRaw<{ id: string; providerId: string; reference: string; label: string }[]>`
    SELECT s.id::text, s.provider_id::text AS "providerId", s.source_session_id AS reference, COALESCE(p.display_name, p.email, p.subject) AS label
    FROM sessions s JOIN people p ON p.tenant_id = s.tenant_id AND p.id = s.person_id
    WHERE s.tenant_id = ${tenantId}::uuid AND s.person_id = ${row.personId}::uuid AND s.ended_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM proposal_targets t JOIN runs r ON r.tenant_id = t.tenant_id AND r.proposal_id = t.proposal_id
        WHERE t.tenant_id = s.tenant_id AND t.target_id = s.id AND r.finished_at IS NULL)
    ORDER BY s.last_seen_at DESC LIMIT ${sessionsMax}`;
  if (sessions.length === 0) return 0;
  const proposer = await tx.proposal.findFirstOrThrow({ where: { tenantId, id: row.proposalId ?? '' } });
  const actor: Actor = {
    type: 'operator',
    id: proposer.proposerId,
    label: proposer.proposerLabel,
    tenantId,
    permissions: new Set(),
    ip: null,
    requestId: null,
  };
  const reason = `Recovery ${row.number}: sessions from before the new authenticator end`;
  const proposed = await propose(tx, actor, {
    kind: 'revoke-sessions',
    reason,
    parameters: { scope: { sessions: sessions.map(({ id }) => id) }, recovery: row.number },
    targets: sessions.map((session) => ({ type: 'session', personId: row.personId, ...session })),
  });
  const words = `Sessions from before are being ended: ${sessions.length}`;
  await noteCase(
    tx,
    tenantId,
    row.id,
    'Gatehouse',
    proposed.runId ? words : `${words} once a second person has signed`,
  );
  await appendAudit(tx, actor, {
    action: 'recovery_sessions_ordered',
    outcome: 'success',
    target: { type: 'recovery_case', id: row.id },
    reason,
    detail: { proposal: proposed.id, run: proposed.runId, sessions: sessions.length },
  });
  return sessions.length;
}
