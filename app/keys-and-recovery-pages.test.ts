import { randomBytes } from 'node:crypto';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { employeesAt } from '#lib/demo/company.ts';
import { sampleSubject } from '#lib/demo/provider/people.ts';
import { openProviderFixture } from '#lib/demo/provider-fixture.ts';
import { openTestDesk, type Person, type TestDesk, tenantId } from '#lib/execution/test-desk.ts';
import { execute } from '#lib/kernel/command.ts';
import { closePools } from '#lib/kernel/db/pools.ts';
import { newId } from '#lib/kernel/ids.ts';
import { lookAtProviders } from '#lib/keys/provider-keys.ts';
import { startRotation } from '#lib/keys/start-rotation.ts';
import { permissions } from '#lib/model/permissions.ts';
import { askProof } from '#lib/recovery/ask-proof.ts';
import { openCase } from '#lib/recovery/open-case.ts';
import { workRecovery } from '#lib/recovery/work-recovery.ts';

let helper: Person;
vi.mock('next/navigation', () => ({
  useRouter: () => ({ refresh: () => undefined, push: () => undefined, replace: () => undefined }),
  usePathname: () => '/',
  useSearchParams: () => new URLSearchParams(),
  notFound: () => {
    throw new Error('not found');
  },
}));
vi.mock('#lib/staff/current-operator.ts', () => ({
  requireOperator: async () => ({ actor: { ...helper.actor, permissions: new Set(permissions) } }),
}));

let desk: TestDesk;
let provider: Awaited<ReturnType<typeof openProviderFixture>>;
beforeAll(async () => {
  Object.assign(process.env, {
    GATEHOUSE_KEK: randomBytes(32).toString('base64'),
    GATEHOUSE_URL: 'http://localhost:3000',
  });
  desk = await openTestDesk();
  process.env.DATABASE_URL = desk.url;
  helper = await desk.operator('helper@example.org', 'help-desk');
  provider = await openProviderFixture(desk.database, tenantId);
  await lookAtProviders(desk.database, tenantId, new AbortController().signal);
});
afterAll(async () => {
  await provider.close();
  await closePools();
  await desk.close();
});

type Page = (props: never) => ReactNode | Promise<ReactNode>;
/** What a page says, drawn on the server as for a browser; markup taken away. */
async function textOf(page: Page, id = ''): Promise<string> {
  const props = { params: Promise.resolve({ id }), searchParams: Promise.resolve({}) } as never;
  return renderToStaticMarkup(await page(props))
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');
}

test('keys: both issuers, one of them, proposing, killing with what breaks, a rotation with its timetable', async () => {
  expect(await textOf((await import('#app/(desk)/keys/page.tsx')).default)).toMatch(
    /Gatehouse \(Main\).*Sample provider/,
  );
  const issuers = await desk.sql<{ id: string }>('SELECT id FROM signing_issuers');
  expect(issuers).toHaveLength(2);
  for (const { id } of issuers) {
    expect(await textOf((await import('#app/(desk)/keys/[id]/page.tsx')).default, id)).toContain(
      'Who relies on the current key',
    );
    expect(await textOf((await import('#app/(desk)/keys/[id]/rotate/page.tsx')).default, id)).toContain(
      'Propose this rotation',
    );
    expect(await textOf((await import('#app/(desk)/keys/[id]/kill/page.tsx')).default, id)).toMatch(
      /What breaks.*go on trusting the killed key/,
    );
    const [key] = await desk.sql<{ id: string }>(
      "SELECT id FROM signing_keys WHERE state = 'active' AND issuer_id = $1",
      [id],
    );
    const rotation = await desk.database.inTenant(tenantId, (tx) =>
      startRotation(tx, {
        tenantId,
        proposalId: newId(),
        issuerId: id,
        kind: 'rotate',
        keyId: key?.id ?? '',
        reason: 'yearly',
      }),
    );
    const shown = await textOf((await import('#app/(desk)/keys/rotations/[id]/page.tsx')).default, rotation);
    expect(shown).toMatch(
      /Next Publish the next key .*Later Sign with it .*Later Destroy the private half.*Abandon the rotation/,
    );
  }
});

test('recovery: a case with its paths, proofs and context; one of nobody; what is asked of a manager; the public pages', async () => {
  const who = employeesAt('sample').at(-1);
  if (!who) throw new Error('the sample has people');
  const longAgo = new Date(Date.now() - 40 * 86_400_000);
  await desk.database.inTenant(tenantId, (tx) =>
    tx.person.create({
      data: {
        tenantId,
        id: newId(),
        providerId: provider.providerId,
        issuer: provider.origin,
        subject: sampleSubject(who.staffNumber),
        accountType: 'human',
        displayName: who.name,
        email: who.email,
        nameAt: longAgo,
        emailAt: longAgo,
        firstSeenAt: longAgo,
        lastSeenAt: longAgo,
        signIns: 3,
        failures: 0,
      },
    }),
  );
  const intake = async (identifier: string) => {
    const from = { ip: '198.51.100.7', userAgent: 'Chrome', requestId: null };
    const { number } = await openCase(desk.database, { identifier, story: 'new phone', tenant: 'main' }, from);
    return (await desk.sql<{ id: string }>('SELECT id FROM recovery_cases WHERE number = $1', [number]))[0]?.id ?? '';
  };
  const casePage = (await import('#app/(desk)/recovery/[id]/page.tsx')).default;
  const known = await intake(who.email);
  await execute(desk.database, askProof, helper.actor, { caseId: known, kind: 'remaining-authenticator' });
  await workRecovery(desk.database, tenantId, new AbortController().signal);
  const shown = await textOf(casePage, known);
  expect(shown).toContain('Nothing can be approved until one of the three paths is complete.');
  expect(shown).toContain('No mail server is configured (SMTP_URL), so no code can reach anybody.');
  expect(shown).toMatch(/Risk 10 of 100.*Who was told isla\.wetherell@halden\.example, of the request/);
  const unknown = await textOf(casePage, await intake('nobody'));
  expect(unknown).toContain('Nobody is known by what was typed.');
  expect(unknown).not.toContain('Approve a new authenticator');
  expect(await textOf((await import('#app/(desk)/recovery/attestations/page.tsx')).default)).toContain(
    'Nothing is asked of you',
  );
  expect(await textOf((await import('#app/recover/page.tsx')).default)).toContain('Ask the help desk');
  expect(await textOf((await import('#app/recover/case/page.tsx')).default)).toContain('Your case');
  expect(await textOf((await import('#app/recover/not-me/page.tsx')).default)).toContain('Stop it: this was not me');
});
