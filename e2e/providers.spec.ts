import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import { confirmWhenAsked, enrol, expect, test } from './desk.ts';

/** Okta's System Log as this journey needs it: a token, one record, a next link. */
const log = { token: 'right-token', records: [] as object[] };
const okta = http.createServer((request, response) => {
  if (request.headers.authorization !== `SSWS ${log.token}`) return response.writeHead(401).end('{}');
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const start = Number(url.searchParams.get('after') ?? 0);
  const page = log.records.slice(start, start + 100);
  const next = `<http://127.0.0.1:${port}/api/v1/logs?after=${start + page.length}>; rel="next"`;
  return response.writeHead(200, { 'Content-Type': 'application/json', Link: next }).end(JSON.stringify(page));
});
let port = 0;
test.beforeAll(async () => {
  await new Promise<void>((resolve) => okta.listen(0, '127.0.0.1', resolve));
  port = (okta.address() as AddressInfo).port;
});
test.afterAll(() => {
  okta.closeAllConnections();
  okta.close();
});

const event = (uuid: string, more: object = {}) => ({
  uuid,
  published: new Date(Date.now() - 20_000).toISOString(),
  eventType: 'user.session.start',
  actor: { id: '00u1', type: 'User', alternateId: 'ada@acme.example', displayName: 'Ada Palmer' },
  outcome: { result: 'SUCCESS' },
  authenticationContext: { externalSessionId: `session-${uuid}` },
  client: { ipAddress: '192.0.2.7' },
  ...more,
});

