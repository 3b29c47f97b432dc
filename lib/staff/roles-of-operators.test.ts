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
