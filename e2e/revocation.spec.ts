import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from '@playwright/test';
import { employeesAt } from '#lib/demo/company.ts';
import { openPersonBrowser, type PersonBrowser } from '#lib/demo/story/person-browser.ts';
import { type Desk, demoTest, enrol, expect } from './desk.ts';

/** Sessions of real HTTP clients that end, and of some that live on. */
const doomedCount = Number(process.env.REVOCATION_SESSIONS ?? 300);
const livingCount = 6;
/** People in real browsers, beside the clients. */
const browserCount = 3;

const test = demoTest();
test.setTimeout(900_000);
test.use({ actionTimeout: 30_000 });

type Samples = { payroll: string; wiki: string; issuer: string; password: string };

function samplesOf(demo: Desk): Samples {
  const secrets = JSON.parse(readFileSync(path.join(demo.dataDir, 'sample', 'secrets.json'), 'utf8')) as {
    providerPort: number;
    appPort: number;
    password: string;
  };
  const app = `http://127.0.0.1:${secrets.appPort}`;
  return {
    payroll: `${app}/payroll`,
    wiki: `${app}/wiki`,
    issuer: `http://127.0.0.1:${secrets.providerPort}`,
    password: secrets.password,
  };
}

/** Signs real HTTP clients in to one application, some at a time. */
async function signInMany(samples: Samples, application: string, count: number): Promise<PersonBrowser[]> {
  // Who has a second factor can sign in once a code; the first six have a password alone.
  const people = employeesAt('sample').slice(0, 6);
  const browsers: PersonBrowser[] = [];
  const next = Array.from({ length: count }, (_, n) => people[n % people.length]);
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let employee = next.pop(); employee; employee = next.pop()) {
        const { email } = employee;
        const browser = openPersonBrowser({ ip: null, userAgent: 'Journey of an HTTP client', edgeKey: null }, [
          samples.issuer,
          new URL(application).origin,
        ]);
        const landed = await browser.signIn({ application, email, password: samples.password });
        expect(landed.text).toContain('You are signed in as');
        browsers.push(browser);
      }
    }),
  );
  return browsers;
}

async function operator(browser: Browser, desk: Desk, email: string, role: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  const link = await desk.gatehouse('staff', 'invite', email, '--role', role);
  await enrol(page, link, { name: email.split('@')[0] ?? email });
  return page;
}

async function looksRight(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
  expect(violations.map(({ id, nodes }) => `${name} ${id} ${nodes[0]?.html}`)).toEqual([]);
  for (const [width, theme] of [
    [390, 'light'],
    [1440, 'dark'],
    [1440, 'light'],
  ] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: 900 });
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth),
      `${name} at ${width} px`,
    ).toBeLessThanOrEqual(width);
    if (process.env.PICTURES)
      await page.screenshot({ path: `${process.env.PICTURES}/${name}-${width}-${theme}.png`, fullPage: true });
  }
}

