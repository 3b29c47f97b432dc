import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { generate } from 'otplib';
import { addPasskeyDevice, carryPasskeys, type Desk, enrol, expect, test } from './desk.ts';

const password = 'mürrischer Otter zählt Laternen';
const email = 'grace@example.org';
/** A code of the next step: the one before it was used up when the generator was confirmed, or at the last sign-in. */
const codeOf = (secret: string, plusSeconds: number) =>
  generate({ secret, epoch: Math.floor(Date.now() / 1000) + plusSeconds });

async function picture(page: Page, name: string): Promise<void> {
  if (!process.env.PICTURES) return;
  for (const scheme of ['light', 'dark'] as const)
    for (const width of [1440, 390]) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: `${process.env.PICTURES}/${name}-${width}-${scheme}.png` });
    }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 800 });
}

async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
  expect(violations.map(({ id, nodes }) => `${page.url()} ${id} ${nodes[0]?.html}`)).toEqual([]);
  const width = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth), page.url()).toBeLessThanOrEqual(390);
  if (width) await page.setViewportSize(width);
}

/** Makes the codes and reads them. On a busy machine the first click can come before the page listens. */
async function recoveryCodes(page: Page): Promise<string[]> {
  const codes = page.getByRole('region', { name: 'Recovery codes' }).getByRole('listitem');
  await expect(async () => {
    if ((await codes.count()) === 0)
      await page.getByRole('button', { name: 'Show my recovery codes' }).click({ timeout: 1_000 });
    await expect(codes).toHaveCount(10, { timeout: 5_000 });
  }).toPass();
  return codes.allTextContents();
}

async function signInWithPassword(page: Page, desk: Desk, code: string): Promise<void> {
  await page.goto(`${desk.url}/sign-in`);
  await page.getByText('Use a password and a code').click();
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Code').fill(code);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^You: / }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toBeVisible();
}

