import type { Tx } from '#lib/kernel/db/database.ts';
import { stableId } from '#lib/kernel/ids.ts';
import type { Finding } from '#lib/model/detection.ts';
import { severities } from '#lib/model/signal.ts';

/**
 * Makes signals of findings. The same finding found again (same key) is the same signal: evidence is renewed, severity never
 * falls while it is open, and a decided signal stays decided unless the finding became worse than what was decided on.
 * @returns how many signals are new
 */
export async function raiseSignals(tx: Tx, tenantId: string, findings: readonly Finding[]): Promise<number> {
  if (findings.length === 0) return 0;
  const latest = [...new Map(findings.map((finding) => [finding.key, finding])).values()].sort((a, b) =>
    a.key < b.key ? -1 : 1,
  );
  const rows = latest.map((finding) => ({
    id: stableId('signal', tenantId, finding.key),
    detector: finding.detector,
    key: finding.key,
    severity: finding.severity,
    severity_rank: severities.indexOf(finding.severity),
    title: finding.title,
    summary: finding.summary,
    person_id: finding.personId,
    session_id: finding.sessionId,
    ip: finding.ip,
    first_at: finding.firstAt,
    last_at: finding.lastAt,
    evidence: finding.evidence,
    explanations: finding.explanations,
  }));
  const raised = await tx.$queryRaw<{ is_new: boolean }[]>`
    INSERT INTO signals AS old (tenant_id, id, detector, key, severity, severity_rank, state, title, summary, person_id, session_id, ip,
      first_at, last_at, evidence, explanations)
    SELECT ${tenantId}::uuid, id, detector, key, severity, severity_rank, 'open', title, summary, person_id, session_id, ip,
      first_at, last_at, evidence, explanations
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS r(id uuid, detector text, key text, severity text, severity_rank int, title text,
      summary text, person_id uuid, session_id uuid, ip inet, first_at timestamptz, last_at timestamptz, evidence jsonb, explanations jsonb)
    ON CONFLICT (tenant_id, key) DO UPDATE SET
      severity = CASE WHEN excluded.severity_rank > old.severity_rank THEN excluded.severity ELSE old.severity END,
      severity_rank = GREATEST(old.severity_rank, excluded.severity_rank),
      state = CASE WHEN old.decided_at IS NOT NULL AND excluded.severity_rank > old.severity_rank THEN 'open' ELSE old.state END,
      decided_at = CASE WHEN excluded.severity_rank > old.severity_rank THEN NULL ELSE old.decided_at END,
      title = excluded.title, summary = excluded.summary,
      person_id = COALESCE(excluded.person_id, old.person_id), session_id = COALESCE(excluded.session_id, old.session_id),
      ip = COALESCE(excluded.ip, old.ip),
      first_at = LEAST(old.first_at, excluded.first_at), last_at = GREATEST(old.last_at, excluded.last_at),
      evidence = excluded.evidence, explanations = excluded.explanations,
      updated_at = clock_timestamp(), version = old.version + 1
    RETURNING (xmax = 0) AS is_new`;
  const events = latest.flatMap((finding) =>
    finding.events.map((event) => ({
      signal_id: stableId('signal', tenantId, finding.key),
      event_id: event.id,
      occurred_at: event.occurredAt,
      role: event.role,
    })),
  );
  await tx.$executeRaw`
    INSERT INTO signal_events (tenant_id, signal_id, event_id, occurred_at, role)
    SELECT ${tenantId}::uuid, signal_id, event_id, occurred_at, role
    FROM json_to_recordset(${JSON.stringify(events)}::json) AS r(signal_id uuid, event_id uuid, occurred_at timestamptz, role text)
    ON CONFLICT (tenant_id, signal_id, event_id) DO UPDATE SET role = excluded.role`;
  return raised.filter((row) => row.is_new).length;
}
