import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { letTimePass } from './database-owner.ts';
import { confirmWhenAsked, demoTest, enrol, expect } from './desk.ts';

const test = demoTest();
test.setTimeout(300_000);
const patient = { timeout: 90_000 };

/** The provider's policy becomes one of seconds, and what waits is due: the steps then take themselves, each with its checks. */
const hurryProvider = `DELETE FROM signing_key_uses; UPDATE signing_issuers SET lead_seconds = 0, client_cache_seconds = 0, jwks_max_age_seconds = 0,
    token_life_seconds = 1, skew_seconds = 0, keep_seconds = 0 WHERE kind = 'provider';
  UPDATE key_rotations SET next_at = clock_timestamp(), lease_until = NULL WHERE state = 'running'`;
/** Two days go by for what waits and for the keys of our own. */
const twoDays = `UPDATE signing_keys SET published_at = published_at - interval '2 days', activated_at = activated_at - interval '2 days',
    retiring_at = retiring_at - interval '2 days', retired_at = retired_at - interval '2 days' WHERE wrapped_private IS NOT NULL;
  UPDATE signing_key_uses SET expires_at = expires_at - interval '2 days';
  UPDATE key_rotations SET next_at = next_at - interval '2 days' WHERE state = 'running'`;

async function kids(url: string): Promise<string[]> {
  const answer = await fetch(url);
  expect(answer.headers.get('cache-control')).toMatch(/public, max-age=\d+, must-revalidate/);
  return ((await answer.json()) as { keys: { kid: string; d?: string }[] }).keys.map(({ kid, d }) => {
    expect(d).toBeUndefined();
    return kid;
  });
}

