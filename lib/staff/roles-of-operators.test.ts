import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { systemActor } from '#lib/kernel/actor.ts';
import { defineCommand, execute } from '#lib/kernel/command.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { newId } from '#lib/kernel/ids.ts';
import { permissions } from '#lib/model/permissions.ts';
import { retireCustomRole, saveCustomRole } from '#lib/staff/custom-roles.ts';
import { findDeskSession } from '#lib/staff/desk-sessions.ts';
import { inviteOperator } from '#lib/staff/invite.ts';
import { operatorMay } from '#lib/staff/operator-may.ts';
import { grantRole, revokeRole } from '#lib/staff/roles-of-operators.ts';
import { setRolePolicy } from '#lib/staff/set-role-policy.ts';
import { restoreOperator, suspendOperator } from '#lib/staff/suspend-operator.ts';
import { type TestOperator, testOperator } from '#lib/staff/test-operator.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const system = systemActor(tenantId, 'test', permissions);
let made: Awaited<ReturnType<typeof testDatabase>>;
let database: Database;
let first: TestOperator;
let second: TestOperator;

beforeAll(async () => {
  made = await testDatabase();
  database = openDatabase({ url: made.url, name: 'test', connections: 6, statementTimeoutMs: 10_000 });
  first = await testOperator(database, tenantId, ['administrator'], 'first');
  second = await testOperator(database, tenantId, ['administrator'], 'second');
});
afterAll(async () => {
  await database.close();
  await made.close();
});

const may = (operator: TestOperator, permission: (typeof permissions)[number]) =>
  database.inTenant(tenantId, (tx) => operatorMay(tx, tenantId, operator.id, permission));
const auditOf = (action: string) =>
  asOwner<{ entry: string }>(made.url, 'SELECT entry FROM audit_entries WHERE action = $1 ORDER BY seq', [action]);

