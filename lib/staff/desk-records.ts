import type { Tx } from '#lib/kernel/db/database.ts';
import { newId } from '#lib/kernel/ids.ts';
import type { JsonObject } from '#lib/model/event.ts';

/** What happened at the desk's own door, in the words of the provider `gatehouse`. */
export type DeskRecordKind =
  | 'sign_in'
  | 'step_up'
  | 'session_ended'
  | 'factor_added'
  | 'factor_removed'
  | 'password_changed';

/** A record as it is stored and later mapped (lib/providers/gatehouse). Never a secret, a token or a session's token. */
export type NewDeskRecord = {
  kind: DeskRecordKind;
  outcome: 'success' | 'failure';
  /** Why it failed, in the audit's words. */
  why?: string;
  way?: string;
  operator: { id: string; name: string; email: string } | null;
  sessionId?: string | null;
  ip: string | null;
  userAgent: string | null;
};

/**
 * Writes down, in the caller's transaction, what an operator did or somebody tried at the desk's door. The worker appends it as an
 * event of the provider `gatehouse`, so the same detectors look at our own staff.
 */
export async function recordAtTheDoor(tx: Tx, tenantId: string, record: NewDeskRecord): Promise<void> {
  const id = newId();
  const body: JsonObject = {
    kind: record.kind,
    outcome: record.outcome,
    why: record.why ?? null,
    way: record.way ?? null,
    operator: record.operator,
    session: record.sessionId ?? null,
    ip: record.ip,
    user_agent: record.userAgent,
  };
  await tx.$executeRaw`
    INSERT INTO desk_records (tenant_id, id, created_at, operator_id, kind, outcome, record)
    SELECT ${tenantId}::uuid, ${id}::uuid, at, ${record.operator?.id ?? null}::uuid, ${record.kind}, ${record.outcome},
      ${JSON.stringify(body)}::jsonb || jsonb_build_object('id', ${id}::text, 'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    FROM (SELECT clock_timestamp()::timestamptz(3) AS at) AS clock`;
}

/** Failed sign-ins of an operator since the last that succeeded, in the last day. */
export async function failuresSinceSuccess(tx: Tx, tenantId: string, operatorId: string): Promise<number> {
  const [row] = await tx.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM desk_records
    WHERE tenant_id = ${tenantId}::uuid AND operator_id = ${operatorId}::uuid AND kind = 'sign_in' AND outcome = 'failure'
      AND created_at > GREATEST(clock_timestamp() - interval '1 day', COALESCE((SELECT max(created_at) FROM desk_records
        WHERE tenant_id = ${tenantId}::uuid AND operator_id = ${operatorId}::uuid AND kind = 'sign_in' AND outcome = 'success'), '-infinity'))`;
  return row?.n ?? 0;
}
