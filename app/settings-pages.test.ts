import { randomBytes } from 'node:crypto';
import type { ReactNode } from 'react';
import { renderToReadableStream } from 'react-dom/server';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { erasePerson } from '#lib/events/erase-person.ts';
import { placeHold, releaseHold, setRetention } from '#lib/events/retention.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { permissions } from '#lib/model/permissions.ts';
import { sealBreakGlass } from '#lib/staff/break-glass.ts';
import { saveCustomRole } from '#lib/staff/custom-roles.ts';
import { openBreakGlass } from '#lib/staff/open-break-glass.ts';
import { grantRole } from '#lib/staff/roles-of-operators.ts';
import { createServiceToken, revokeServiceToken } from '#lib/staff/service-tokens.ts';
import { suspendOperator } from '#lib/staff/suspend-operator.ts';
import { type TestOperator, testOperator } from '#lib/staff/test-operator.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const system = systemActor(tenantId, 'test', permissions);
let reader: Actor = system;
vi.mock('next/navigation', () => ({
  useRouter: () => ({ refresh: () => undefined, push: () => undefined, replace: () => undefined }),
  usePathname: () => '/settings/staff',
  useSearchParams: () => new URLSearchParams(),
  notFound: () => {
    throw new Error('not found');
  },
}));
vi.mock('#lib/staff/current-operator.ts', () => ({
  requireOperator: async () => ({ actor: reader }),
  currentOperator: async () => ({ actor: reader }),
}));

let made: Awaited<ReturnType<typeof testDatabase>>;
let ada: TestOperator;
let carol: TestOperator;

beforeAll(async () => {
  made = await testDatabase();
  Object.assign(process.env, {
    DATABASE_URL: made.url,
    GATEHOUSE_KEK: randomBytes(32).toString('base64'),
    GATEHOUSE_URL: 'http://localhost:3000',
  });
  ada = await testOperator(pool('desk'), tenantId, ['administrator'], 'ada');
  carol = await testOperator(pool('desk'), tenantId, ['incident-commander'], 'carol');
  reader = await ada.actor();
});
afterAll(async () => {
  await closePools();
  await made.close();
});

type Page = (props: never) => ReactNode | Promise<ReactNode>;
async function textOf(file: Promise<{ default: unknown }>, params: object = {}, search: object = {}): Promise<string> {
  const page = (await file).default as Page;
  const props = { params: Promise.resolve(params), searchParams: Promise.resolve(search) } as never;
  const stream = await renderToReadableStream(await page(props));
  await stream.allReady;
  return (await new Response(stream).text()).replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
}
const staff = () => textOf(import('#app/(desk)/settings/staff/page.tsx'));
const operator = (id: string) => textOf(import('#app/(desk)/settings/staff/[id]/page.tsx'), { id });
const roles = () => textOf(import('#app/(desk)/settings/roles/page.tsx'));
const role = (name: string) => textOf(import('#app/(desk)/settings/roles/[name]/page.tsx'), { name });
const tokens = () => textOf(import('#app/(desk)/settings/tokens/page.tsx'));
const glass = () => textOf(import('#app/(desk)/settings/break-glass/page.tsx'));

test('staff: who is here, the warning about the last administrator, each permission with why', async () => {
  expect(await staff()).toMatch(/One administrator is left\..*ada@example\.org/);
  expect(await textOf(import('#app/(desk)/settings/staff/invite/page.tsx'))).toContain('Make the invitation');
  await execute(pool('desk'), saveCustomRole, system, {
    name: 'night-shift',
    description: 'signals at night',
    permissions: ['signals:write'],
  });
  await execute(pool('desk'), grantRole, reader, { operatorId: carol.id, role: 'night-shift' });
  const shown = await operator(carol.id);
  expect(shown).toMatch(
    /Decide on signals signals:write because of incident-commander ?, given by the test.*because of night-shift ?, given by ada/,
  );
  expect(shown).toMatch(/Proposes and signs revocations/);
  expect(shown).toMatch(/Suspend.*Take away.*Give it/);
  expect(await operator(ada.id)).toContain('Nobody raises their own role.');
  await expect(operator('01900000-0000-7000-8000-0000000000ff')).rejects.toThrow('not found');
  await expect(operator("1' OR true")).rejects.toThrow('not found');
  await execute(pool('desk'), suspendOperator, reader, { operatorId: carol.id, reason: 'left' });
  expect(await operator(carol.id)).toMatch(/suspended.*Lift the suspension.*Not signed in anywhere/);
});

