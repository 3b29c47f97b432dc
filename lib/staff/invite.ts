import { z } from 'zod';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId, newSecret, sha256, stableId } from '#lib/kernel/ids.ts';
import { roles } from '#lib/model/permissions.ts';
import { roleNameShape } from '#lib/staff/custom-roles.ts';
import { type IdentityGiven, identityShape, linkInTransaction } from '#lib/staff/federation/identities.ts';
import { addPasskey, type NewPasskey } from '#lib/staff/new-passkey.ts';
import { standingOf } from '#lib/staff/operator-may.ts';
import { refuseOneself, requireSeparation } from '#lib/staff/roles-of-operators.ts';

/** How long an enrolment link serves. */
export const enrolmentMinutes = 60;
const bootstrap = 'first administrator';
const ownRole = 'Nobody raises their own role. Ask another administrator.';

/**
 * Invites an operator: a one-time link, bound to the e-mail and the roles, that ends in a passkey. Returns the secret once. For
 * somebody who holds a role here already there is nothing to accept: the refusal names their page, where roles are given.
 * @throws Refusal `forbidden` for a mailbox of one's own, `conflict`, `invalid_input` for a role that is not known
 */
export const inviteOperator = defineCommand({
  action: 'user_invited',
  permission: 'staff:manage',
  input: z.strictObject({
    email: z
      .string()
      .trim()
      .transform((text) => text.normalize('NFKC').toLowerCase())
      .pipe(z.email({ error: 'expected an e-mail address' }).max(254)),
    roles: z
      .array(roleNameShape)
      .min(1, `expected some of: ${roles.join(', ')}`)
      .max(20),
    /** The account at a sign-in provider that the invitation links to the new operator. */
    identity: identityShape.nullable().default(null),
  }),
  async run({ tx, actor, input }) {
    const known = await tx.operator.findUnique({
      where: { email: input.email },
      include: { roles: { where: { tenantId: actor.tenantId }, take: 1 } },
    });
    if (known) await refuseOneself(tx, actor, known.id, ownRole);
    else await refuseOwnMailbox(tx, actor, input.email);
    if (known && known.roles.length > 0)
      throw new Refusal(
        'conflict',
        `${input.email} belongs to the staff here already, so there is nothing to invite them to. Give roles, or take them away, on their page. Nothing was changed.`,
        { see: { label: `Open the page of ${known.displayName}`, path: `/settings/staff/${known.id}` } },
      );
    await requireSeparation(tx, actor.tenantId, input.roles);
    const { id, token } = await createEnrolment(tx, {
      tenantId: actor.tenantId,
      email: input.email,
      roles: input.roles,
      createdBy: actor.label,
      createdById: actor.type === 'operator' ? actor.id : null,
      identity: input.identity,
    });
    return {
      result: { token, email: input.email },
      audit: {
        target: { type: 'enrolment', id },
        detail: { email: input.email, roles: input.roles, identity: input.identity },
      },
    };
  },
});

/** An invitation to a mailbox of one's own would make a second account of the same person, with roles of one's own choice. */
async function refuseOwnMailbox(tx: Tx, actor: Actor, email: string): Promise<void> {
  if (actor.type !== 'operator') return;
  const [row] = await tx.$queryRaw<{ own: boolean }[]>`
    SELECT gatehouse_mailbox(${email}) = ANY(gatehouse_mailboxes_of(${actor.id}::uuid)) AS own`;
  if (row?.own !== false) throw new Refusal('forbidden', ownRole);
}

/** The address of an enrolment. The secret stands behind the #, so browsers send it to no server and no log. */
export function enrolmentLink(publicUrl: string, token: string): string {
  return `${publicUrl}/enrol#${token}`;
}

/**
 * A fresh one-time link for the first administrator while no enabled administrator has a passkey; earlier ones that were not
 * used stop working. `null` once there is one. There is no default account.
 */
