import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newSecret } from '#lib/kernel/ids.ts';
import { authenticateCaller } from '#lib/staff/authenticate-caller.ts';
import { sessionCookie } from '#lib/staff/cookies.ts';
import { csrfHeader, csrfTokenOf } from '#lib/staff/csrf.ts';
import { nextAuthOptions } from '#lib/staff/next-auth-options.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';
import { type StaffFixture, staffFixture } from '#lib/staff/staff-fixture.ts';

const root = path.resolve(import.meta.dirname, '../..');
let staff: StaffFixture;
beforeAll(async () => {
  staff = await staffFixture();
});
afterAll(() => staff.close());

test('[v5.0.0-V6.1.3] every way in is written down with its strength, and what is written down exists', () => {
  const offered = nextAuthOptions().providers.map(({ options }) => String((options as { id?: unknown }).id));
  const written = readFileSync(path.join(root, '.github/decisions/2026-11-24-operators.md'), 'utf8');
  const rows = [...written.matchAll(/^\| `(\w+)`\s*\|[^|\n]*\|[^|\n]*\| (yes|no|as the second)\s*\|$/gm)].map(
    (match) => match[1],
  );
  expect(rows).toEqual(offered);
});

test('[v5.0.0-V6.4.2] nothing asks for a hint or a secret question', () => {
  const files = ['prisma/schema', 'app', 'components', 'lib/staff'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(prisma|tsx?)$/.test(file) && !file.endsWith('.test.ts'))
      .map((file) => path.join(root, folder, file)),
  );
  expect(files.length).toBeGreaterThan(100);
  const found = files.filter((file) =>
    /(password|secret)[_ ]?(hint|question)|security question|mother.s maiden|first pet/i.test(
      readFileSync(file, 'utf8'),
    ),
  );
  expect(found).toEqual([]);
});

test('[v5.0.0-V10.3.1] a token that somebody else issued, for whomever, is none of ours', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const foreign = await new SignJWT({ scope: 'events:write audit:read', aud: relyingParty().origin })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt' })
    .setExpirationTime('1h')
    .sign(privateKey);
  for (const token of [foreign, `ght_${newSecret()}`, newSecret(), '', 'ght_'])
    await expect(
      authenticateCaller(
        staff.database,
        new Request('http://localhost/api/v1/audit', { headers: { authorization: `Bearer ${token}` } }),
      ),
    ).rejects.toMatchObject({ code: 'not_signed_in' });
});

test('[v5.0.0-V10.1.1] what a browser may read of its session names the operator and holds no token', async () => {
  const { callbacks } = nextAuthOptions();
  const token = {
    sub: 'x',
    name: 'Ada',
    email: 'ada@example.org',
    deskToken: newSecret(),
    idToken: 'a',
    accessToken: 'b',
  };
  const shown = await callbacks?.session?.({
    session: { expires: '2026-11-24T10:00:00Z', user: {} },
    token,
    user: { id: 'x', email: 'x', emailVerified: null },
    newSession: null,
    trigger: 'update',
  });
  expect(shown).toEqual({ expires: '2026-11-24T10:00:00Z', user: { name: 'Ada', email: 'ada@example.org' } });
});

test('[v5.0.0-V3.5.1] a change with a cookie needs our own origin and the token of that very session', async () => {
  const ada = await staff.addOperator();
  const grace = await staff.addOperator();
  const [mine, hers] = [(await staff.signIn(ada)).deskToken, (await staff.signIn(grace)).deskToken];
  const [own, other] = [(await staff.current(mine)).session, (await staff.current(hers)).session];
  const order = (headers: Record<string, string>) =>
    authenticateCaller(
      staff.database,
      new Request('http://localhost/api/v1/me/session', {
        method: 'POST',
        headers: { cookie: `${sessionCookie}=${mine}`, 'user-agent': 'Test', ...headers },
      }),
    );
  const { origin } = relyingParty();
  const token = csrfTokenOf(own);
  for (const headers of [
    { [csrfHeader]: token },
    { origin: 'https://evil.example', [csrfHeader]: token },
    { origin, 'sec-fetch-site': 'cross-site', [csrfHeader]: token },
    { origin },
    { origin, [csrfHeader]: '' },
    { origin, [csrfHeader]: csrfTokenOf(other) },
    { origin, [csrfHeader]: `${token}x` },
    // A page of the tenant that the session worked in before.
    { origin, [csrfHeader]: csrfTokenOf({ id: own.id, tenantId: '01900000-0000-7000-8000-00000000000b' }) },
  ] as Record<string, string>[])
    await expect(order(headers), JSON.stringify(headers)).rejects.toMatchObject({ code: 'forbidden' });
  expect((await order({ origin, 'sec-fetch-site': 'same-origin', [csrfHeader]: token })).actor.id).toBe(ada.id);
  // It outlives a step-up, whose new token belongs to the same session.
  const renewed = await staff.stepUp(ada, mine);
  expect(csrfTokenOf((await staff.current(renewed)).session)).toBe(token);
});