test('an administrator connects a provider, tests it, sees its records come, and mends its quarantine', async ({
  page,
  desk,
}) => {
  test.setTimeout(240_000);
  await enrol(page, desk.enrolmentLink, { email: 'root@acme.example', name: 'Root' });
  await confirmWhenAsked(page);
  await page.goto(`${desk.url}/providers`);
  await expect(page.getByRole('heading', { name: 'Providers', level: 1 })).toBeVisible();
  await page.getByRole('link', { name: 'Add a provider' }).first().click();
  await page.getByLabel('Kind').selectOption('okta');
  await page.getByLabel('Name', { exact: true }).fill('Okta of Acme');
  await expect(page.getByLabel('Short name')).toHaveValue('okta-of-acme');
  await page.getByRole('button', { name: 'Add the provider' }).click();
  await expect(page.getByRole('heading', { name: 'Okta of Acme' })).toBeVisible();
  await expect(page.getByText('Waiting', { exact: true })).toBeVisible();

  // A wrong token is stored, but the test says what does not work.
  const connect = async (token: string) => {
    await page.getByRole('button', { name: /^(Connect|Change it)$/ }).click();
    await page.getByLabel('Address', { exact: true }).fill(`http://127.0.0.1:${port}`);
    await page.getByLabel('API token').fill(token);
    await page.getByLabel('System Log').check();
    await page.getByLabel('Private network (optional)').fill('127.0.0.0/8');
    await page.getByRole('button', { name: 'Save the connection' }).click();
    await expect(page.getByText('Connected. Test the connection').first()).toBeVisible();
  };
  await connect('wrong-token');
  await page.getByRole('button', { name: 'Test the connection' }).click();
  await expect(page.getByRole('dialog')).toContainText('2 of 2 did not work');
  await expect(page.getByRole('dialog')).toContainText('did not accept the credentials');
  await page.getByRole('button', { name: 'Close', exact: true }).click();

  log.records.push(event('one'), event('two', { eventType: 'coffee.machine.start' }), {
    uuid: 'odd',
    eventType: 'user.session.start',
  });
  await connect('right-token');
  await page.getByRole('button', { name: 'Test the connection' }).click();
  await expect(page.getByRole('dialog')).toContainText('Everything that was tried works');
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await expect(async () => {
    await page.reload();
    await expect(page.getByText('Receiving', { exact: true })).toBeVisible({ timeout: 5_000 });
  }).toPass({ timeout: 120_000 });
  await expect(page.getByText('coffee.machine.start').first()).toBeVisible();
  expect(await page.content()).not.toContain('right-token');

  // The record without a time waits in quarantine; replaying it says so honestly.
  await page.getByRole('button', { name: 'Replay all' }).click();
  await expect(page.getByText('0 replayed, 1 still cannot be read.').first()).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
  expect(violations).toEqual([]);
  await page.goto(`${desk.url}/quarantine`);
  await expect(page.getByText('missing_time').first()).toBeVisible();

  // An Okta event hook gets a door of its own, its secret shown once.
  await page.goto(`${desk.url}/providers`);
  await page
    .getByRole('link', { name: /Okta of Acme/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Open a door for an event hook' }).click();
  const once = page.getByRole('dialog');
  await expect(once).toContainText('is not shown again');
  const address = (await once.getByText(/\/api\/v1\/hooks\//).textContent())?.trim() ?? '';
  const secret = (await once.locator('dd').nth(1).textContent())?.trim() ?? '';
  await page.getByRole('button', { name: 'I have copied them' }).click();
  const delivered = await fetch(address, {
    method: 'POST',
    headers: { authorization: secret, 'content-type': 'application/json' },
    body: JSON.stringify({ eventType: 'com.okta.event_hook', data: { events: [event('three')] } }),
  });
  expect([delivered.status, await delivered.json()]).toEqual([
    200,
    { received: 1, stored: 1, duplicate: 0, quarantined: 0 },
  ]);

  // A Shared Signals stream: made in the desk, its address answers in the words of RFC 8935.
  await page.goto(`${desk.url}/providers/new`);
  await page.getByLabel('Kind').selectOption('ssf');
  await page.getByLabel('Name', { exact: true }).fill('Signals of Acme');
  await page.getByLabel('Issuer', { exact: true }).fill('https://transmitter.example.org/');
  await page.getByLabel('Address of its keys').fill('https://transmitter.example.org/jwks.json');
  await page.getByRole('button', { name: 'Make the stream' }).click();
  const stream =
    (
      await page
        .getByRole('dialog')
        .getByText(/\/ssf\/receivers\//)
        .textContent()
    )?.trim() ?? '';
  await page.getByRole('button', { name: 'I have copied them' }).click();
  await expect(page.getByRole('heading', { name: 'Shared Signals stream' })).toBeVisible();
  const refused = await fetch(stream, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  expect([refused.status, (await refused.json()).err]).toEqual([400, 'invalid_request']);

  // A polled one, whose transmitter gives tokens to a client and says itself where to poll.
  await page.goto(`${desk.url}/providers/new`);
  await page.getByLabel('Kind').selectOption('ssf');
  await page.getByLabel('Name', { exact: true }).fill('Polled of Acme');
  await page.getByLabel('Delivery', { exact: true }).selectOption('poll');
  await page.getByLabel('How to ask the transmitter').selectOption('client');
  await page.getByLabel('Address for tokens').fill('https://transmitter.example.org/token');
  await page.getByLabel('Client ID').fill('gatehouse');
  await page.getByLabel('Client secret').fill('kept-wrapped');
  await page.getByLabel('Issuer', { exact: true }).fill('https://transmitter.example.org/');
  await page.getByLabel('Address of its keys').fill('https://transmitter.example.org/jwks.json');
  await page.getByLabel('Private network (optional)').fill('10.1.0.0/16');
  expect((await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze()).violations).toEqual([]);
  await page.getByRole('button', { name: 'Make the stream' }).click();
  await page.getByRole('button', { name: 'I have copied them' }).click();
  await expect(page.getByRole('heading', { name: 'Shared Signals stream' })).toBeVisible();
  await expect(page.getByText('kept-wrapped')).toHaveCount(0);
  const known = await fetch(`${desk.url}/.well-known/ssf-configuration`);
  expect(await known.json()).toMatchObject({ spec_version: '1_0', issuer: desk.url });
});