export async function ensureFirstAdministratorLink(database: Database, publicUrl: string): Promise<string | null> {
  const tenant = await database.outsideTenants(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('gatehouse-first-administrator'))`;
    const [found] = await tx.$queryRaw<{ id: string; administrators: number }[]>`
      SELECT t.id::text, (SELECT count(*)::int FROM operator_roles r JOIN operators o ON o.id = r.operator_id AND o.disabled_at IS NULL
        WHERE r.role = 'administrator' AND EXISTS (SELECT 1 FROM passkeys k WHERE k.operator_id = o.id)) AS administrators
      FROM tenants t ORDER BY t.created_at, t.id LIMIT 1`;
    return found && found.administrators === 0 ? found : null;
  });
  if (!tenant) return null;
  return database.inTenant(tenant.id, async (tx) => {
    await tx.$executeRaw`UPDATE enrolments SET expires_at = clock_timestamp() WHERE created_by = ${bootstrap} AND used_at IS NULL AND expires_at > clock_timestamp()`;
    const { id, token } = await createEnrolment(tx, {
      tenantId: tenant.id,
      email: 'administrator@localhost',
      roles: ['administrator'],
      createdBy: bootstrap,
      createdById: null,
    });
    await appendAudit(tx, systemActor(tenant.id, 'Gatehouse'), {
      action: 'authn_token_created',
      outcome: 'success',
      target: { type: 'enrolment', id },
      detail: { for: bootstrap },
    });
    return enrolmentLink(publicUrl, token);
  });
}

export type OpenEnrolment = {
  id: string;
  tenantId: string;
  email: string;
  roles: string[];
  operatorId: string;
  isBootstrap: boolean;
  identity: unknown;
};

/** The unused, unexpired enrolment behind a token. @throws Refusal `gone` for any other token, whatever is wrong with it */
export async function findEnrolment(tx: Tx, token: string): Promise<OpenEnrolment> {
  const [row] = await tx.$queryRaw<(Omit<OpenEnrolment, 'operatorId' | 'isBootstrap'> & { createdBy: string })[]>`
    SELECT id::text, tenant_id::text AS "tenantId", email, roles, created_by AS "createdBy", identity FROM enrolments
    WHERE token_hash = ${new Uint8Array(sha256(token))} AND used_at IS NULL AND expires_at > clock_timestamp()`;
  if (!row)
    throw new Refusal(
      'gone',
      'This link was used already, was replaced, or is older than an hour. Ask for a new one: npm run gatehouse -- staff invite',
    );
  const { createdBy, ...enrolment } = row;
  const isBootstrap = createdBy === bootstrap;
  return {
    ...enrolment,
    isBootstrap,
    operatorId: isBootstrap ? stableId('operator-of', row.id) : stableId('operator', row.email),
  };
}

/**
 * Where an invitation leads, for whoever holds its link: the tenant's name, and whether its e-mail has an account of this desk
 * already, which accepts it instead of enrolling again.
 */
export async function placeOfInvitation(
  tx: Tx,
  enrolment: OpenEnrolment,
): Promise<{ tenant: string; hasAccount: boolean }> {
  const [row] = await tx.$queryRaw<{ tenant: string; hasAccount: boolean }[]>`
    SELECT t.name AS tenant, EXISTS (SELECT 1 FROM operators o JOIN passkeys k ON k.operator_id = o.id WHERE o.email = ${enrolment.email}) AS "hasAccount"
    FROM tenants t WHERE t.id = ${enrolment.tenantId}::uuid`;
  return { tenant: row?.tenant ?? '', hasAccount: !enrolment.isBootstrap && (row?.hasAccount ?? false) };
}

/**
 * Uses an enrolment up: makes the operator (or finds the one of that e-mail), grants the roles, stores the passkey. Of any number
 * of parallel tries one succeeds. The first administrator gives their own e-mail here. @throws Refusal `gone`, `conflict`
 */
export async function completeEnrolment(
  database: Database,
  input: {
    enrolment: OpenEnrolment;
    email: string;
    displayName: string;
    passkeyName: string;
    passkey: NewPasskey;
    ip: string | null;
  },
): Promise<{ operatorId: string; passkeyId: string; tenantId: string }> {
  const { enrolment } = input;
  return database.inTenant(enrolment.tenantId, async (tx) => {
    const used = await tx.$executeRaw`
      UPDATE enrolments SET used_at = clock_timestamp() WHERE id = ${enrolment.id}::uuid AND used_at IS NULL AND expires_at > clock_timestamp()`;
    if (used === 0)
      throw new Refusal('gone', 'This link was used already or has expired meanwhile. Ask for a new one.');
    const existing = await tx.operator.findUnique({ where: { email: input.email } });
    if (existing && existing.id !== enrolment.operatorId)
      throw new Refusal('conflict', 'There is already an operator with this e-mail address. Choose another.');
    // A link adds no authenticator to an account that has one: whoever made it could otherwise sign in as that person.
    if (existing && (await tx.passkey.count({ where: { operatorId: existing.id } })) > 0)
      throw new Refusal(
        'conflict',
        'You have an account at this desk already. Sign in, then accept the invitation there.',
      );
    if (existing?.disabledAt)
      throw new Refusal('conflict', 'This operator is disabled. An administrator has to enable the account first.');
    if (!existing)
      await tx.operator.create({
        data: { id: enrolment.operatorId, email: input.email, displayName: input.displayName, enrolmentOpen: true },
      });
    const held = await standingOf(tx, enrolment.tenantId, enrolment.operatorId);
    // Between invitation and enrolment other roles may have come; together they must still be allowed.
    await requireSeparation(tx, enrolment.tenantId, [...held.roles, ...enrolment.roles]);
    const invited = await tx.enrolment.findUniqueOrThrow({ where: { id: enrolment.id } });
    await tx.operatorRole.createMany({
      data: enrolment.roles.map((role) => ({
        tenantId: enrolment.tenantId,
        operatorId: enrolment.operatorId,
        role,
        grantedBy: invited.createdBy,
        grantedById: invited.createdById,
      })),
      skipDuplicates: true,
    });
    const passkeyId = await addPasskey(tx, enrolment.operatorId, input.passkeyName, input.passkey);
    if (enrolment.identity)
      await linkInTransaction(tx, {
        tenantId: enrolment.tenantId,
        operatorId: enrolment.operatorId,
        identity: identityShape.parse(enrolment.identity),
        linkedBy: 'the invitation',
      });
    const actor: Actor = {
      type: 'operator',
      id: enrolment.operatorId,
      label: input.displayName,
      tenantId: enrolment.tenantId,
      permissions: new Set(),
      ip: input.ip,
      requestId: null,
    };
    await appendAudit(tx, actor, {
      action: 'user_created',
      outcome: 'success',
      target: { type: 'operator', id: enrolment.operatorId },
      detail: {
        email: input.email,
        roles: enrolment.roles,
        passkey: input.passkeyName,
        passkey_kind: input.passkey.deviceType,
      },
    });
    return { operatorId: enrolment.operatorId, passkeyId, tenantId: enrolment.tenantId };
  });
}

async function createEnrolment(
  tx: Tx,
  input: {
    tenantId: string;
    email: string;
    roles: readonly string[];
    createdBy: string;
    createdById: string | null;
    identity?: IdentityGiven | null;
  },
): Promise<{ id: string; token: string }> {
  const id = newId();
  const token = newSecret();
  await tx.$executeRaw`
    INSERT INTO enrolments (id, tenant_id, token_hash, email, roles, created_by, created_by_id, identity, expires_at)
    VALUES (${id}::uuid, ${input.tenantId}::uuid, ${new Uint8Array(sha256(token))}, ${input.email}, ${[...input.roles]}::text[], ${input.createdBy}, ${input.createdById}::uuid, ${input.identity ? JSON.stringify(input.identity) : null}::jsonb,
      clock_timestamp() + make_interval(mins => ${enrolmentMinutes}))`;
  return { id, token };
}