test('[v5.0.0-V6.3.3] [v5.0.0-V7.4.4] an operator enrols, uses each way in, confirms in the middle of a form, loses the passkey and comes back', async ({
  page,
  desk,
  browser,
}) => {
  test.setTimeout(240_000);
  const link = await desk.gatehouse('staff', 'invite', email, '--role', 'viewer');
  await addPasskeyDevice(page);
  await page.goto(link);
  await page.getByLabel('Your name').fill('Grace');
  await picture(page, 'enrol');
  await page.getByRole('button', { name: 'Create the passkey' }).click();

  // Nothing opens before there is a second way.
  await expect(page.getByRole('heading', { name: 'One more step' })).toBeVisible();
  await page.goto(`${desk.url}/sessions`);
  await expect(page).toHaveURL(/\/finish$/);
  expect((await page.request.get(`${desk.url}/api/v1/sessions`)).status()).toBe(403);
  await accessible(page);
  await picture(page, 'finish');
  const codes = await recoveryCodes(page);
  await picture(page, 'recovery-codes');
  await page.getByRole('button', { name: 'I have saved them: open the desk' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();

  await page.goto(`${desk.url}/me`);
  await page.getByLabel('Password', { exact: true }).fill('password123456789');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page.getByText(/soon guessed|stolen passwords/).first()).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await expect(page.getByRole('button', { name: 'Change the password' })).toBeVisible();
  await page.getByRole('button', { name: 'Set up a code generator' }).click();
  const secret = (await page.locator('code').first().textContent()) ?? '';
  await picture(page, 'code-generator');
  await page.getByLabel('The code it shows now').fill(await codeOf(secret, 0));
  await page.getByRole('button', { name: 'Use this code generator' }).click();
  await expect(page.getByRole('button', { name: 'Replace the code generator' })).toBeVisible();
  await accessible(page);
  await picture(page, 'me');
  await page.getByRole('tab', { name: 'Notices' }).click();
  await expect(page.getByText('Gatehouse: a code generator was set up').first()).toBeVisible();
  await picture(page, 'notices');

  await signOut(page);
  await accessible(page);
  await picture(page, 'sign-in');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await signOut(page);
  await signInWithPassword(page, desk, '000000');
  await expect(page.getByText(/you are not signed in/).first()).toBeVisible();
  await signInWithPassword(page, desk, await codeOf(secret, 30));
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();

  // Signed in without a passkey: what is sensitive asks for it, and the form in hand is kept.
  await page.goto(`${desk.url}/me`);
  await page.getByLabel('Other addresses for notices').fill('grace@private.example');
  await page.getByRole('button', { name: 'Keep the addresses' }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await expect(dialog).toBeVisible();
  await picture(page, 'step-up');
  await dialog.getByRole('button', { name: 'Not now' }).click();
  await expect(page.getByText('Confirm with your passkey that it is you').first()).toBeVisible();
  await expect(page.getByLabel('Other addresses for notices')).toHaveValue('grace@private.example');
  const before = (await page.context().cookies()).find(({ name }) => name === '__Host-gatehouse-session')?.value ?? '';
  await page.getByRole('button', { name: 'Keep the addresses' }).click();
  await dialog.getByRole('button', { name: 'Use my passkey' }).click();
  await expect(page.getByText('The addresses are kept').first()).toBeVisible();
  await expect(page.getByLabel('Other addresses for notices')).toHaveValue('grace@private.example');
  await expect(page.getByText(/passkey 0[45]:\d\d/)).toBeVisible();
  // The proof gave the session a new token; what is announced goes on.
  await page.waitForResponse((answer) => answer.url().endsWith('/api/v1/me/session'), { timeout: 40_000 });
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  const old = await fetch(`${desk.url}/api/v1/me/session`, {
    headers: { cookie: `__Host-gatehouse-session=${before}` },
  });
  expect(old.status).toBe(401);

  // Another browser, no passkey: the password and a recovery code open nothing but a new passkey.
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await addPasskeyDevice(other);
  await signInWithPassword(other, desk, codes[0] ?? '');
  await expect(other.getByRole('heading', { name: 'Make a new passkey' })).toBeVisible();
  expect((await other.request.get(`${desk.url}/api/v1/sessions`)).status()).toBe(403);
  await other.getByRole('button', { name: 'Make the passkey' }).click();
  await expect(other.getByRole('heading', { name: 'Overview' })).toBeVisible();

  // The first browser sees the second and ends it; the second is out at its next step.
  await page.goto(`${desk.url}/me`);
  await page.getByRole('tab', { name: /^Sessions 2/ }).click();
  await expect(page.getByText('by a recovery code').first()).toBeVisible();
  await picture(page, 'own-sessions');
  await page.getByRole('button', { name: 'End all others' }).click();
  await expect(page.getByText('The session has ended.').first()).toBeVisible();
  expect((await other.request.get(`${desk.url}/api/v1/me/session`)).status()).toBe(401);
  await other.goto(`${desk.url}/sessions`);
  await expect(other).toHaveURL(/\/sign-in/);
  await signInWithPassword(other, desk, codes[0] ?? '');
  await expect(other.getByText(/you are not signed in/).first()).toBeVisible();
  await elsewhere.close();
});

test('a page left open when its session ended goes on by itself once its person has signed in on another', async ({
  page,
  desk,
}) => {
  test.setTimeout(120_000);
  const device = await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
  const other = await page.context().newPage();
  await other.goto(desk.url);
  await signOut(other);
  const dialog = page.getByRole('dialog', { name: 'You were signed out' });
  await dialog.getByRole('button', { name: 'Leave it' }).click();
  await expect(dialog).toBeHidden();

  const goesOn = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/me/session') && answer.ok());
  await carryPasskeys(device, await addPasskeyDevice(other));
  await other.goto(`${desk.url}/sign-in`);
  await other.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(other.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await goesOn;
});

test('a session that ended elsewhere is signed in again in place, and the form in hand goes on', async ({
  page,
  desk,
}) => {
  test.setTimeout(240_000);
  const link = await desk.gatehouse('staff', 'invite', 'ada@example.org', '--role', 'viewer');
  await addPasskeyDevice(page);
  await page.goto(link);
  await page.getByLabel('Your name').fill('Ada');
  await page.getByRole('button', { name: 'Create the passkey' }).click();
  await recoveryCodes(page);
  await page.getByRole('button', { name: 'I have saved them: open the desk' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await page.goto(`${desk.url}/me`);
  await page.getByLabel('Other addresses for notices').fill('ada@private.example');

  // Signing out in a second tab ends the session of this one too.
  const other = await page.context().newPage();
  await other.goto(desk.url);
  await signOut(other);
  await other.close();

  // The desk says so by itself, and is live again after the sign-in.
  const dialog = page.getByRole('dialog', { name: 'You were signed out' });
  await expect(dialog).toBeVisible();
  await picture(page, 'signed-out');
  await dialog.getByRole('button', { name: 'Sign in with my passkey' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(page.getByLabel('Other addresses for notices')).toHaveValue('ada@private.example');

  // An act that comes before that asks as well, and goes on by itself.
  await page.route('**/api/v1/me/session', (look) => look.abort());
  const again = await page.context().newPage();
  await again.goto(desk.url);
  await signOut(again);
  await again.close();
  await page.getByRole('button', { name: 'Keep the addresses' }).click();
  await expect(dialog).toBeVisible();
  await page.unroute('**/api/v1/me/session');
  await dialog.getByRole('button', { name: 'Sign in with my passkey' }).click();
  await expect(page.getByText('The addresses are kept').first()).toBeVisible();
  await expect(page.getByLabel('Other addresses for notices')).toHaveValue('ada@private.example');
});
