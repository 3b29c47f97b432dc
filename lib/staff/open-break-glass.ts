import { z } from 'zod';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { sha256, stableId } from '#lib/kernel/ids.ts';
import { withinAttempts } from '#lib/staff/attempts.ts';
import { breakGlassActor, breakGlassMinutes } from '#lib/staff/break-glass.ts';
import { createDeskSession } from '#lib/staff/desk-sessions.ts';
import { queueForEverybody } from '#lib/staff/notify-everybody.ts';

/** What two people type together: each their half, and why. */
export const openBreakGlassInput = z.strictObject({
  tenant: z.string().trim().min(1).max(40),
  firstHalf: z.string().trim().max(100),
  secondHalf: z.string().trim().max(100),
  reason: z.string().trim().min(3, 'Say in a few words why; everybody on the staff reads it.').max(500),
});

/**
 * Opens the break-glass account of a tenant with both halves of its code, in either order, once: it works as an administrator for
 * an hour. A critical signal is raised and everybody on the staff is told, in the same transaction. `null` for anything wrong,
 * the same for all of it. @throws Refusal `rate_limited`
 */
export async function openBreakGlass(
  database: Database,
  input: z.output<typeof openBreakGlassInput>,
  at: { ip: string | null; userAgent: string | null },
): Promise<string | null> {
  const tenant = await database.outsideTenants((tx) => tx.tenant.findUnique({ where: { slug: input.tenant } }));
  return withinAttempts(
    database,
    { purpose: 'break-glass', account: input.tenant, ip: at.ip, ...(tenant ? { tenantId: tenant.id } : {}) },
    async () => {
      if (!tenant) return null;
      return database.inTenant(tenant.id, async (tx) => {
        const [first, second] = [input.firstHalf, input.secondHalf].map((half) => new Uint8Array(sha256(half)));
        const [opened] = await tx.$queryRaw<{ operatorId: string; holders: string[]; until: Date }[]>`
          UPDATE break_glass_accounts SET state = 'opened', opened_at = clock_timestamp(), reason = ${input.reason},
            opened_until = clock_timestamp() + make_interval(mins => ${breakGlassMinutes}) - interval '1 second'
          WHERE tenant_id = ${tenant.id}::uuid AND state = 'sealed'
            AND ((first_half = ${first} AND second_half = ${second}) OR (first_half = ${second} AND second_half = ${first}))
          RETURNING operator_id::text AS "operatorId", holders, opened_until AS until`;
        if (!opened) {
          await appendAudit(tx, breakGlassActor(tenant.id, stableId('break-glass', tenant.id), at.ip), {
            action: 'authn_login_fail',
            outcome: 'failure',
            detail: { way: 'break-glass' },
          });
          return null;
        }
        return enter(tx, tenant.id, opened, input.reason, at);
      });
    },
  );
}

async function enter(
  tx: Tx,
  tenantId: string,
  { operatorId, holders, until }: { operatorId: string; holders: string[]; until: Date },
  reason: string,
  at: { ip: string | null; userAgent: string | null },
): Promise<string> {
  await tx.operatorRole.createMany({
    data: [
      { tenantId, operatorId, role: 'administrator', grantedBy: `${holders.join(' and ')}, by breaking the glass` },
    ],
    skipDuplicates: true,
  });
  const session = await createDeskSession(tx, {
    operatorId,
    tenantId,
    way: 'break-glass',
    passkeyId: null,
    ip: at.ip,
    userAgent: at.userAgent,
    absoluteHours: breakGlassMinutes / 60,
  });
  const words = `The break-glass account was opened with the halves of ${holders.join(' and ')}: ${reason}`;
  await tx.$executeRaw`
    INSERT INTO signals (tenant_id, id, detector, key, severity, severity_rank, state, title, summary, ip, first_at, last_at, evidence, explanations)
    VALUES (${tenantId}::uuid, ${stableId('signal', tenantId, `break-glass ${session.id}`)}::uuid, 'break-glass', ${`break-glass ${session.id}`}, 'critical', 4, 'open',
      'Break-glass account opened', ${words}, ${at.ip}::inet, clock_timestamp(), clock_timestamp(),
      ${JSON.stringify({ holders, reason, until: until.toISOString() })}::jsonb, '[]'::jsonb)`;
  await queueForEverybody(tx, tenantId, {
    subject: 'The break-glass account was opened',
    text: `${words}\n\nIt works as an administrator until ${until.toISOString()}. If you do not know of this, act now: end its session on the staff page and look at the audit.`,
  });
  await appendAudit(tx, breakGlassActor(tenantId, operatorId, at.ip), {
    action: 'break_glass_opened',
    outcome: 'success',
    target: { type: 'desk_session', id: session.id },
    reason,
    detail: { holders, until: until.toISOString() },
  });
  return session.token;
}
