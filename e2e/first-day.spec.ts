import { AxeBuilder } from '@axe-core/playwright';
import { type Desk, enrol, expect, test } from './desk.ts';

const places = { frankfurt: '91.65.1.1', melbourne: '1.120.0.1' };

async function send(desk: Desk, token: string, records: unknown[]): Promise<Response> {
  return fetch(`${desk.url}/api/v1/ingest/ocsf`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-ndjson' },
    body: records.map((record) => JSON.stringify(record)).join('\n'),
  });
}

function signIn(uid: string, minutesAgo: number, ip: string, agent: string) {
  return {
    class_uid: 3002,
    activity_id: 1,
    status_id: 1,
    time: Date.now() - minutesAgo * 60_000,
    metadata: { uid, version: '1.5.0', product: { name: 'Desk test' } },
    user: { uid: 'ada', name: 'Ada Example', email_addr: 'ada@example.org' },
    session: { uid: `session-${uid}` },
    src_endpoint: { ip },
    http_request: { user_agent: agent },
  };
}

test('a newcomer enrols, sees what came in through the door, decides on it, and leaves a chain that verifies', async ({
  page,
  desk,
}) => {
  for (const path of ['/', '/sessions', '/signals', '/devices', '/audit']) {
    await page.goto(desk.url + path);
    await expect(page).toHaveURL(/\/sign-in/);
  }
  for (const path of ['/api/v1/sessions', '/api/v1/audit', '/api/v1/signals', '/api/v1/events', '/api/v1/devices']) {
    expect((await page.request.get(desk.url + path)).status()).toBe(401);
  }

  await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
  expect(page.url()).not.toContain('#');

  const token = await desk.gatehouse('token', 'create', 'sender', '--scope', 'events:write', '--provider', 'ocsf');
  const windows =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  const linux = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  const ordinary = Array.from({ length: 20 }, (_, day) =>
    signIn(`day-${day}`, (day + 1) * 1440, places.frankfurt, windows),
  );
  const records = [
    ...ordinary,
    signIn('home', 20, places.frankfurt, windows),
    signIn('away', 10, places.melbourne, linux),
  ];
  const answer = await send(desk, token, records);
  expect(await answer.json()).toEqual({ received: 22, stored: 22, duplicate: 0, quarantined: 0, items: [] });
  expect(await (await send(desk, token, records)).json()).toMatchObject({ stored: 0, duplicate: 22 });
  expect((await fetch(`${desk.url}/api/v1/sessions`, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(
    403,
  );

  await page.getByRole('link', { name: 'Sessions', exact: true }).click();
  await expect(page.getByRole('cell', { name: /Melbourne, AU/ })).toBeVisible();
  await page.getByRole('button', { name: 'Revoke the session of Ada Example' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('not the person');
  await dialog.getByRole('button', { name: 'Revoke 1 session' }).click();
  await expect(dialog.getByText(/cannot end sessions there/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Keep it' }).click();

  await expect(async () => {
    await page.goto(`${desk.url}/signals`);
    await expect(page.getByRole('link', { name: 'Impossible travel' }).first()).toBeVisible({ timeout: 500 });
  }).toPass();
  await page.getByRole('link', { name: 'Impossible travel' }).first().click();
  await expect(page).toHaveURL(/\/signals\/[0-9a-f-]{36}/);
  await expect(page.getByText(/DE → AU/)).toBeVisible();
  await page.keyboard.press('c');
  await page.getByLabel('Or in your own words').fill('she was at her desk in Frankfurt');
  await page.getByRole('button', { name: 'Decide' }).click();
  await expect(page.getByText('Decided by First Administrator: she was at her desk in Frankfurt')).toBeVisible();

  for (const path of ['/', '/sessions', '/devices', '/signals', '/audit']) {
    await page.goto(desk.url + path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
    expect(violations.map(({ id, nodes }) => `${path} ${id} ${nodes[0]?.html}`)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${path} at 390 px`).toBeLessThanOrEqual(
      390,
    );
    if (process.env.PICTURES)
      await page.screenshot({ path: `${process.env.PICTURES}/narrow${path.replace('/', '-')}.png` });
    await page.setViewportSize({ width: 1440, height: 900 });
    if (process.env.PICTURES)
      await page.screenshot({ path: `${process.env.PICTURES}/wide${path.replace('/', '-')}.png` });
  }
  expect(JSON.parse(await desk.gatehouse('audit', 'verify', '--json'))).toMatchObject({ ok: true });

  await page.getByRole('button', { name: 'You: First Administrator' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toBeVisible();
  expect((await page.request.get(`${desk.url}/api/v1/sessions`)).status()).toBe(401);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  const cookies = await page.context().cookies();
  expect(cookies.find(({ name }) => name === '__Host-gatehouse-session')).toMatchObject({
    httpOnly: true,
    secure: true,
    sameSite: 'Lax',
    path: '/',
  });

  await page.goto(desk.enrolmentLink);
  await expect(page.getByText(/was used already/)).toBeVisible();
});
