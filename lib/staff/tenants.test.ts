import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { permissions } from '#lib/model/permissions.ts';
import { acceptInvitation } from '#lib/staff/accept-invitation.ts';
import { operatorActor } from '#lib/staff/authenticate-caller.ts';
import { findDeskSession } from '#lib/staff/desk-sessions.ts';
import { inviteOperator } from '#lib/staff/invite.ts';
import { suspendOperator } from '#lib/staff/suspend-operator.ts';
import { createTenant, switchTenant, tenantsOf } from '#lib/staff/tenants.ts';
import { type TestOperator, testOperator } from '#lib/staff/test-operator.ts';

const home = '01900000-0000-7000-8000-000000000001';
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let other: string;
let ada: TestOperator;

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 4, statementTimeoutMs: 10_000 });
  other = (await createTenant(database, { slug: 'other', name: 'Other' })).id;
  ada = await testOperator(database, home, ['analyst'], 'ada');
});
afterAll(async () => {
  await database.close();
  await made.close();
});

const tokenOf = (operator: TestOperator) => operator.cookie.slice(operator.cookie.indexOf('=') + 1);
async function current(token: string) {
  const session = await findDeskSession(database, token, { extend: false });
  if (!session) throw new Error('no such session');
  return { session, actor: operatorActor(session, new Headers()) };
}
const invite = async (email: string, ...roles: string[]) =>
  (await execute(database, inviteOperator, systemActor(other, 'command line', permissions), { email, roles })).token;

test('a tenant is made once, with its first audit entry, and its name is checked', async () => {
  await expect(createTenant(database, { slug: 'other', name: 'Again' })).rejects.toMatchObject({ code: 'conflict' });
  await expect(createTenant(database, { slug: '../x', name: 'X' })).rejects.toMatchObject({ code: 'invalid_input' });
  expect(
    await asOwner(
      made.url,
      `SELECT 1 FROM audit_entries WHERE tenant_id = $1 AND seq = 1 AND action = 'tenant_created'`,
      [other],
    ),
  ).toHaveLength(1);
});

describe('an invitation to somebody who is an operator elsewhere', () => {
  test('is accepted with their own account alone, once, and adds no way to sign in', async () => {
    const token = await invite(ada.email, 'auditor');
    const eve = await testOperator(database, home, ['analyst'], 'eve');
    await expect(
      acceptInvitation(database, { actor: await eve.actor(), email: eve.email }, token),
    ).rejects.toMatchObject({ code: 'forbidden' });
    const stale = { ...(await ada.actor()), passkeyProofAgeSeconds: 301 };
    await expect(acceptInvitation(database, { actor: stale, email: ada.email }, token)).rejects.toMatchObject({
      code: 'step_up_required',
    });
    expect((await acceptInvitation(database, { actor: await ada.actor(), email: ada.email }, token)).roles).toEqual([
      'auditor',
    ]);
    await expect(
      acceptInvitation(database, { actor: await ada.actor(), email: ada.email }, token),
    ).rejects.toMatchObject({ code: 'gone' });
    expect(await tenantsOf(database, ada.id, home)).toMatchObject([
      { slug: 'main', current: true, roles: ['analyst'] },
      { slug: 'other', current: false, roles: ['auditor'] },
    ]);
  });
});

test('a second invitation here adds its roles to the account made meanwhile, where they go together', async () => {
  const here = systemActor(home, 'command line', permissions);
  const invited = async (...roles: string[]) =>
    (await execute(database, inviteOperator, here, { email: 'twice@example.org', roles })).token;
  const [second, third] = [await invited('auditor'), await invited('administrator')];
  const twice = await testOperator(database, home, ['incident-commander'], 'twice');
  const accept = async (token: string) =>
    acceptInvitation(database, { actor: await twice.actor(), email: twice.email }, token);
  expect(await accept(second)).toEqual({ tenantId: home, roles: ['auditor'] });
  await expect(accept(third)).rejects.toMatchObject({ code: 'conflict' });
  expect(await tenantsOf(database, twice.id, home)).toMatchObject([{ roles: ['auditor', 'incident-commander'] }]);
});

describe('[v5.0.0-V8.4.1] changing the tenant', () => {
  test('[v5.0.0-V7.2.4] changes rights and token, never the person; the old token is dead; both tenants know', async () => {
    const cay = await testOperator(database, home, ['analyst'], 'cay');
    const invited = await invite(cay.email, 'auditor');
    await acceptInvitation(database, { actor: await cay.actor(), email: cay.email }, invited);
    const before = await current(tokenOf(cay));
    const token = await switchTenant(database, before, { tenantId: other, oldToken: tokenOf(cay) });
    expect(await findDeskSession(database, tokenOf(cay), { extend: false })).toBeNull();
    const after = await current(token);
    expect(after.actor).toMatchObject({ id: before.actor.id, label: before.actor.label, tenantId: other });
    expect(after.actor.permissions.has('revocations:propose')).toBe(false);
    expect(after.actor.permissions.has('staff:read')).toBe(true);
    expect(after.session.provedAt).toEqual(before.session.provedAt);
    const entries = await asOwner<{ tenant_id: string }>(
      made.url,
      `SELECT tenant_id FROM audit_entries WHERE action = 'session_tenant_changed' ORDER BY tenant_id`,
    );
    expect(new Set(entries.map(({ tenant_id }) => tenant_id))).toEqual(new Set([home, other]));
    await switchTenant(database, after, { tenantId: home, oldToken: token });
  });

  test('goes nowhere one has no role, or is suspended; the answer is that of an unknown tenant', async () => {
    const bob = await testOperator(database, home, ['analyst'], 'bob');
    const third = (await createTenant(database, { slug: 'third', name: 'Third' })).id;
    const at = await current(tokenOf(bob));
    for (const tenantId of [other, third, '01900000-0000-7000-8000-0000000000ff'])
      await expect(switchTenant(database, at, { tenantId, oldToken: tokenOf(bob) })).rejects.toThrow(
        /no such tenant among yours/,
      );
    await acceptInvitation(database, { actor: at.actor, email: bob.email }, await invite(bob.email, 'viewer'));
    await execute(database, suspendOperator, systemActor(other, 'command line', permissions), {
      operatorId: bob.id,
      reason: 'test',
    });
    await expect(switchTenant(database, at, { tenantId: other, oldToken: tokenOf(bob) })).rejects.toThrow(
      /no such tenant among yours/,
    );
    expect(await findDeskSession(database, tokenOf(bob), { extend: false })).not.toBeNull();
  });
});