/** Soft, so that one run names everything that is not right on any page. */
async function looksRight(page: Page, name: string): Promise<void> {
  // What a sticky header half covers would count as too small.
  await page.evaluate(() => window.scrollTo(0, 0));
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
  expect.soft(violations.map(({ id, nodes }) => `${name} ${id} ${nodes[0]?.html}`)).toEqual([]);
  for (const [width, height] of [
    [390, 844],
    [1440, 900],
  ] as const) {
    await page.setViewportSize({ width, height });
    const wider = await page.evaluate((most) => {
      const all = [...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > most);
      return document.documentElement.scrollWidth > most
        ? ['the page', ...all.map((one) => one.outerHTML.slice(0, 120))]
        : [];
    }, width);
    expect.soft(wider, `${name} at ${width}`).toEqual([]);
    if (!process.env.PICTURES) continue;
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${process.env.PICTURES}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
}

test('two people rotate the provider’s key and our own from proposal to receipt and to their end, and kill a key', async ({
  page,
  browser,
  demo,
}) => {
  const invite = (email: string, role: string) => demo.gatehouse('staff', 'invite', email, '--role', role);
  await enrol(page, await invite('custodian@example.org', 'key-custodian,viewer'), { name: 'Key Custodian' });
  const second = await (await browser.newContext()).newPage();
  await enrol(second, await invite('commander@example.org', 'incident-commander'), { name: 'Second Person' });

  for (const one of [page, second]) await confirmWhenAsked(one);
  // Both issuers are there: ours, and the sample provider's as it reports it.
  await expect(async () => {
    await page.goto(`${demo.url}/keys`);
    await expect(page.getByRole('link', { name: 'Sample provider' })).toBeVisible({ timeout: 2_000 });
  }).toPass(patient);
  await expect(page.getByRole('heading', { name: 'Gatehouse (Main)' })).toBeVisible();
  await looksRight(page, 'keys');

  /** The second person signs; the run ends; its receipt names them and verifies without the desk. */
  const signToReceipt = async (address: string) => {
    await second.goto(address);
    await second.getByRole('button', { name: /^Sign:/ }).click();
    await expect(second).toHaveURL(/\/runs\//, patient);
    const link = second.getByRole('link', { name: 'Download the receipt' });
    await expect(async () => {
      await second.reload();
      await expect(link).toBeVisible({ timeout: 2_000 });
    }).toPass(patient);
    const receipt = await second.request.get(new URL((await link.getAttribute('href')) ?? '', demo.url).href);
    const file = path.join(demo.dataDir, 'receipt.json');
    writeFileSync(file, await receipt.body());
    expect(JSON.parse(await demo.gatehouse('receipt', 'verify', file, '--json'))).toMatchObject({
      ok: true,
      items: { verified: 1 },
      signedBy: [expect.stringContaining('Second Person')],
    });
  };

  await test.step('the sample provider, to the end', async () => {
    await page.getByRole('link', { name: 'Sample provider' }).click();
    await expect(page.getByRole('heading', { name: 'Who relies on the current key' })).toBeVisible();
    const shown =
      (await page
        .getByText(/\/jwks$/)
        .first()
        .textContent()) ?? '';
    const keySet = /http:\/\/\S+\/jwks/.exec(shown)?.[0] ?? '';
    const before = await kids(keySet);
    expect(before).toHaveLength(1);
    await looksRight(page, 'issuer');
    await page.getByRole('link', { name: 'Rotate the key' }).click();
    await expect(page.getByText('Publish the next key')).toBeVisible();
    await looksRight(page, 'rotate');
    await page.getByLabel('Reason').fill('it is a year old');
    await page.getByRole('button', { name: 'Propose this rotation' }).click();
    await expect(page.getByRole('heading', { name: 'Key rotation: 1 key' })).toBeVisible(patient);
    // Who proposed it cannot sign it.
    await expect(page.getByRole('button', { name: /^Sign:/ })).toHaveCount(0);
    expect(await kids(keySet)).toEqual(before);
    await looksRight(page, 'proposal');
    await signToReceipt(page.url());
    await expect.poll(async () => (await kids(keySet)).length, patient).toBe(2);
    await expect(async () => {
      await page.goto(`${demo.url}/keys`);
      await expect(page.getByRole('link', { name: 'See the rotation' })).toBeVisible({ timeout: 2_000 });
    }).toPass(patient);
    await page.getByRole('link', { name: 'See the rotation' }).click();
    await expect(page.getByRole('heading', { name: 'Key rotation' })).toBeVisible();
    await looksRight(page, 'rotation');
    // The tokens of the old key are long dead, as the provider counts them.
    const sqlite = new DatabaseSync(path.join(demo.dataDir, 'sample', 'provider', 'state.db'), { timeout: 5_000 });
    sqlite.exec('UPDATE signing_keys SET signatures = 0, last_signed_at = NULL');
    sqlite.close();
    await letTimePass(demo, hurryProvider);
    await expect
      .poll(
        async () => {
          return (await kids(keySet)).filter((kid) => before.includes(kid)).length;
        },
        { timeout: 120_000, intervals: [4_000] },
      )
      .toBe(0);
    expect(await kids(keySet)).toHaveLength(1);
    await expect(async () => {
      await page.reload();
      await expect(page.locator('main header').getByText('Done', { exact: true })).toBeVisible({ timeout: 2_000 });
    }).toPass(patient);
  });

  await test.step('our own, under a policy somebody changed: halts when a check fails, goes on when somebody says so, to the end', async () => {
    const ours = `${demo.url}/.well-known/jwks.json`;
    const before = await kids(ours);
    await page.goto(`${demo.url}/keys`);
    await page.getByRole('link', { name: 'Gatehouse (Main)' }).click();
    await page.getByText('Change the policy', { exact: true }).first().click();
    await page.getByLabel('Public before it signs').fill('5 min');
    await page.getByLabel('Why').fill('partners asked for more notice');
    await page.getByRole('button', { name: 'Change the policy' }).click();
    await expect(page.getByText(/so a key is public at least that long/)).toBeVisible();
    await page.getByLabel('Public before it signs').fill('1 d 6 h');
    await looksRight(page, 'policy');
    await page.getByRole('button', { name: 'Change the policy' }).click();
    await expect(page.getByRole('definition').filter({ hasText: '1 d 6 h' })).toBeVisible();
    await page.getByRole('link', { name: 'Rotate the key' }).click();
    await page.getByLabel('Reason').fill('before the audit');
    await page.getByRole('button', { name: 'Propose this rotation' }).click();
    await expect(page.getByRole('heading', { name: 'Key rotation: 1 key' })).toBeVisible(patient);
    await signToReceipt(page.url());
    await expect.poll(async () => (await kids(ours)).length, patient).toBe(2);
    await expect(async () => {
      await letTimePass(demo, "UPDATE key_rotations SET next_at = clock_timestamp() WHERE state = 'running'");
      await page.goto(`${demo.url}/keys`);
      await expect(page.getByRole('link', { name: 'See why it halted' })).toBeVisible({ timeout: 2_000 });
    }).toPass(patient);
    await page.getByRole('link', { name: 'See why it halted' }).click();
    await expect(page.getByText(/The lead time is not over/).first()).toBeVisible();
    await looksRight(page, 'halted');
    await letTimePass(demo, twoDays);
    await page.getByLabel('Why').fill('the two days are over');
    await page.getByRole('button', { name: 'Check again and resume' }).click();
    // Each look lets two days more go by; the worker takes a step when it is due, and the page follows by itself.
    for (const step of ['activate', 'retire', 'destroy']) {
      await expect(page.getByRole('row', { name: new RegExp(`${step} verified`) })).toBeVisible(patient);
      await letTimePass(demo, twoDays);
    }
    await expect(page.locator('main header').getByText('Done', { exact: true })).toBeVisible(patient);
    const after = await kids(ours);
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    // A cache that asks again with what it has is told that nothing changed.
    const first = await fetch(ours);
    expect(first.headers.get('content-type')).toBe('application/jwk-set+json');
    const again = await fetch(ours, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
  });

  await test.step('a kill: what breaks first, then two people, then another key at once', async () => {
    const ours = `${demo.url}/.well-known/jwks.json`;
    const before = await kids(ours);
    await page.goto(`${demo.url}/keys`);
    await page.getByRole('link', { name: 'Gatehouse (Main)' }).click();
    await page.getByRole('link', { name: 'Kill a key' }).click();
    await expect(page.getByRole('heading', { name: 'What breaks' })).toBeVisible();
    await expect(page.getByText(/go on trusting the killed key/)).toBeVisible();
    await looksRight(page, 'kill');
    await page.getByLabel('Reason').fill('its host was broken into');
    await page.getByRole('button', { name: 'Propose to kill this key' }).click();
    await expect(page.getByRole('heading', { name: 'Kill of a key: 1 key' })).toBeVisible(patient);
    await signToReceipt(page.url());
    await expect
      .poll(async () => {
        const now = await kids(ours);
        return now.length === 1 && !before.includes(now[0] ?? '');
      }, patient)
      .toBe(true);
    await page.goto(`${demo.url}/keys`);
    await expect(page.getByText(/took over from a compromised key/)).toBeVisible();
  });

  expect((await (await fetch(`${demo.url}/api/ready`)).json()) as object).toMatchObject({ keys: true });
  expect(JSON.parse(await demo.gatehouse('audit', 'verify', '--json'))).toMatchObject({ ok: true });
});
