import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { defineCommand, execute, requireStepUp } from '#lib/kernel/command.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId } from '#lib/kernel/ids.ts';
import { countFailure } from '#lib/staff/attempts.ts';
import type { DeskSession } from '#lib/staff/desk-sessions.ts';
import { lockOperator } from '#lib/staff/operator-may.ts';
import { notifyOperator } from '#lib/staff/outbox/queue-notice.ts';
import { assertionOptions, verifyAssertion } from '#lib/staff/passkeys.ts';

type Current = { actor: Actor; session: DeskSession };
const action = 'user_accounts_linked';

/** Another account of the same person in this tenant. `linked`: because its owner said so; else because of its mailbox. */
export type OwnAccount = {
  id: string;
  email: string;
  displayName: string;
  linked: boolean;
  roles: string[];
  customPermissions: string[];
};

/** The other accounts in this tenant that count as the same person as this one; a person has few. */
export async function accountsOfPerson(tx: Tx, tenantId: string, operatorId: string): Promise<OwnAccount[]> {
  return tx.$queryRaw<OwnAccount[]>`
    SELECT o.id::text, o.email, o.display_name AS "displayName", COALESCE(gatehouse_linked_person(o.id) = mine.person, false) AS linked,
      ARRAY(SELECT r.role FROM operator_roles r WHERE r.tenant_id = ${tenantId}::uuid AND r.operator_id = o.id ORDER BY r.role) AS roles,
      ARRAY(SELECT DISTINCT unnest(c.permissions) FROM operator_roles r JOIN custom_roles c ON c.tenant_id = r.tenant_id AND c.name = r.role
        WHERE r.tenant_id = ${tenantId}::uuid AND r.operator_id = o.id) AS "customPermissions"
    FROM operators o, (SELECT gatehouse_linked_person(${operatorId}::uuid) AS person) AS mine
    WHERE o.id <> ${operatorId}::uuid AND EXISTS (SELECT 1 FROM operator_roles r WHERE r.tenant_id = ${tenantId}::uuid AND r.operator_id = o.id)
      AND gatehouse_same_person(o.id, ${operatorId}::uuid)
    ORDER BY o.email LIMIT 20`;
}

/** Options for proving with a passkey of the other account that it is one's own; the challenge serves this session alone. */
export async function otherAccountOptions(
  database: Database,
  { actor, session }: Current,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  await requireStepUp(database, actor, action);
  return assertionOptions(database, { purpose: 'same-person', boundTo: session.id });
}

/**
 * Links another account of this tenant to one's own: both proved by a passkey, the one by the session's fresh proof, the other by
 * this assertion. From now on the two count as one person wherever two are asked for. @throws Refusal `step_up_required`,
 * `forbidden`, `conflict`, `not_found`
 */
export async function linkOtherAccount(
  database: Database,
  { actor, session }: Current,
  response: unknown,
): Promise<{ email: string }> {
  await requireStepUp(database, actor, action);
  const proof = await verifyAssertion(database, { purpose: 'same-person', boundTo: session.id, response });
  if (!proof.ok) {
    await countFailure(database, { purpose: 'step-up', account: null, ip: actor.ip, tenantId: actor.tenantId });
    await database.inTenant(actor.tenantId, (tx) =>
      appendAudit(tx, actor, {
        action: 'authn_login_fail',
        outcome: 'failure',
        detail: { purpose: 'same-person', why: proof.why },
      }),
    );
    throw new Refusal('forbidden', 'That passkey proved no account of this desk. Nothing was linked.');
  }
  if (proof.operatorId === actor.id)
    throw new Refusal(
      'conflict',
      'That was a passkey of the account you are signed in with. Use one of the other account. Nothing was linked.',
    );
  return execute(database, linkAccounts, actor, { otherId: proof.operatorId });
}

// Takes who the other is from a proof, so it is no command that anybody could call with an id.
const linkAccounts = defineCommand({
  action,
  permission: 'operator',
  stepUp: true,
  input: z.strictObject({ otherId: z.uuid() }),
  async run({ tx, actor, input: { otherId } }) {
    // In one order, so that two links of the same people take turns.
    for (const id of [actor.id, otherId].sort()) await lockOperator(tx, actor.tenantId, id);
    const { email } = await lockOperator(tx, actor.tenantId, otherId);
    const [before] = await tx.$queryRaw<{ mine: string | null; theirs: string | null }[]>`
      SELECT gatehouse_linked_person(${actor.id}::uuid)::text AS mine, gatehouse_linked_person(${otherId}::uuid)::text AS theirs`;
    const { mine = null, theirs = null } = before ?? {};
    if (mine !== null && mine === theirs)
      throw new Refusal('conflict', 'These two accounts are linked already. Nothing was changed.');
    const person = newId();
    await tx.$executeRaw`
      UPDATE operators SET person_id = ${person}::uuid
      WHERE id IN (${actor.id}::uuid, ${otherId}::uuid) OR person_id IN (${mine}::uuid, ${theirs}::uuid)`;
    for (const operatorId of [actor.id, otherId]) await tell(tx, actor, operatorId, 'was linked to another of yours');
    return {
      result: { email },
      audit: { target: { type: 'operator', id: otherId }, detail: { with: actor.id, email, person } },
    };
  },
});

/**
 * Takes an account out of its link, for a link that was wrong. Never one's own: whoever could would be two people again when it
 * suits. @throws Refusal `forbidden`, `not_found`, `conflict`
 */
export const separateAccount = defineCommand({
  action: 'user_accounts_separated',
  permission: 'staff:manage',
  stepUp: true,
  input: z.strictObject({ operatorId: z.uuid(), reason: z.string().trim().min(3).max(500) }),
  async run({ tx, actor, input: { operatorId, reason } }) {
    const { email } = await lockOperator(tx, actor.tenantId, operatorId);
    const [row] = await tx.$queryRaw<{ own: boolean }[]>`
      SELECT gatehouse_same_person(${actor.id}::uuid, ${operatorId}::uuid) AS own`;
    if (row?.own !== false)
      throw new Refusal('forbidden', 'Nobody separates accounts of their own. Ask another administrator.');
    const separated = await tx.$executeRaw`
      UPDATE operators SET person_id = NULL WHERE id = ${operatorId}::uuid AND person_id IS NOT NULL`;
    if (separated === 0) throw new Refusal('conflict', 'This account is linked to no other. Nothing was changed.');
    await tell(tx, actor, operatorId, `was separated from the others of its person by ${actor.label}`);
    return { result: { email }, audit: { target: { type: 'operator', id: operatorId }, reason, detail: { email } } };
  },
});

async function tell(tx: Tx, actor: Actor, operatorId: string, what: string): Promise<void> {
  await notifyOperator(tx, {
    tenantId: actor.tenantId,
    operatorId,
    kind: 'authenticators',
    subject: `Gatehouse: your account ${what}`,
    text: `Your operator account at Gatehouse ${what}. Accounts that are linked count as one person: what one of them asked for, the other cannot approve. It was ordered from the network address ${actor.ip ?? 'unknown'}. If you did not expect this, tell an administrator at once.`,
  });
}
