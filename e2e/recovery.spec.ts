import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { generateSync } from 'otplib';
import { openMailSink } from '#lib/staff/outbox/mail-sink.ts';
import { letTimePass } from './database-owner.ts';
import { test as base, confirmWhenAsked, type Desk, enrol, expect, startDesk } from './desk.ts';

type World = { demo: Desk; mails: { to: string; text: string }[] };
const test = base.extend<object, { world: World }>({
  world: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the dependencies of a fixture from this pattern
    async ({}, use) => {
      const sink = await openMailSink();
      process.env.SMTP_URL = sink.url;
      process.env.SMTP_FROM = 'desk@gatehouse.example';
      const demo = await startDesk('demo');
      try {
        await use({ demo, mails: sink.mails });
      } finally {
        await demo.stop();
        await sink.close();
        delete process.env.SMTP_URL;
        delete process.env.SMTP_FROM;
      }
    },
    { scope: 'worker', timeout: 240_000 },
  ],
});
test.setTimeout(420_000);
const patient = { timeout: 90_000 };
const who = { name: 'Hanna Brekkevik', email: 'hanna.brekkevik@halden.example' };

async function looksRight(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
  expect(violations.map(({ id, nodes }) => `${name} ${id} ${nodes[0]?.html}`)).toEqual([]);
  for (const [width, height] of [
    [390, 844],
    [1440, 900],
  ] as const) {
    await page.setViewportSize({ width, height });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${name} at ${width}`).toBeLessThanOrEqual(
      width,
    );
    if (!process.env.PICTURES) continue;
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${process.env.PICTURES}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
}

/** The code that the person's app shows; its secret lives at the provider and in the app, never at the desk. */
function totpOf(demo: Desk, email: string): string {
  const sqlite = new DatabaseSync(path.join(demo.dataDir, 'sample', 'provider', 'state.db'), { timeout: 5_000 });
  // The story may have used this half-minute's code; each serves once.
  sqlite.exec('UPDATE authenticators SET last_step = 0');
  const row = sqlite
    .prepare(
      'SELECT a.secret FROM authenticators a JOIN people p ON p.id = a.person WHERE p.email = ? AND a.confirmed_at IS NOT NULL',
    )
    .get(email);
  sqlite.close();
  return generateSync({ secret: String(row?.secret) });
}

async function ask(page: Page, demo: Desk, identifier: string): Promise<string> {
  await page.goto(`${demo.url}/recover`);
  await page.getByLabel(/Your e-mail at work/).fill(identifier);
  await page.getByLabel('What happened').fill('new phone, the old one is lost');
  await page.getByRole('button', { name: 'Ask the help desk' }).click();
  await expect(page.getByRole('heading', { name: /Your case R-/ })).toBeVisible(patient);
  return (
    /R-\w{4}-\w{4}/.exec((await page.getByRole('heading', { name: /Your case R-/ }).textContent()) ?? '')?.[0] ?? ''
  );
}

/** Approved alone, so that the waiting time runs, or gone on to the proposal that a second person signs. */
async function isDecided(page: Page): Promise<boolean> {
  return page.url().includes('/proposals/') || (await page.getByText('Waiting time', { exact: true }).count()) > 0;
}

async function openCase(page: Page, demo: Desk, number: string): Promise<void> {
  await expect(async () => {
    await page.goto(`${demo.url}/recovery?q=${number}`);
    await page.getByRole('link', { name: number }).first().click({ timeout: 3_000 });
    await expect(page.getByRole('heading', { level: 1, name: new RegExp(number) })).toBeVisible({ timeout: 5_000 });
  }).toPass(patient);
}

test('a person who lost their authenticator gets a new one, and nobody at the desk sees a secret', async ({
  page,
  browser,
  world,
}) => {
  const { demo, mails } = world;
  const { password } = JSON.parse(readFileSync(path.join(demo.dataDir, 'sample', 'secrets.json'), 'utf8')) as {
    password: string;
  };
  const payroll = /Payroll (http:\S+)/.exec(demo.printed)?.[1] ?? '';
  const invite = (email: string, role: string) => demo.gatehouse('staff', 'invite', email, '--role', role);
  const newPage = async () => (await browser.newContext()).newPage();

  // She is signed in to a real application, so that the desk knows her; that session has to end, too.
  const laptop = await newPage();
  await laptop.goto(payroll);
  await laptop.getByRole('link', { name: /^Sign in/ }).click();
  await laptop.getByLabel('E-mail').fill(who.email);
  await laptop.getByLabel('Password').fill(password);
  await laptop.getByRole('button', { name: 'Sign in' }).click();
  await laptop.getByLabel('Six-digit code').fill(totpOf(demo, who.email));
  await laptop.getByRole('button', { name: 'Go on' }).click();
  await expect(laptop.getByText(`You are signed in as ${who.name}`)).toBeVisible();

  await enrol(page, await invite('helper@example.org', 'help-desk'), { name: 'Help Desk' });
  await confirmWhenAsked(page);
  const commander = await newPage();
  await enrol(commander, await invite('commander@example.org', 'incident-commander'), { name: 'Second Person' });
  await expect(async () => {
    const answer = await page.request.get(`${demo.url}/api/v1/people?q=${encodeURIComponent(who.email)}`);
    expect(((await answer.json()) as { data: unknown[] }).data.length).toBeGreaterThan(0);
  }).toPass(patient);
  // She has been known for longer than three days.
  await letTimePass(demo, "UPDATE person_addresses SET first_seen_at = first_seen_at - interval '30 days'");

  await test.step('intake says the same of known and unknown people, in words and in time', async () => {
    const stranger = await newPage();
    await looksAlike(stranger);
    await ask(stranger, demo, 'nobody.at.all@halden.example');
    await expect(stranger.getByText('The help desk has it.', { exact: false })).toBeVisible();
  });
  async function looksAlike(stranger: Page): Promise<void> {
    await stranger.goto(`${demo.url}/recover`);
    await looksRight(stranger, 'recover');
    const answers = await stranger.evaluate(
      async (identifiers) => {
        const seen: { status: number; keys: string; shape: string }[] = [];
        for (const identifier of identifiers) {
          const answer = await fetch('/api/v1/recovery-requests', {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ identifier }),
          });
          const body = (await answer.json()) as Record<string, string>;
          seen.push({
            status: answer.status,
            keys: Object.keys(body).join(),
            shape: Object.values(body)
              .map((value) => value.length)
              .join(),
          });
        }
        return seen;
      },
      ['mara.lindholt@halden.example', 'ghost@halden.example'],
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toMatchObject({ status: 202 });
  }

  const person = await newPage();
  const number = await ask(person, demo, who.email);
  await openCase(page, demo, number);
  await expect(page.getByText('Nothing can be approved until one of the three paths is complete.')).toBeVisible();
  await expect(page.getByRole('button', { name: /a new authenticator$/ })).toBeDisabled();
  await looksRight(page, 'case');

  await test.step('a code to the address on record', async () => {
    await page.getByRole('button', { name: 'Ask for: Code to an address on record' }).click();
    await expect.poll(() => mails.some(({ text }) => text.includes('Your code is')), patient).toBe(true);
    const code =
      /Your code is (\d{4} \d{4})/.exec(mails.findLast(({ text }) => text.includes('Your code is'))?.text ?? '')?.[1] ??
      '';
    // The operator's page and its API hold no code.
    expect(await page.content()).not.toContain(code);
    await person.getByLabel('The code from the message').fill('0000 0000');
    await person.getByRole('button', { name: 'Check the code' }).click();
    await expect(person.getByRole('alert').first()).toContainText('not right');
    await person.getByLabel('The code from the message').fill(code);
    await person.getByRole('button', { name: 'Check the code' }).click();
    await expect(person.getByText('The code was right.')).toBeVisible();
  });

  await test.step('the manager attests with their own passkey', async () => {
    const manager = await newPage();
    await enrol(manager, await invite('manager@example.org', 'viewer'), { name: 'Her Manager' });
    await page.getByLabel('Manager’s e-mail at this desk').fill('helper@example.org');
    await page.getByRole('button', { name: 'Ask for: Manager’s attestation' }).click();
    await expect(page.getByRole('alert').filter({ hasText: 'Nobody attests a case that they work on' })).toBeVisible();
    await page.getByLabel('Manager’s e-mail at this desk').fill('manager@example.org');
    await page.getByRole('button', { name: 'Ask for: Manager’s attestation' }).click();
    await expect(async () => {
      await manager.goto(`${demo.url}/recovery/attestations`);
      await expect(manager.getByRole('heading', { name: `Is it ${who.name}?` })).toBeVisible({ timeout: 3_000 });
    }).toPass(patient);
    await looksRight(manager, 'attestation');
    await manager.getByLabel('How you spoke to them').fill('saw her at her desk this morning');
    await manager.getByRole('button', { name: `Sign: it is ${who.name}` }).click();
    await expect(manager.getByText('Nothing is asked of you')).toBeVisible(patient);
  });

  await test.step('proposed, signed by a second person when the risk asks for one, and waited for', async () => {
    await expect(page.getByText('A path is complete.', { exact: false })).toBeVisible(patient);
    await page.getByLabel('Reason').fill('called her back on her desk phone');
    await page.getByRole('button', { name: /a new authenticator$/ }).click();
    await expect.poll(() => isDecided(page), patient).toBe(true);
    if (page.url().includes('/proposals/')) {
      await expect(page.getByRole('button', { name: /^Sign:/ })).toHaveCount(0);
      await commander.goto(page.url());
      await commander.getByRole('button', { name: /^Sign:/ }).click();
      await expect(commander).toHaveURL(/\/runs\//, patient);
    }
    await expect
      .poll(
        () => mails.some(({ to, text }) => to === who.email && text.includes('approved a new authenticator')),
        patient,
      )
      .toBe(true);
    await expect(person.getByText('Time left:')).toBeVisible(patient);
    await expect(person.getByRole('button', { name: 'Show my binding code' })).toHaveCount(0);
    await looksRight(person, 'person-waiting');
    await letTimePass(demo, "UPDATE recovery_cases SET release_at = clock_timestamp() WHERE state = 'waiting'");
  });

  await test.step('the code is shown to her once; a new authenticator; the old session is over', async () => {
    await person.getByRole('button', { name: 'Show my binding code' }).click(patient);
    const code = (await person.getByRole('region', { name: 'Binding code' }).locator('.font-mono').textContent()) ?? '';
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    await looksRight(person, 'person-code');
    const phone = await newPage();
    await phone.goto(
      (await person.getByRole('link', { name: 'Set up my new authenticator' }).getAttribute('href')) ?? '',
    );
    await phone.getByLabel('E-mail').fill(who.email);
    await phone.getByLabel('One-time code').fill(code);
    await phone.getByRole('button', { name: 'Go on' }).click();
    const secret = (await phone.locator('code').first().textContent()) ?? '';
    await phone.getByLabel('Six-digit code').fill(generateSync({ secret }));
    await phone.getByRole('button', { name: 'Confirm' }).click();
    await expect(phone.getByText('Your authenticator is set up')).toBeVisible();
    await expect(person.getByText('Your new authenticator works.', { exact: false })).toBeVisible({ timeout: 120_000 });
    await expect(async () => {
      await laptop.goto(payroll);
      await expect(laptop.getByText(`You are signed in as ${who.name}`)).toHaveCount(0, { timeout: 2_000 });
    }).toPass(patient);
    const audit = await demo.gatehouse('audit', 'verify', '--json');
    expect(JSON.parse(audit)).toMatchObject({ ok: true });
    await openCase(page, demo, number);
    expect(await page.content()).not.toContain(code);
    await looksRight(page, 'case-done');
  });
});

test('a veto by one click stops a recovery that was approved, and a code serves once in parallel', async ({
  page,
  browser,
  world,
}) => {
  const { demo, mails } = world;
  const email = 'noor.elmansour@halden.example';
  const invite = (address: string, role: string) => demo.gatehouse('staff', 'invite', address, '--role', role);
  const newPage = async () => (await browser.newContext()).newPage();
  await letTimePass(
    demo,
    `INSERT INTO people (tenant_id, id, provider_id, issuer, subject, account_type, display_name, email, name_at, email_at, first_seen_at, last_seen_at, sign_ins, failures)
     SELECT p.tenant_id, gen_random_uuid(), p.id, p.issuer, 'not-in-the-store', 'human', 'Noor Elmansour', '${email}', now(), now(), now() - interval '40 days', now(), 1, 0
     FROM providers p WHERE p.kind = 'sample' AND NOT EXISTS (SELECT 1 FROM people x WHERE x.email = '${email}');
     INSERT INTO person_addresses (tenant_id, person_id, address, first_seen_at) SELECT tenant_id, id, email, now() - interval '40 days' FROM people WHERE email = '${email}'
     ON CONFLICT (tenant_id, person_id, address) DO UPDATE SET first_seen_at = now() - interval '40 days'`,
  );
  await enrol(page, await invite('helper2@example.org', 'help-desk'), { name: 'Second Helper' });
  await confirmWhenAsked(page);
  const manager = await newPage();
  await enrol(manager, await invite('manager2@example.org', 'viewer'), { name: 'Another Manager' });
  const person = await newPage();
  const number = await ask(person, demo, email);
  await openCase(page, demo, number);
  await page.getByRole('button', { name: 'Ask for: Code to an address on record' }).click();
  const codeMail = () => mails.findLast(({ to, text }) => to === email && text.includes('Your code is'));
  await expect.poll(() => codeMail() !== undefined, patient).toBe(true);
  const code = /Your code is (\d{4} \d{4})/.exec(codeMail()?.text ?? '')?.[1] ?? '';
  const outcomes = await person.evaluate(async (value) => {
    const secret = sessionStorage.getItem('gatehouse-recovery-case');
    const tries = Array.from({ length: 10 }, () =>
      fetch('/api/v1/recovery-requests/code', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ secret, code: value }),
      }),
    );
    return (await Promise.all(tries)).map(({ status }) => status);
  }, code);
  expect(outcomes.filter((status) => status === 200)).toHaveLength(1);

  await page.getByLabel('Manager’s e-mail at this desk').fill('manager2@example.org');
  await page.getByRole('button', { name: 'Ask for: Manager’s attestation' }).click();
  await expect(async () => {
    await manager.goto(`${demo.url}/recovery/attestations`);
    await expect(manager.getByRole('heading', { name: 'Is it Noor Elmansour?' })).toBeVisible({ timeout: 3_000 });
  }).toPass(patient);
  await manager.getByLabel('How you spoke to them').fill('called her');
  await manager.getByRole('button', { name: 'Sign: it is Noor Elmansour' }).click();
  await expect(manager.getByText('Nothing is asked of you')).toBeVisible(patient);
  await expect(page.getByText('A path is complete.', { exact: false })).toBeVisible(patient);
  await page.getByLabel('Reason').fill('proved twice');
  await page.getByRole('button', { name: /a new authenticator$/ }).click();
  await expect.poll(() => isDecided(page), patient).toBe(true);

  const link = () =>
    /http:\S+\/recover\/not-me#[\w-]+/.exec(
      mails.findLast(({ to, text }) => to === email && text.includes('not-me#'))?.text ?? '',
    )?.[0];
  await expect.poll(() => link() !== undefined, patient).toBe(true);
  const herself = await newPage();
  await herself.goto(link() ?? '');
  await expect(herself).toHaveURL(/\/recover\/not-me$/);
  await looksRight(herself, 'not-me');
  await herself.getByRole('button', { name: 'Stop it: this was not me' }).click();
  await expect(herself.getByText(/^Stopped\./)).toBeVisible();
  await letTimePass(demo, "UPDATE recovery_cases SET release_at = clock_timestamp() WHERE state = 'waiting'");
  await expect(person.getByText('it was not you', { exact: false })).toBeVisible(patient);
  await expect(person.getByRole('button', { name: 'Show my binding code' })).toHaveCount(0);
  await openCase(page, demo, number);
  await expect(page.getByText('Stopped: not them').first()).toBeVisible();
});