test('two people take a revocation from scope to receipt; real sessions end, others live on', async ({
  browser,
  demo,
  page,
}) => {
  const samples = samplesOf(demo);
  await enrol(page, demo.enrolmentLink, { email: 'ada@example.org', name: 'Ada' });
  const grace = await operator(browser, demo, 'grace@example.org', 'incident-commander');
  const token = await demo.gatehouse(
    'token',
    'create',
    'gateway',
    '--scope',
    'sessions:read,revocations:propose,proposals:read,revocations:read',
  );

  const doomed = await signInMany(samples, samples.payroll, doomedCount);
  const living = await signInMany(samples, samples.wiki, livingCount);
  const pages: Page[] = [];
  for (const { email, name } of employeesAt('sample').slice(0, browserCount)) {
    const person = await (await browser.newContext()).newPage();
    await person.goto(samples.payroll);
    await person.getByRole('link', { name: /^Sign in/ }).click();
    await person.getByLabel('E-mail').fill(email);
    await person.getByLabel('Password').fill(samples.password);
    await person.getByRole('button', { name: 'Sign in' }).click();
    await expect(person.getByText(`You are signed in as ${name}`)).toBeVisible();
    pages.push(person);
  }

  // Scope: the filter of the sessions screen. The desk has heard of everybody once the count says so.
  const scope = 'client=Payroll&state=live&q=@halden.example&from=-2h';
  await expect(async () => {
    await page.goto(`${demo.url}/revocations/new?${scope}`);
    const shown = await page.getByText(/living sessions? at this moment/).textContent();
    expect(Number(/([\d,]+) living/.exec(shown ?? '')?.[1]?.replaceAll(',', ''))).toBeGreaterThanOrEqual(
      doomedCount + browserCount,
    );
  }).toPass({ timeout: 120_000 });
  await looksRight(page, 'scope');
  await page.getByLabel('Reason').fill('payroll was breached');
  await page.getByRole('button', { name: 'Rehearse' }).click();

  await expect(page.getByText('Sessions, frozen')).toBeVisible();
  await expect(page.getByRole('row', { name: /^Sample provider / })).toContainText('Access tokens');
  await looksRight(page, 'rehearsal');
  await page.getByRole('link', { name: 'Go on to sign' }).click();
  await expect(page.getByRole('button', { name: /Sign and propose: revoke/ })).toBeVisible();
  const proposalUrl = page.url();
  const id = proposalUrl.split('/').at(-1) ?? '';
  await page.keyboard.press('Shift+S');
  await expect(page.getByText('Waiting for approval').first()).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText('You proposed it, so another person has to sign.')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Sign(?! out)/ })).toHaveCount(0);

  // A token can propose, never approve.
  const api = (path: string, init: RequestInit = {}) =>
    fetch(`${demo.url}/api/v1${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers },
    });
  expect(
    (
      await api(`/proposals/${id}/approval`, {
        method: 'POST',
        body: JSON.stringify({ digest: '0'.repeat(64), assertion: {} }),
      })
    ).status,
  ).toBe(403);
  const [target] = ((await (await api(`/proposals/${id}/targets?limit=1`)).json()) as { data: { reference: string }[] })
    .data;
  const introspect = async () =>
    (await api('/sessions/introspect', { method: 'POST', body: JSON.stringify({ token: target?.reference }) })).json();
  expect(await introspect()).toMatchObject({ active: true });

  // Grace finds it waiting for her, sees the same digest, and signs by key.
  await grace.goto(`${demo.url}/proposals?waiting=me`);
  await grace.getByRole('link', { name: 'Review and sign' }).click();
  await expect(grace.getByText('payroll was breached').first()).toBeVisible();
  await looksRight(grace, 'proposal');
  await grace.getByRole('heading', { level: 1 }).click();
  await grace.keyboard.press('Shift+S');
  await expect(grace).toHaveURL(/\/runs\//, { timeout: 30_000 });
  expect(await introspect()).toMatchObject({ active: false, cutoff: expect.any(Number) });
  await grace.reload();
  await expect(grace.getByText('Done', { exact: true }).first()).toBeVisible({ timeout: 240_000 });
  await looksRight(grace, 'run');
  await expect(page).toHaveURL(proposalUrl);
  await expect(page.getByRole('link', { name: 'See the run' })).toBeVisible({ timeout: 15_000 });

  // The application refuses every one of them; who used another application is still signed in.
  for (const client of doomed) expect((await client.open(samples.payroll)).text).not.toContain('You are signed in as');
  for (const client of living) expect((await client.open(samples.wiki)).text).toContain('You are signed in as');
  for (const person of pages) {
    await person.reload();
    await expect(person.getByRole('heading', { name: 'You were signed out' })).toBeVisible();
  }

  // The receipt needs no database, and one changed letter is found.
  const run = grace.url().split('/').at(-1) ?? '';
  const receipt = await grace.request.get(`${demo.url}/api/v1/runs/${run}/receipt`);
  const file = path.join(demo.dataDir, 'receipt.json');
  writeFileSync(file, await receipt.body());
  const verdict = JSON.parse(await demo.gatehouse('receipt', 'verify', file, '--json')) as {
    ok: boolean;
    items: { verified: number };
    signedBy: string[];
  };
  expect(verdict).toMatchObject({
    ok: true,
    signedBy: [expect.stringContaining('Ada'), expect.stringContaining('grace')],
  });
  expect(verdict.items.verified).toBeGreaterThanOrEqual(doomedCount + browserCount);
  writeFileSync(
    file,
    (await receipt.text()).replace('"verified"]', '"failed"]').replace('"state":"verified"', '"state":"failed"'),
  );
  await expect(demo.gatehouse('receipt', 'verify', file)).rejects.toThrow();
  expect(JSON.parse(await demo.gatehouse('audit', 'verify', '--json'))).toMatchObject({ ok: true });
  for (const client of [...doomed, ...living]) await client.close();
});