describe('nobody raises their own role', () => {
  test('not by granting, not by an invitation to oneself, not by widening a role one holds; each try is on record', async () => {
    const actor = await first.actor();
    const before = (await auditOf('authz_fail')).length;
    await expect(execute(database, grantRole, actor, { operatorId: first.id, role: 'auditor' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      execute(database, inviteOperator, actor, { email: first.email, roles: ['auditor'] }),
    ).rejects.toMatchObject({
      code: 'forbidden',
    });
    await execute(database, saveCustomRole, actor, {
      name: 'own',
      description: 'to be widened',
      permissions: ['audit:read'],
    });
    await execute(database, grantRole, await second.actor(), { operatorId: first.id, role: 'own' });
    await expect(
      execute(database, saveCustomRole, actor, { name: 'own', description: 'widened', permissions: ['events:write'] }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    expect((await auditOf('authz_fail')).length).toBe(before + 3);
    await execute(database, revokeRole, await second.actor(), { operatorId: first.id, role: 'own' });
  });

  test('the database holds it too', async () => {
    await expect(
      asOwner(
        made.url,
        `INSERT INTO operator_roles (tenant_id, operator_id, role, granted_by, granted_by_id) VALUES ($1, $2, 'auditor', 'me', $2)`,
        [tenantId, first.id],
      ),
    ).rejects.toThrow(/not_by_oneself/);
  });
});

describe('[v5.0.0-V8.3.2] a change of permission acts at once', () => {
  test('a role given and taken shows in the very next look, in sessions and in what was signed before', async () => {
    const commander = await testOperator(database, tenantId, ['incident-commander']);
    expect(await may(commander, 'revocations:approve')).toBe(true);
    await execute(database, grantRole, system, { operatorId: commander.id, role: 'auditor' });
    expect((await commander.actor()).permissions.has('staff:read')).toBe(true);
    await execute(database, revokeRole, system, { operatorId: commander.id, role: 'incident-commander' });
    expect((await commander.actor()).permissions.has('revocations:approve')).toBe(false);
    expect(await may(commander, 'revocations:approve')).toBe(false);
    const told = await asOwner<{ subject: string }>(
      made.url,
      'SELECT subject FROM notices WHERE operator_id = $1 ORDER BY created_at, id',
      [commander.id],
    );
    expect(told.map(({ subject }) => subject)).toEqual([
      'Gatehouse: you were given the role auditor',
      'Gatehouse: the role incident-commander was taken from you',
    ]);
    await execute(database, revokeRole, system, { operatorId: commander.id, role: 'auditor' });
    await expect(commander.actor()).rejects.toThrow(/not alive/);
  });

  test('[v5.0.0-V7.4.2] a suspended operator has no session, gets none, and counts for nothing; lifted, they count again', async () => {
    const commander = await testOperator(database, tenantId, ['incident-commander']);
    const token = commander.cookie.split('=')[1] ?? '';
    await execute(database, suspendOperator, await first.actor(), {
      operatorId: commander.id,
      reason: 'left the company',
    });
    expect(await findDeskSession(database, token, { extend: true })).toBeNull();
    expect(await may(commander, 'revocations:approve')).toBe(false);
    await expect(
      asOwner(made.url, 'UPDATE operator_sessions SET ended_at = NULL WHERE operator_id = $1', [commander.id]),
    ).rejects.toThrow(/suspended in this tenant/);
    await execute(database, restoreOperator, await first.actor(), { operatorId: commander.id });
    expect(await may(commander, 'revocations:approve')).toBe(true);
  });
});

describe('custom roles', () => {
  test('compose permissions, act at once when changed, and go when nobody holds them', async () => {
    const person = await testOperator(database, tenantId, ['viewer']);
    const save = (...names: string[]) =>
      execute(database, saveCustomRole, system, {
        name: 'night-shift',
        description: 'signals at night',
        permissions: names,
      });
    await save('signals:write');
    await execute(database, grantRole, system, { operatorId: person.id, role: 'night-shift' });
    expect((await person.actor()).permissions.has('signals:write')).toBe(true);
    await save('revocations:propose');
    expect((await person.actor()).permissions.has('signals:write')).toBe(false);
    expect(await may(person, 'revocations:propose')).toBe(true);
    await expect(execute(database, retireCustomRole, system, { name: 'night-shift' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(asOwner(made.url, `DELETE FROM custom_roles WHERE name = 'night-shift'`)).rejects.toThrow(
      /somebody holds/,
    );
    await execute(database, revokeRole, system, { operatorId: person.id, role: 'night-shift' });
    await execute(database, retireCustomRole, system, { name: 'night-shift' });
    await expect(
      execute(database, grantRole, system, { operatorId: person.id, role: 'night-shift' }),
    ).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });

  test.each([
    ['a name that is built in', { name: 'administrator', permissions: ['audit:read'] }, 'invalid_input'],
    ['a permission that does not exist', { name: 'x-role', permissions: ['everything:do'] }, 'invalid_input'],
    ['both hands in one role', { name: 'x-role', permissions: ['staff:manage', 'keys:approve'] }, 'conflict'],
  ])('%s is refused', async (_what, input, code) => {
    await expect(
      execute(database, saveCustomRole, system, { description: 'not to be', ...input }),
    ).rejects.toMatchObject({ code });
  });

  test('a role that exists only in another tenant cannot be given here, nor seen', async () => {
    const other = newId();
    await asOwner(made.url, `INSERT INTO tenants (id, slug, name) VALUES ($1, 'other', 'Other')`, [other]);
    await execute(database, saveCustomRole, systemActor(other, 'test', permissions), {
      name: 'theirs',
      description: 'of the other tenant',
      permissions: ['audit:read'],
    });
    const person = await testOperator(database, tenantId, ['viewer']);
    await expect(execute(database, grantRole, system, { operatorId: person.id, role: 'theirs' })).rejects.toMatchObject(
      { code: 'invalid_input' },
    );
    await expect(
      asOwner(
        made.url,
        `INSERT INTO operator_roles (tenant_id, operator_id, role, granted_by) VALUES ($1, $2, 'theirs', 'sql')`,
        [tenantId, person.id],
      ),
    ).rejects.toThrow(/no role theirs/);
    await expect(
      execute(database, grantRole, systemActor(other, 'test', permissions), { operatorId: person.id, role: 'theirs' }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('separation of duties', () => {
  test('a combination that would let one person sign alone is refused with its reason, also through a changed role', async () => {
    const person = await testOperator(database, tenantId, ['incident-commander']);
    await expect(
      execute(database, grantRole, system, { operatorId: person.id, role: 'administrator' }),
    ).rejects.toThrow(/second account/);
    await execute(database, saveCustomRole, system, {
      name: 'clerk',
      description: 'reads',
      permissions: ['staff:read'],
    });
    const granted = await execute(database, grantRole, system, { operatorId: person.id, role: 'clerk' });
    expect(granted.flagged.map(({ id }) => id)).toContain('revocation-both-sides');
    await expect(
      execute(database, saveCustomRole, system, {
        name: 'clerk',
        description: 'makes tokens',
        permissions: ['tokens:manage'],
      }),
    ).rejects.toThrow(/hold too much/);
    await expect(
      execute(database, inviteOperator, system, {
        email: 'new@example.org',
        roles: ['administrator', 'key-custodian'],
      }),
    ).rejects.toThrow(/do not go together/);
  });
});

describe('two administrators are left, whatever happens', () => {
  test('the last but one cannot be demoted, suspended or disabled, and leaves again once a third is there', async () => {
    for (const act of [
      execute(database, revokeRole, system, { operatorId: second.id, role: 'administrator' }),
      execute(database, suspendOperator, system, { operatorId: second.id, reason: 'test' }),
    ])
      await expect(act).rejects.toThrow(/Two administrators with a passkey/);
    await expect(
      asOwner(made.url, 'UPDATE operators SET disabled_at = now() WHERE id = $1', [second.id]),
    ).rejects.toThrow(/two administrators/);
    const third = await testOperator(database, tenantId, ['administrator'], 'third');
    await execute(database, revokeRole, system, { operatorId: third.id, role: 'administrator' });
  });

  test('two people demoting two of three at the same moment: one succeeds', async () => {
    const third = await testOperator(database, tenantId, ['administrator', 'viewer'], 'third-again');
    await execute(database, grantRole, system, { operatorId: second.id, role: 'viewer' });
    for (let round = 0; round < 5; round += 1) {
      const tries = await Promise.allSettled(
        [second, third].map(({ id }) =>
          execute(database, revokeRole, system, { operatorId: id, role: 'administrator' }),
        ),
      );
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const [left] = await asOwner<{ able: number }>(made.url, 'SELECT gatehouse_able_administrators($1) AS able', [
        tenantId,
      ]);
      expect(left?.able).toBe(2);
      const demoted = [second, third][tries.findIndex(({ status }) => status === 'fulfilled')];
      await execute(database, grantRole, system, { operatorId: demoted?.id, role: 'administrator' });
    }
  });
});

describe('two administrators are two people, not two accounts', () => {
  const tenant = newId();
  const here = systemActor(tenant, 'test', permissions);
  const people = async () =>
    (await asOwner<{ able: number }>(made.url, 'SELECT gatehouse_able_administrators($1) AS able', [tenant]))[0]?.able;
  const demote = (who: TestOperator) =>
    execute(database, revokeRole, here, { operatorId: who.id, role: 'administrator' });
  const promote = (who: TestOperator) =>
    execute(database, grantRole, here, { operatorId: who.id, role: 'administrator' });
  let one: TestOperator;
  let oneAgain: TestOperator;
  let two: TestOperator;
  beforeAll(async () => {
    await asOwner(made.url, `INSERT INTO tenants (id, slug, name) VALUES ($1, 'people', 'People')`, [tenant]);
    one = await testOperator(database, tenant, ['administrator'], 'one');
    oneAgain = await testOperator(database, tenant, ['administrator', 'viewer'], 'one-again');
    two = await testOperator(database, tenant, ['administrator', 'viewer'], 'two');
  });

  test('linked accounts, mailboxes and what they pass on count once; the other person cannot go', async () => {
    expect(await people()).toBe(3);
    await demote(two);
    await promote(two);
    await asOwner(made.url, 'UPDATE operators SET person_id = $1 WHERE id = ANY($2)', [newId(), [one.id, oneAgain.id]]);
    expect(await people()).toBe(2);
    for (const act of [
      () => demote(two),
      () => execute(database, suspendOperator, here, { operatorId: two.id, reason: 'test' }),
    ])
      await expect(act()).rejects.toThrow(/Two administrators with a passkey/);
    await expect(asOwner(made.url, 'UPDATE operators SET disabled_at = now() WHERE id = $1', [two.id])).rejects.toThrow(
      /two administrators/,
    );
    // One of the accounts of a person may go: their other one stays.
    await demote(oneAgain);
    await promote(oneAgain);
    // A mailbox of the second account, which shares nothing with the first.
    const third = await testOperator(database, tenant, ['administrator', 'viewer'], 'one-again+third');
    expect(await people()).toBe(2);
    await demote(third);
  });

  test('an account at a sign-in provider with the mailbox of another account counts, whichever tenant asks', async () => {
    const provider = newId();
    const corporate = await testOperator(database, tenant, ['administrator'], 'corporate');
    expect(await people()).toBe(3);
    await asOwner(
      made.url,
      `INSERT INTO providers (tenant_id, id, slug, kind, name, issuer) VALUES ('${tenant}', '${provider}', 'corp', 'ocsf', 'Corp', 'urn:corp');
       INSERT INTO people (tenant_id, id, provider_id, issuer, subject, account_type, email, first_seen_at, last_seen_at, sign_ins, failures)
         VALUES ('${tenant}', '${newId()}', '${provider}', 'urn:corp', 's1', 'human', '${two.email}', now(), now(), 1, 0);
       INSERT INTO sign_in_providers (id, tenant_id, slug, name, issuer, client_id, client_secret, trust, allowance)
         VALUES ('${provider}', '${tenant}', 'corp', 'Corp', 'urn:corp', 'desk', '', '{}', '{}');
       INSERT INTO operator_identities (id, operator_id, provider_id, issuer, subject, linked_by)
         VALUES ('${newId()}', '${corporate.id}', '${provider}', 'urn:corp', 's1', 'test')`,
    );
    expect(await people()).toBe(2);
    const [seen] = await database.inTenant(
      tenantId,
      (tx) => tx.$queryRaw<{ able: number; tenant: string }[]>`
        SELECT gatehouse_able_administrators(${tenant}::uuid) AS able, current_setting('gatehouse.tenant') AS tenant`,
    );
    expect(seen).toEqual({ able: 2, tenant: tenantId });
    await execute(database, suspendOperator, here, { operatorId: corporate.id, reason: 'test' });
  });

  test('a policy that only one person’s passkeys meet is refused, however many accounts they have', async () => {
    const hardwareOnly = () =>
      execute(database, setRolePolicy, here, {
        role: 'administrator',
        passkeys: 'hardware',
        needsPasskey: true,
        idleMinutes: 15,
        absoluteHours: 12,
      });
    await asOwner(
      made.url,
      `UPDATE passkeys SET device_type = 'multiDevice', backed_up = true WHERE operator_id = $1`,
      [two.id],
    );
    await expect(hardwareOnly()).rejects.toMatchObject({ code: 'conflict' });
    await asOwner(
      made.url,
      `UPDATE passkeys SET device_type = 'singleDevice', backed_up = false WHERE operator_id = $1`,
      [two.id],
    );
    await hardwareOnly();
  });

  test('nobody raises their own role through another account of theirs, nor bars or restores it', async () => {
    const actor = await one.actor();
    const own = { code: 'forbidden' };
    for (const act of [
      () => execute(database, grantRole, actor, { operatorId: oneAgain.id, role: 'auditor' }),
      () => execute(database, suspendOperator, actor, { operatorId: oneAgain.id, reason: 'test' }),
      () => execute(database, inviteOperator, actor, { email: oneAgain.email, roles: ['auditor'] }),
      () => execute(database, inviteOperator, actor, { email: 'one+spare@example.org', roles: ['auditor'] }),
    ])
      await expect(act()).rejects.toMatchObject(own);
    await expect(
      asOwner(
        made.url,
        `SELECT set_config('gatehouse.tenant', '${tenant}', false); INSERT INTO operator_roles (tenant_id, operator_id, role, granted_by, granted_by_id)
         VALUES ('${tenant}', '${oneAgain.id}', 'auditor', 'me', '${one.id}')`,
      ),
    ).rejects.toThrow(/nobody raises their own role/);
    await execute(database, saveCustomRole, here, {
      name: 'shared',
      description: 'held by the other account',
      permissions: ['audit:read'],
    });
    await execute(database, grantRole, here, { operatorId: oneAgain.id, role: 'shared' });
    await expect(
      execute(database, saveCustomRole, actor, { name: 'shared', description: 'wider', permissions: ['events:write'] }),
    ).rejects.toMatchObject(own);
  });
});

describe('an invitation for somebody who is here already', () => {
  test('is refused with the address of their page, where roles are given', async () => {
    const person = await testOperator(database, tenantId, ['analyst'], 'here-already');
    await expect(
      execute(database, inviteOperator, await first.actor(), { email: 'Here-Already@example.org', roles: ['auditor'] }),
    ).rejects.toMatchObject({
      code: 'conflict',
      see: { label: 'Open the page of here-already', path: `/settings/staff/${person.id}` },
    });
    expect(await asOwner(made.url, `SELECT 1 FROM enrolments WHERE email = $1`, [person.email])).toEqual([]);
  });
});

describe('a machine proposes and never approves', () => {
  test('not even with a row widened by hand, which the database refuses as well', async () => {
    const widened = { ...system, type: 'token' as const, id: newId(), label: 'widened' };
    for (const permission of permissions.filter((word) => /:(approve|review|manage)$/.test(word))) {
      const command = defineCommand({
        action: 'attempt',
        permission,
        input: z.strictObject({}),
        run: async () => ({ result: 'reached', audit: {} }),
      });
      await expect(execute(database, command, widened, {})).rejects.toMatchObject({ code: 'forbidden' });
      await expect(
        asOwner(
          made.url,
          `INSERT INTO service_tokens (tenant_id, id, name, token_hash, scopes, created_by) VALUES ($1, $2, $3, $4, $5, 'sql')`,
          [tenantId, newId(), `sql ${permission}`, Buffer.from(newId()), ['events:read', permission]],
        ),
      ).rejects.toThrow(/never_approve/);
    }
  });
});
