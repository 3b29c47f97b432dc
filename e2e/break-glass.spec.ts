import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import {
  addPasskeyDevice,
  carryPasskeys,
  confirmWhenAsked,
  type Desk,
  enrol,
  expect,
  plugInKey,
  test,
  unplug,
} from './desk.ts';

async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
  expect(violations.map(({ id, nodes }) => `${page.url()} ${id} ${nodes[0]?.html}`)).toEqual([]);
  const size = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth), page.url()).toBeLessThanOrEqual(390);
  if (size) await page.setViewportSize(size);
}

/** `break-glass status` ends with 1 while the account is not sealed. */
async function statusOf(desk: Desk): Promise<unknown> {
  const said = await desk
    .gatehouse('break-glass', 'status', '--json')
    .catch((error: unknown) => (error as { stdout: string }).stdout);
  return JSON.parse(said);
}

test('[v5.0.0-V6.3.3] two administrators put a hardware key behind the glass; it opens the desk, everybody sees it, and it is closed again', async ({
  page,
  desk,
  browser,
}) => {
  test.setTimeout(240_000);
  const device = await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
  await confirmWhenAsked(page);
  await desk.gatehouse('break-glass', 'seal', '--first', 'Ada Example', '--second', 'Ben Example');
  expect(await statusOf(desk)).toMatchObject({ state: 'sealed', keys: [] });

  await page.goto(`${desk.url}/settings/break-glass`);
  const give = async () => {
    await page.getByLabel('A name for the key, and where it lies').fill('Blue key, safe in room 12');
    await page.getByRole('button', { name: 'Give it a hardware key' }).click();
  };
  const synced = await plugInKey(device, { synced: true });
  await give();
  await expect(page.getByText(/can be copied to other devices/)).toBeVisible();
  await unplug(synced);
  const key = await plugInKey(device);
  await give();
  await expect(page.getByText('waits for a second person')).toBeVisible();
  // Who gave it does not admit it.
  await expect(page.getByRole('button', { name: 'Admit' })).toHaveCount(0);
  await accessible(page);

  const second = await (await browser.newContext()).newPage();
  const link = await desk.gatehouse('staff', 'invite', 'second@example.org', '--role', 'administrator');
  await enrol(second, link, { name: 'Second Administrator' });
  await confirmWhenAsked(second);
  await second.goto(`${desk.url}/settings/break-glass`);
  await second.getByRole('button', { name: 'Admit' }).click();
  await second.getByRole('dialog').getByRole('button', { name: 'Admit' }).click();
  await expect(second.getByText('admitted', { exact: true })).toBeVisible();

  const third = await (await browser.newContext()).newPage();
  const hand = await addPasskeyDevice(third);
  await carryPasskeys(key, await plugInKey(hand));
  await third.goto(await desk.gatehouse('break-glass', 'open'));
  await third.getByLabel('A hardware key of the account').check();
  await third.getByLabel('Reason').fill('the administrators are on a mountain');
  await accessible(third);
  await third.getByRole('button', { name: 'Open the account for an hour' }).click();
  await expect(third.getByRole('heading', { name: 'Overview' })).toBeVisible();
  expect(await statusOf(desk)).toMatchObject({
    state: 'open',
    openedWith: 'the hardware key "Blue key, safe in room 12"',
  });
  await page.goto(`${desk.url}/signals`);
  await expect(page.getByText('Break-glass account opened').first()).toBeVisible();

  await desk.gatehouse('break-glass', 'seal', '--first', 'Ada Example', '--second', 'Ben Example');
  expect((await third.request.get(`${desk.url}/api/v1/me/session`)).status()).toBe(401);
  expect(await statusOf(desk)).toMatchObject({ state: 'sealed' });
  expect(JSON.parse(await desk.gatehouse('audit', 'verify', '--json'))).toMatchObject({ ok: true });
});

test('two people open the glass with their halves, each shown by itself', async ({ page, desk, browser }) => {
  test.setTimeout(240_000);
  await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
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

  const third = await (await browser.newContext()).newPage();
  await third.goto(`${desk.url}/sign-in/break-glass`);
  await third.getByLabel('First half').fill(halves[1] ?? '');
  await third.getByLabel('Second half').fill(halves[0] ?? '');
  await third.getByLabel('Reason').fill('the administrator is on a mountain');
  await third.getByRole('button', { name: 'Open the account for an hour' }).click();
  await expect(third.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await page.goto(`${desk.url}/signals`);
  await expect(page.getByText('Break-glass account opened').first()).toBeVisible();
});
