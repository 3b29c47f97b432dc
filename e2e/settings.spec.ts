import { readdirSync } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { enrol, expect, test } from './desk.ts';

const app = path.resolve(import.meta.dirname, '../app');
/** Every page below the desk, with an id that nobody has where one belongs. */
const pages = readdirSync(path.join(app, '(desk)'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /(^|[/\\])page\.tsx$/.test(file))
  .map((file) => `/${path.dirname(file).replaceAll(path.sep, '/')}`.replace(/\/\.$/, '/'))
  .map((at) => at.replace(/\[\.*\w+\]/g, '01900000-0000-7000-8000-0000000000ff'));

test('an administrator invites, gives and takes roles, composes one, makes a token, seals the glass; it is broken and closed again', async ({
  page,
  desk,
  browser,
}) => {
  test.setTimeout(240_000);
  const problems: string[] = [];
  page.on('console', (message) => /Content Security Policy/i.test(message.text()) && problems.push(message.text()));

  await test.step('[V8.3.1] [V3.4.3] nobody sees a page, proxy headers or not, and each load has a nonce of its own', async () => {
    const seen = new Set<string>();
    for (const at of pages) {
      const claims: Record<string, string>[] = [
        {},
        {
          'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware',
          'x-forwarded-for': '127.0.0.1',
        },
      ];
      for (const headers of claims) {
        const answer = await page.request.get(desk.url + at, { headers, maxRedirects: 0 });
        const text = await answer.text();
        expect(
          answer.status() === 307 || /NEXT_REDIRECT;replace;\/sign-in/.test(text),
          `${at}: ${answer.status()}`,
        ).toBe(true);
        const policy = answer.headers()['content-security-policy'] ?? '';
        expect(policy).not.toMatch(/script-src[^;]*unsafe/);
        for (const part of ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
          expect(policy).toContain(part);
        seen.add(/'nonce-([^']+)'/.exec(policy)?.[1] ?? '');
      }
    }
    expect(seen.size).toBe(pages.length * 2);
  });

  await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
  await page.goto(`${desk.url}/settings/staff`);
  await expect(page.getByText('One administrator is left.')).toBeVisible();

  await page.getByRole('link', { name: 'Invite somebody' }).click();
  await page.getByLabel('E-mail').fill('carol@example.org');
  await page.getByLabel('administrator', { exact: true }).check();
  await page.getByLabel('incident-commander').check();
  await expect(page.getByText('Not in one person:').first()).toBeVisible();
  await page.getByLabel('administrator', { exact: true }).uncheck();
  await page.getByRole('button', { name: 'Make the invitation' }).click();
  const invitation = page.getByText(/\/enrol#/);
  await expect(invitation).toBeVisible();
  const link = (await invitation.textContent()) ?? '';

  const second = await (await browser.newContext()).newPage();
  await enrol(second, link, { name: 'Carol Commander' });
  await test.step('[V7.4.4] everybody can sign out of every page', async () => {
    for (const at of ['/', '/settings', '/settings/tenants']) {
      await second.goto(desk.url + at);
      await second.getByRole('button', { name: /^You:/ }).click();
      await expect(second.getByRole('menuitem', { name: 'Sign out' })).toBeVisible();
      await second.keyboard.press('Escape');
    }
  });
  await second.goto(`${desk.url}/settings/staff`);
  await expect(second.getByRole('heading', { name: 'This could not be shown' })).toBeVisible();

  await page.goto(`${desk.url}/settings/staff`);
  await page
    .getByRole('link', { name: /Carol Commander/ })
    .first()
    .click();
  await expect(page.getByText(/because of incident-commander, given by First Administrator/).first()).toBeVisible();
  await page.getByLabel('One more role').selectOption('auditor');
  await page.getByRole('button', { name: 'Give it' }).click();
  await expect(page.getByText('auditor is given.').first()).toBeVisible();
  await second.goto(`${desk.url}/settings/roles`);
  await expect(second.getByRole('heading', { name: 'Roles' })).toBeVisible();

  await test.step('[V7.4.1] suspended, the second browser is out at once', async () => {
    await page.getByRole('button', { name: 'Suspend' }).first().click();
    await page.getByLabel('Reason').fill('left the company');
    await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
    await expect(page.getByRole('button', { name: 'Lift the suspension' })).toBeVisible();
    expect((await second.request.get(`${desk.url}/api/v1/roles`)).status()).toBe(401);
  });

  await page.goto(`${desk.url}/settings/roles/new`);
  await page.getByLabel('Name', { exact: true }).fill('night-shift');
  await page.getByLabel('What it is for').fill('Signals at night');
  await page.getByLabel('Decide on signals').check();
  await page.getByRole('button', { name: 'Save the role' }).click();
  await expect(page.getByRole('link', { name: 'night-shift' })).toBeVisible();

  await page.goto(`${desk.url}/settings/tokens/new`);
  await page.getByLabel('Name', { exact: true }).fill('collector');
  await page.getByLabel('Send events in').check();
  await page.getByRole('button', { name: 'Make the token' }).click();
  await expect(page.getByText(/^ght_/)).toBeVisible();
  await page.getByRole('link', { name: 'Back to the tokens' }).click();
  await expect(page.getByText('collector').first()).toBeVisible();

  await page.goto(`${desk.url}/settings/break-glass`);
  await page.getByLabel('First half held by').fill('Ada Example');
  await page.getByLabel('Second half held by').fill('Ben Example');
  await page.getByRole('button', { name: 'Seal a break-glass account' }).click();
  const halves: string[] = [];
  for (const holder of ['Ada Example', 'Ben Example']) {
    await page.getByRole('button', { name: `Show the half of ${holder}` }).click();
    halves.push(
      (await page
        .getByRole('region', { name: `The half of ${holder}` })
        .locator('[title]')
        .first()
        .getAttribute('title')) ?? '',
    );
  }

  for (const at of [
    '/settings',
    '/settings/staff',
    '/settings/staff/invite',
    '/settings/roles',
    '/settings/roles/new',
    '/settings/tokens',
    '/settings/tokens/new',
    '/settings/tenants',
    '/settings/break-glass',
  ]) {
    await page.goto(desk.url + at);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
    expect(violations.map(({ id, nodes }) => `${at} ${id} ${nodes[0]?.html}`)).toEqual([]);
    const picture = async (name: string) => {
      if (process.env.PICTURES)
        await page.screenshot({
          path: `${process.env.PICTURES}/${name}${at.replaceAll('/', '-')}.png`,
          fullPage: true,
        });
    };
    await picture('wide');
    await page.emulateMedia({ colorScheme: 'dark' });
    await picture('dark');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${at} at 390 px`).toBeLessThanOrEqual(390);
    await picture('narrow');
    await page.setViewportSize({ width: 1440, height: 900 });
  }

  const third = await (await browser.newContext()).newPage();
  await third.goto(`${desk.url}/sign-in/break-glass`);
  await third.getByLabel('First half').fill(halves[1] ?? '');
  await third.getByLabel('Second half').fill(halves[0] ?? '');
  await third.getByLabel('Reason').fill('the administrator is on a mountain');
  await third.getByRole('button', { name: 'Open the account for an hour' }).click();
  await expect(third.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await page.goto(`${desk.url}/signals`);
  await expect(page.getByText('Break-glass account opened').first()).toBeVisible();
  await test.step('[V3.3.3] the cookies of the desk are __Host-, Secure, HttpOnly, SameSite, of this path', async () => {
    const cookies = (await page.context().cookies()).filter(({ name }) => name.startsWith('__'));
    for (const cookie of cookies) {
      expect(cookie, cookie.name).toMatchObject({ httpOnly: true, secure: true, path: '/' });
      expect(['Lax', 'Strict']).toContain(cookie.sameSite);
      if (!cookie.name.includes('callback')) expect(cookie.name).toMatch(/^__Host-/);
    }
    expect(cookies.some(({ name }) => name === '__Host-gatehouse-session')).toBe(true);
  });
  await test.step('[V14.3.3] [V10.1.1] nothing of it stays in the browser’s storage', async () => {
    const kept = await page.evaluate(async () => ({
      local: JSON.stringify(localStorage),
      session: JSON.stringify(sessionStorage),
      caches: (await caches.keys()).length,
      databases: (await indexedDB.databases()).length,
    }));
    expect(kept.caches + kept.databases).toBe(0);
    expect(`${kept.local}${kept.session}`).not.toMatch(/@example\.org|eyJ|ght_|[A-Za-z0-9_-]{43}/);
  });
  expect(problems).toEqual([]);
  expect(JSON.parse(await desk.gatehouse('audit', 'verify', '--json'))).toMatchObject({ ok: true });
});
