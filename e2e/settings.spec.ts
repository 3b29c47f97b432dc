import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { letTimePass } from './database-owner.ts';
import { confirmWhenAsked, enrol, expect, test } from './desk.ts';

test('[v5.0.0-V7.4.1] [v5.0.0-V7.4.4] an administrator invites, gives and takes roles, suspends, composes a role, makes a token', async ({
  page,
  desk,
  browser,
}) => {
  test.setTimeout(240_000);
  await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
  await confirmWhenAsked(page);
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
  await test.step('everybody can sign out of every page', async () => {
    for (const at of ['/', '/settings', '/settings/tenants']) {
      await second.goto(desk.url + at);
      await second.getByRole('button', { name: /^You:/ }).click();
      await expect(second.getByRole('menuitem', { name: 'Sign out' })).toBeVisible();
      await second.keyboard.press('Escape');
    }
  });
  await test.step('inviting her once more leads to her page, where roles are given', async () => {
    await page.goto(`${desk.url}/settings/staff/invite`);
    await page.getByLabel('E-mail').fill('Carol@example.org');
    await page.getByLabel('auditor').check();
    await page.getByRole('button', { name: 'Make the invitation' }).click();
    await expect(page.getByRole('alert').filter({ hasText: 'belongs to the staff here already' })).toBeVisible();
    await expect(page.getByLabel('auditor')).toBeChecked();
    await page.getByRole('link', { name: 'Open the page of Carol Commander' }).click();
    await expect(page.getByRole('heading', { name: 'Carol Commander' })).toBeVisible();
  });
  expect((await second.goto(`${desk.url}/settings/staff`))?.status()).toBe(403);
  await expect(second.getByRole('heading', { name: 'This could not be shown' })).toBeVisible();
  // What the desk itself cannot show stands in its log under the reference that the person sees.
  await letTimePass(desk, 'ALTER TABLE people RENAME TO people_away');
  await second.goto(`${desk.url}/people/01900000-0000-7000-8000-0000000000ff`);
  const reference = await second.getByRole('alert').locator('code').textContent();
  await letTimePass(desk, 'ALTER TABLE people_away RENAME TO people');
  expect(readFileSync(path.join(desk.dataDir, 'logs', 'web.log'), 'utf8')).toContain(`"reference":"${reference}"`);

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

  await test.step('suspended, the second browser is out at once', async () => {
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

  expect(JSON.parse(await desk.gatehouse('audit', 'verify', '--json'))).toMatchObject({ ok: true });
});

test('[v5.0.0-V3.3.3] [v5.0.0-V14.3.3] [v5.0.0-V10.1.1] every page of the settings: accessible, 390 px wide, dark; the browser keeps nothing', async ({
  page,
  desk,
}) => {
  test.setTimeout(240_000);
  await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
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

  await test.step('the cookies of the desk are __Host-, Secure, HttpOnly, SameSite, of this path', async () => {
    const cookies = (await page.context().cookies()).filter(({ name }) => name.startsWith('__'));
    for (const cookie of cookies) {
      expect(cookie, cookie.name).toMatchObject({ httpOnly: true, secure: true, path: '/' });
      expect(['Lax', 'Strict']).toContain(cookie.sameSite);
      if (!cookie.name.includes('callback')) expect(cookie.name).toMatch(/^__Host-/);
    }
    expect(cookies.some(({ name }) => name === '__Host-gatehouse-session')).toBe(true);
  });
  await test.step('nothing of it stays in the browser’s storage', async () => {
    const kept = await page.evaluate(async () => ({
      local: JSON.stringify(localStorage),
      session: JSON.stringify(sessionStorage),
      caches: (await caches.keys()).length,
      databases: (await indexedDB.databases()).length,
    }));
    expect(kept.caches + kept.databases).toBe(0);
    expect(`${kept.local}${kept.session}`).not.toMatch(/@example\.org|eyJ|ght_|[A-Za-z0-9_-]{43}/);
  });
});
