import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { demoTest, enrol, expect } from './desk.ts';

/** A person's own browser, apart from the operator's; an error in its console fails the journey too. */
type Visitor = { page: Page; errors: string[] };

const test = demoTest();
test.setTimeout(300_000);

async function visit(browser: Browser): Promise<Visitor> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    // A refused page is answered with 401, which browsers write down as an error.
    if (message.type() === 'error' && !/status of 401/.test(message.text())) errors.push(message.text());
  });
  return { page, errors };
}

async function signIn(page: Page, application: string, email: string, password: string): Promise<void> {
  await page.goto(application);
  await page.getByRole('link', { name: /^Sign in/ }).click();
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('a person signed in to a real application is signed out of it by the desk, and nobody else is', async ({
  page,
  browser,
  demo,
}) => {
  const payroll = /Payroll (http:\S+)/.exec(demo.printed)?.[1] ?? '';
  const wiki = /Wiki (http:\S+)/.exec(demo.printed)?.[1] ?? '';
  const [, email = '', password = ''] = /as (\S+) with the password (\S+)/.exec(demo.printed) ?? [];
  const [hers, his] = [await visit(browser), await visit(browser)];

  await signIn(hers.page, payroll, email, 'not the password');
  await expect(hers.page.getByRole('alert')).toContainText('do not fit together');
  await hers.page.getByLabel('Password').fill(password);
  await hers.page.getByRole('button', { name: 'Sign in' }).click();
  await expect(hers.page.getByText('You are signed in as Mara Lindholt')).toBeVisible();
  // The other application takes her in without asking again: one session, two applications.
  await hers.page.getByRole('link', { name: 'Open Wiki' }).click();
  await expect(hers.page.getByRole('heading', { name: 'Wiki' })).toBeVisible();
  await signIn(his.page, wiki, 'tomas.verdier@halden.example', password);
  await expect(his.page.getByText('You are signed in as Tomas Verdier')).toBeVisible();

  await enrol(page, demo.enrolmentLink, { email: 'operator@example.org', name: 'First Operator' });

  // What the story left behind: the queue has it, with its evidence.
  await expect(async () => {
    await page.goto(`${demo.url}/signals`);
    await expect(page.getByText('Password spray, followed by success').first()).toBeVisible({ timeout: 5_000 });
    await expect(page.getByText('Impossible travel').first()).toBeVisible({ timeout: 1_000 });
    await expect(page.getByText('Failed-login burst').first()).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 90_000 });

  await page.goto(`${demo.url}/sessions?q=${encodeURIComponent(email)}`);
  const row = page.getByRole('row', { name: /Mara Lindholt/ });
  await expect(row).toHaveCount(1);
  await row.getByRole('button', { name: 'Revoke the session of Mara Lindholt' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('lost laptop, reported by phone');
  await dialog.getByRole('button', { name: 'Revoke 1 session' }).click();
  await expect(row.getByText(/^\s*revoked\s*$/i).first()).toBeVisible({ timeout: 60_000 });

  for (const application of [payroll, wiki]) {
    await hers.page.goto(application);
    await expect(hers.page.getByRole('heading', { name: 'You were signed out' })).toBeVisible();
    await expect(hers.page.getByText('Mara Lindholt')).toHaveCount(0);
  }
  // Signing in again asks for her password: her session at the provider is gone as well.
  await hers.page.getByRole('link', { name: 'Sign in again' }).click();
  await expect(hers.page.getByLabel('Password')).toBeVisible();
  await his.page.reload();
  await expect(his.page.getByText('You are signed in as Tomas Verdier')).toBeVisible();

  await page.goto(`${demo.url}/audit`);
  for (const action of ['session_revocation_ordered', 'session_revoked'])
    await expect(page.getByText(action, { exact: true }).first()).toBeVisible();
  expect(await (await page.request.get(`${demo.url}/api/v1/audit`)).text()).toContain('lost laptop, reported by phone');
  expect(JSON.parse(await demo.gatehouse('audit', 'verify', '--json'))).toMatchObject({ ok: true });
  expect([...hers.errors, ...his.errors]).toEqual([]);
});

test('a killed sample process is started again, and who was signed in still is', async ({ browser, demo }) => {
  const payroll = /Payroll (http:\S+)/.exec(demo.printed)?.[1] ?? '';
  const [, , password = ''] = /as (\S+) with the password (\S+)/.exec(demo.printed) ?? [];
  const { page } = await visit(browser);
  await signIn(page, payroll, 'ines.carvalhal@halden.example', password);
  await expect(page.getByText('You are signed in as Ines Carvalhal')).toBeVisible();
  const children = () =>
    (
      JSON.parse(readFileSync(path.join(demo.dataDir, 'runtime.json'), 'utf8')) as {
        children: { name: string; pid: number }[];
      }
    ).children.filter(({ name }) => name.startsWith('sample-'));
  const before = children().map(({ pid }) => pid);
  expect(before).toHaveLength(2);
  for (const pid of before) process.kill(pid, 'SIGKILL');
  await expect(async () => {
    await page.goto(payroll);
    await expect(page.getByText('You are signed in as Ines Carvalhal')).toBeVisible({ timeout: 1_000 });
    await page.getByRole('link', { name: 'Open Wiki' }).click();
    await expect(page.getByRole('heading', { name: 'Wiki' })).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
  expect(children().filter(({ pid }) => before.includes(pid))).toEqual([]);
});
