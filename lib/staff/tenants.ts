import { z } from 'zod';
import type { Actor } from '#lib/kernel/actor.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId, newSecret, sha256 } from '#lib/kernel/ids.ts';
import type { DeskSession } from '#lib/staff/desk-sessions.ts';

export type TenantChoice = { id: string; slug: string; name: string; roles: string[]; current: boolean };

/** The tenants an operator may work in: those where they hold a role and are not suspended. */
export async function tenantsOf(database: Database, operatorId: string, currentId: string): Promise<TenantChoice[]> {
  return database.outsideTenants(
    (tx) => tx.$queryRaw<TenantChoice[]>`
      SELECT t.id::text, t.slug, t.name, t.id = ${currentId}::uuid AS current,
        ARRAY(SELECT r.role FROM operator_roles r WHERE r.tenant_id = t.id AND r.operator_id = ${operatorId}::uuid ORDER BY r.role) AS roles
      FROM tenants t WHERE EXISTS (SELECT 1 FROM operator_roles r WHERE r.tenant_id = t.id AND r.operator_id = ${operatorId}::uuid)
        AND NOT EXISTS (SELECT 1 FROM operator_suspensions s WHERE s.tenant_id = t.id AND s.operator_id = ${operatorId}::uuid)
      ORDER BY t.name, t.id LIMIT 500`,
  );
}

/**
 * Goes on working in another tenant: the same person, proved as before, with other rights. The session's row moves and gets a new
 * token (ASVS 7.2.4); the old token is dead. Written down in both tenants.
 * @returns the new token @throws Refusal `not_found` for a tenant that is unknown or not theirs, `not_signed_in`
 */
export async function switchTenant(
  database: Database,
  current: { actor: Actor; session: DeskSession },
  input: { tenantId: string; oldToken: string },
): Promise<string> {
  const { actor, session } = current;
  const choices = await tenantsOf(database, actor.id, actor.tenantId);
  const chosen = choices.find(({ id }) => id === input.tenantId);
  if (!chosen || session.limitedTo) throw new Refusal('not_found', 'There is no such tenant among yours.');
  if (chosen.current) throw new Refusal('conflict', `You work in ${chosen.name} already. Nothing was changed.`);
  const token = newSecret();
  return database.inTenant(actor.tenantId, async (tx) => {
    const moved = await tx.$executeRaw`
      UPDATE operator_sessions SET tenant_id = ${chosen.id}::uuid, token_hash = ${new Uint8Array(sha256(token))}
      WHERE id = ${session.id}::uuid AND token_hash = ${new Uint8Array(sha256(input.oldToken))} AND ended_at IS NULL
        AND clock_timestamp() < idle_expires_at AND clock_timestamp() < absolute_expires_at`;
    if (moved === 0) throw new Refusal('not_signed_in', 'Your session ended meanwhile. Sign in again.');
    const fact = {
      action: 'session_tenant_changed',
      outcome: 'success',
      target: { type: 'desk_session', id: session.id },
    } as const;
    await appendAudit(tx, actor, { ...fact, detail: { to: chosen.slug } });
    await enter(tx, chosen.id);
    const from = choices.find(({ id }) => id === actor.tenantId)?.slug ?? null;
    await appendAudit(tx, { ...actor, tenantId: chosen.id }, { ...fact, detail: { from } });
    return token;
  });
}

const slugShape = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,39}$/, 'expected lower-case letters, digits and hyphens, 2 to 40 of them');

/**
 * Makes a tenant: an empty wall with nobody behind it. Only whoever holds the machine does this; the first administrator is
 * invited by `staff invite --tenant`. @throws Refusal `invalid_input`, `conflict`
 */
export async function createTenant(database: Database, input: { slug: string; name: string }): Promise<{ id: string }> {
  const slug = slugShape.safeParse(input.slug);
  const name = z.string().trim().min(1).max(100).safeParse(input.name);
  if (!slug.success || !name.success)
    throw new Refusal('invalid_input', slug.error?.issues[0]?.message ?? 'expected a name of up to 100 characters');
  const id = newId();
  await database.inTenant(id, async (tx) => {
    const made = await tx.$executeRaw`
      INSERT INTO tenants (id, slug, name) VALUES (${id}::uuid, ${slug.data}, ${name.data}) ON CONFLICT (slug) DO NOTHING`;
    if (made === 0) throw new Refusal('conflict', `There is a tenant ${slug.data} already. Nothing was changed.`);
    await appendAudit(tx, systemActor(id, 'command line'), {
      action: 'tenant_created',
      outcome: 'success',
      target: { type: 'tenant', id },
      detail: { slug: slug.data, name: name.data },
    });
  });
  return { id };
}

/** Moves the running transaction into another tenant: for the one act that is written down in two. */
async function enter(tx: Tx, tenantId: string): Promise<void> {
  await tx.$executeRaw`SELECT set_config('gatehouse.tenant', ${tenantId}, true)`;
}
