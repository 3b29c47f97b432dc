import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';

/** A living desk session as lists show it. Times are ISO 8601 UTC. */
export type DeskSessionRow = {
  id: string;
  operatorId: string;
  name: string;
  email: string;
  way: string;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
  ip: string | null;
  userAgent: string | null;
};

/** Living desk sessions in this tenant, latest seen first: one operator's (in any tenant), or everybody's. At most 200. */
export async function listDeskSessions(
  tx: Tx,
  by: { tenantId: string; operatorId: string | null },
): Promise<DeskSessionRow[]> {
  const rows = await tx.$queryRaw<
    (Omit<DeskSessionRow, 'createdAt' | 'lastSeenAt' | 'expiresAt'> & {
      createdAt: Date;
      lastSeenAt: Date;
      expiresAt: Date;
    })[]
  >`
    SELECT s.id::text, s.operator_id::text AS "operatorId", o.display_name AS name, o.email, s.way, s.created_at AS "createdAt",
      s.last_seen_at AS "lastSeenAt", s.idle_expires_at AS "expiresAt", s.ip, s.user_agent AS "userAgent"
    FROM operator_sessions s JOIN operators o ON o.id = s.operator_id
    WHERE s.ended_at IS NULL AND clock_timestamp() < s.idle_expires_at AND clock_timestamp() < s.absolute_expires_at
      AND o.disabled_at IS NULL
      AND CASE WHEN ${by.operatorId}::uuid IS NULL THEN s.tenant_id = ${by.tenantId}::uuid ELSE s.operator_id = ${by.operatorId}::uuid END
    ORDER BY s.last_seen_at DESC, s.id DESC LIMIT 200`;
  return rows.map((row) => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
  }));
}

/** Ends one of the operator's own sessions, or with `others` all but this one; at once, on every instance. @throws Refusal `conflict` */
export const endOwnSessions = defineCommand({
  action: 'session_ended_by_owner',
  permission: 'operator',
  stepUp: true,
  input: z.strictObject({ which: z.union([z.literal('others'), z.uuid()]) }),
  async run({ tx, actor, input: { which } }) {
    const one = which === 'others' ? null : which;
    const ended = await tx.$queryRaw<{ id: string }[]>`
      UPDATE operator_sessions SET ended_at = clock_timestamp(), end_reason = 'ended by its owner'
      WHERE operator_id = ${actor.id}::uuid AND ended_at IS NULL
        AND CASE WHEN ${one}::uuid IS NULL THEN id <> ${actor.sessionId ?? null}::uuid ELSE id = ${one}::uuid END RETURNING id::text`;
    if (one && ended.length === 0)
      throw new Refusal('conflict', 'This session is not alive any more. Nothing was changed.');
    return {
      result: { ended: ended.length },
      audit: { target: { type: 'operator', id: actor.id }, detail: { sessions: ended.map(({ id }) => id) } },
    };
  },
});
