import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { type Desk, enrol, expect, test } from './desk.ts';

const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

function signIn(who: string, minutesAgo: number, ip: string, ok = true) {
  const uid = `${who}-${minutesAgo}-${ip}`;
  return {
    class_uid: 3002,
    activity_id: 1,
    status_id: ok ? 1 : 2,
    ...(ok ? {} : { status_detail: 'invalid credentials' }),
    time: Date.now() - minutesAgo * 60_000,
    metadata: { uid, version: '1.5.0', product: { name: 'Desk test' } },
    user: { uid: who, name: `${who} Example`, email_addr: `${who}@example.org` },
    session: { uid: `session-${uid}` },
    src_endpoint: { ip },
    http_request: { user_agent: agent },
  };
}

async function send(desk: Desk, token: string, records: unknown[]): Promise<void> {
  const answer = await fetch(`${desk.url}/api/v1/ingest/ocsf`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-ndjson' },
    body: records.map((record) => JSON.stringify(record)).join('\n'),
  });
  expect(answer.status).toBe(200);
}

/** Three people in trouble, the latest first: Cora, Bert, Ada. */
const trouble = (who: string, minutesAgo: number) => [
  ...Array.from({ length: 16 }, (_, day) => signIn(who, (day + 1) * 1440, '91.65.1.1')),
  signIn(who, minutesAgo + 10, '91.65.1.1'),
  signIn(who, minutesAgo, '1.120.0.1'),
];

test('three signals are decided by keys alone: at most three each, the next one opens by itself, and back', async ({
  page,
  desk,
}) => {
  test.setTimeout(600_000);
  await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
  const token = await desk.gatehouse('token', 'create', 'sender', '--scope', 'events:write', '--provider', 'ocsf');
  await send(desk, token, [...trouble('Ada', 60), ...trouble('Bert', 40), ...trouble('Cora', 20)]);

  const detail = page.getByRole('article');
  await expect(async () => {
    await page.goto(`${desk.url}/signals`);
    await expect(page.getByText('3 signals')).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 60_000 });

  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(page).toHaveURL(/state=acknowledged/);
  // The latest one is open by itself; j and k walk.
  await expect(detail.getByText(/Cora Example signed in from/)).toBeVisible();
  await page.keyboard.press('j');
  await expect(detail.getByText(/Bert Example signed in from/)).toBeVisible();
  await expect(page).toHaveURL(/\/signals\/[0-9a-f-]{36}\?/);
  await page.keyboard.press('k');
  await expect(detail.getByText(/Cora Example signed in from/)).toBeVisible();
  for (const evidence of [
    'Why it fired',
    'Why it was not suppressed',
    'Where',
    'Devices, side by side',
    'Related signals',
  ])
    await expect(detail.getByRole('heading', { name: evidence })).toBeVisible();

  // s and 1: two keys to a decision, and the next signal is there.
  await page.keyboard.press('s');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('1');
  await expect(detail.getByText(/Bert Example signed in from/)).toBeVisible();
  await expect(page.getByText('2 signals')).toBeVisible();
  // u takes it back, wherever one is by then.
  await page.keyboard.press('u');
  await expect(detail.getByText(/Cora Example signed in from/)).toBeVisible();
  await expect(page.getByText('3 signals')).toBeVisible();

  await page.keyboard.press('a');
  await expect(detail.getByText('acknowledged', { exact: true })).toBeVisible();
  await page.keyboard.press('m');
  await expect(page.getByRole('link', { name: /^Mine 1/ })).toBeVisible();
  await page.keyboard.press('c');
  await page.getByLabel('Or in your own words').fill('she was at her desk');
  await page.keyboard.press('Enter');
  await expect(detail.getByText(/Bert Example signed in from/)).toBeVisible();
  await page.keyboard.press('d');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('3');
  await expect(detail.getByText(/Ada Example signed in from/)).toBeVisible();
  await page.keyboard.press('s');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('2');
  await expect(page.getByText('No signal matches')).toBeVisible();

  // What was decided stands in the list of all, with whose words; another one's news come as a pill, not as moving rows.
  await page.goto(`${desk.url}/signals`);
  await expect(page.getByText('Decided by First Administrator: she was at her desk')).toBeVisible();
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await send(desk, token, trouble('Dora', 5));
  await page.getByRole('button', { name: '1 new' }).click({ timeout: 60_000 });
  await expect(page.getByRole('link', { name: /Dora Example/ }).first()).toBeVisible();

  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder(/A name, e-mail, session id/).fill('bert@');
  await page.getByRole('option', { name: /Bert Example/ }).click();
  await expect(page.getByRole('heading', { name: 'Bert Example', level: 1 })).toBeVisible();

  await everyScreen(page, desk);
});

/** Every place of the desk and a detail of each kind: axe in both themes, 390 px, 200 % zoom, and nothing that moves by itself. */
async function everyScreen(page: Page, desk: Desk): Promise<void> {
  const places = await page
    .getByRole('navigation', { name: 'Desk' })
    .getByRole('link')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  const ids = async (list: string) =>
    ((await (await page.request.get(`${desk.url}/api/v1/${list}?limit=1`)).json()) as { data: { id: string }[] })
      .data[0]?.id;
  const details = [
    `/signals/${await ids('signals')}`,
    `/people/${await ids('people')}`,
    `/sessions?open=${await ids('sessions')}`,
    `/audit?open=${await ids('audit')}`,
    '/sessions?state=live&country=nowhere',
    '/people?q=nobody+is+called+this',
  ];
  const pictures = process.env.PICTURES;
  for (const path of [...places, ...details]) {
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto(desk.url + path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.locator('main').getByText('could not be')).toHaveCount(0);
      const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
      expect.soft(violations.map(({ id, nodes }) => `${path} ${theme} ${id} ${nodes[0]?.html}`)).toEqual([]);
      const moving = await page.evaluate(
        () => document.getAnimations().filter((one) => Number(one.effect?.getComputedTiming().duration) > 1).length,
      );
      expect.soft(moving, `${path} moves although that is not wanted`).toBe(0);
      const name = `${path.replace(/[0-9a-f-]{36}/, 'one').replaceAll(/[^a-z]+/g, '-')}-${theme}`;
      if (pictures) await page.screenshot({ path: `${pictures}/wide${name}.png` });
      // 720 px is 1440 px at 200 % zoom.
      for (const width of [720, 390]) {
        await page.setViewportSize({ width, height: 844 });
        await expect
          .configure({ soft: true })
          .poll(() => page.evaluate(() => document.documentElement.scrollWidth), { message: `${path} at ${width} px` })
          .toBeLessThanOrEqual(width);
        if (pictures && width === 390) await page.screenshot({ path: `${pictures}/narrow${name}.png` });
      }
    }
  }
}
