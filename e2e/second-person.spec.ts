import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { addPasskeyDevice, carryPasskeys, confirmWhenAsked, enrol, expect, plugInKey, test, unplug } from './desk.ts';

const first = 'first@example.org';

async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
  expect(violations.map(({ id, nodes }) => `${page.url()} ${id} ${nodes[0]?.html}`)).toEqual([]);
  const size = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth), page.url()).toBeLessThanOrEqual(390);
  if (size) await page.setViewportSize(size);
}

test('somebody with an account accepts an invitation elsewhere, and says which other account is theirs', async ({
  page,
  desk,
  browser,
}) => {
  test.setTimeout(240_000);
  const device = await enrol(page, desk.enrolmentLink, { email: first, name: 'First Administrator' });
  await confirmWhenAsked(page);
  const second = await (await browser.newContext()).newPage();
  const link = await desk.gatehouse('staff', 'invite', 'commander@example.org', '--role', 'incident-commander');
  const other = await enrol(second, link, { name: 'Same Person, Other Account' });

  await page.goto(`${desk.url}/me`);
  await page.getByRole('button', { name: 'Link an account' }).click();
  // The key of the other account in this hand, and no other: a device with both would ask which.
  const own = await addKeyOnly();
  await page.getByRole('button', { name: 'Use a passkey of that account' }).click();
  await expect(page.getByText('linked', { exact: true })).toBeVisible();
  await own.back();
  await accessible(page);
  await page.goto(`${desk.url}/settings/staff`);
  await page
    .getByRole('link', { name: /Same Person/ })
    .first()
    .click();
  await expect(page.getByText(/The same person as first@example.org/)).toBeVisible();
  // Nobody separates accounts of their own.
  await expect(page.getByRole('button', { name: 'Separate' })).toHaveCount(0);

  await desk.gatehouse('tenant', 'create', 'second', '--name', 'Second Company');
  const invitation = await desk.gatehouse('staff', 'invite', first, '--role', 'auditor', '--tenant', 'second');
  // Signed out, in a browser that knows only the passkey.
  await page.context().clearCookies();
  await page.goto(invitation);
  await expect(page.getByText(/You are invited to Second Company as auditor/)).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: 'Accept with my account' }).click();
  await expect(page.getByRole('button', { name: 'Work at Second Company' })).toBeVisible();
  // A tab left behind in the first tenant orders nothing in the second.
  const left = await page.context().newPage();
  await left.goto(`${desk.url}/me`);
  await left.getByLabel('Other addresses for notices').fill('first@private.example');
  await page.getByRole('button', { name: 'Work at Second Company' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await left.getByRole('button', { name: 'Keep the addresses' }).click();
  await expect(left.getByText(/belongs to another sign-in or another tenant/).first()).toBeVisible();
  await left.close();
  const { data } = (await (await page.request.get(`${desk.url}/api/v1/me/tenant`)).json()) as {
    data: { slug: string; current: boolean; roles: string[] }[];
  };
  expect(data).toMatchObject([
    { slug: 'main', current: false, roles: ['administrator'] },
    { slug: 'second', current: true, roles: ['auditor'] },
  ]);
  await page.goto(invitation);
  await expect(page.getByRole('alert').filter({ hasText: 'used already' })).toBeVisible();

  async function addKeyOnly() {
    const drawer = await addPasskeyDevice(await (await browser.newContext()).newPage());
    await carryPasskeys(device, drawer);
    await unplug(device);
    const hand = await plugInKey(device);
    await carryPasskeys(other, hand);
    return {
      back: async () => {
        await unplug(hand);
        await carryPasskeys(drawer, await plugInKey(device));
      },
    };
  }
});