test('roles: the matrix with every permission and every role, and what does not go together', async () => {
  const shown = await roles();
  for (const permission of permissions) expect(shown).toContain(permission);
  expect(shown).toMatch(/night-shift.*What one person does not hold together.*refused/);
  expect(await role('new')).toContain('Save the role');
  expect(await role('night-shift')).toMatch(/1 hold it.*Retire/);
  await expect(role('nowhere')).rejects.toThrow('not found');
});

test('tokens: none yet, then what each may do and when it was used, never the token', async () => {
  expect(await tokens()).toContain('No machine has a token yet');
  const { token } = await execute(pool('desk'), createServiceToken, reader, {
    name: 'collector',
    scopes: ['events:write'],
    provider: 'okta',
  });
  await execute(pool('desk'), createServiceToken, reader, { name: 'old', scopes: ['audit:read'], expiresInDays: null });
  await execute(pool('desk'), revokeServiceToken, reader, { name: 'old' });
  const shown = await tokens();
  expect(shown).toMatch(/old \(revoked.*revoked.*collector.*active.*events:write.*okta.*never.*Revoke/);
  expect(shown).not.toContain(token);
  expect(await textOf(import('#app/(desk)/settings/tokens/new/page.tsx'))).toContain('Make the token');
});

test('tenants and the places of settings, by what one may', async () => {
  expect(await textOf(import('#app/(desk)/settings/tenants/page.tsx'))).toMatch(/1 of yours.*Main.*you are here/);
  expect(await textOf(import('#app/(desk)/settings/page.tsx'))).toMatch(/Staff.*Roles.*Tokens.*Tenants/);
  const all = reader;
  reader = { ...all, permissions: new Set() };
  const little = await textOf(import('#app/(desk)/settings/page.tsx'));
  reader = all;
  expect(little).toContain('Tenants');
  expect(little).not.toMatch(/Staff|Tokens/);
});

test('break-glass: none, sealed, open; never its code', async () => {
  expect(await glass()).toContain('there is none');
  const { halves } = await execute(pool('desk'), sealBreakGlass, reader, {
    firstHolder: 'Ada Example',
    secondHolder: 'Ben Example',
  });
  const sealed = await glass();
  expect(sealed).toMatch(/sealed.*Remove.*Ada Example and Ben Example.*Seal it anew/);
  for (const half of halves) expect(sealed).not.toContain(half);
  expect(await staff()).not.toContain('One administrator is left');
  await openBreakGlass(
    pool('desk'),
    { tenant: 'main', firstHalf: halves[0] ?? '', secondHalf: halves[1] ?? '', reason: 'on a mountain' },
    { ip: null, userAgent: null },
  );
  expect(await glass()).toMatch(/OPEN.*Open until.*on a mountain/);
  expect(await textOf(import('#app/sign-in/break-glass/page.tsx'))).toContain('Open the account for an hour');
});

test('retention: no rule, what one would take before it is set, holds, and a person with all that is stored of them', async () => {
  const retention = () => textOf(import('#app/(desk)/settings/retention/page.tsx'));
  const rule = (search: object) => textOf(import('#app/(desk)/settings/retention/rule/page.tsx'), {}, search);
  const records = (id: string) => textOf(import('#app/(desk)/people/[id]/records/page.tsx'), { id });
  expect(await retention()).toMatch(/Everything is kept for ever.*Nothing is held.*Hold everything of this tenant/);

  const person = '01900000-0000-7000-8000-0000000000c1';
  await asOwner(
    made.url,
    `SELECT gatehouse_ensure_event_months(ARRAY[(now() - interval '40 days')::date, now()::date]);
    INSERT INTO providers (tenant_id, id, slug, kind, name, issuer) VALUES ('${tenantId}', '${person}', 'old', 'ocsf', 'Old', 'urn:old');
    INSERT INTO people (tenant_id, id, provider_id, issuer, subject, account_type, display_name, first_seen_at, last_seen_at, sign_ins, failures)
      VALUES ('${tenantId}', '${person}', '${person}', 'urn:old', 'one', 'human', 'Old One', now(), now(), 1, 0);
    INSERT INTO events (tenant_id, occurred_at, id, provider_id, source_event_id, type, provider_type, outcome, interactive, person_id, time_quality, detail, raw)
      SELECT '${tenantId}', now() - n * interval '40 days', gen_random_uuid(), '${person}', n::text, 'sign_in', 'x', 'success', true, '${person}', 'ok', '{}', ''
      FROM generate_series(0, 1) n`,
  );
  expect(await rule({ type: '*', days: '30' })).toMatch(
    /Until now kept for ever.*1 event ?, the oldest of.*open signals/,
  );
  expect(await rule({ type: 'sign_out', days: '30' })).toMatch(/kept for ever.*no event/);
  await expect(rule({ type: 'sign_in', days: '0' })).rejects.toThrow('not found');
  await expect(rule({ type: "x' OR true", days: '30' })).rejects.toThrow('not found');

  await execute(pool('desk'), setRetention, system, { eventType: 'sign_in', keepDays: 90 });
  await execute(pool('desk'), placeHold, system, { reason: 'Court order 9', personId: person });
  expect(await rule({ type: '*', days: '30' })).toMatch(/no event.*legal holds keep of 1 person/);
  expect(await retention()).toMatch(/sign in 90 days.*1 in force.*Old One.*Court order 9.*Release/);
  const held = await records(person);
  expect(held).toMatch(/Records of Old One.*Events 2.*Goes for good.*Stays, and why.*A legal hold covers them/);
  expect(held).not.toMatch(/Erase \d/);
  await asOwner(made.url, 'UPDATE legal_holds SET released_at = now()');
  expect(await records(person)).toMatch(/Nothing is held.*Erase 2 events/);
  await execute(pool('maintenance'), erasePerson, system, { personId: person, reason: 'their request' });
  expect(await records(person)).toMatch(/Records of an erased person.*Events 2.*Nothing in the store names them/);
  await expect(records('01900000-0000-7000-8000-0000000000ff')).rejects.toThrow('not found');
});

test('[v5.0.0-V7.5.3] shortening, releasing and erasing ask a person for a fresh passkey; a token is never enough', async () => {
  const stale = { ...reader, passkeyProofAgeSeconds: 600 };
  const token: Actor = { ...system, type: 'token' };
  const id = '01900000-0000-7000-8000-0000000000c1';
  const acts = [
    (actor: Actor) => execute(pool('desk'), setRetention, actor, { eventType: '*', keepDays: 1 }),
    (actor: Actor) => execute(pool('desk'), releaseHold, actor, { id }),
    (actor: Actor) => execute(pool('maintenance'), erasePerson, actor, { personId: id, reason: 'asked for' }),
  ];
  for (const act of acts) {
    await expect(act(stale)).rejects.toMatchObject({ code: 'step_up_required' });
    await expect(act(token)).rejects.toMatchObject({ code: 'forbidden' });
  }
  expect(await asOwner(made.url, "SELECT 1 FROM retention_policies WHERE event_type = '*'")).toEqual([]);
});
