import { readFile } from 'node:fs/promises';
import { enrol, expect, sendRecords, test } from './desk.ts';

const record = (uid: string, who: string, ip: string) => ({
  class_uid: 3002,
  activity_id: 1,
  status_id: 1,
  time: Date.now() - 60_000,
  metadata: { uid },
  user: { uid: who, full_name: `${who} Example`, email_addr: `${who}@example.org` },
  session: { uid: `session of ${who}` },
  src_endpoint: { ip },
});

test('a search by network is kept, found again and taken out as a file', async ({ page, desk }) => {
  test.setTimeout(180_000);
  await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
  await sendRecords(desk, [record('k1', 'ada', '1.1.1.1'), record('k2', '=bert', '8.8.8.8')]);

  // AS13335 announces 1.1.1.0/24: the network comes from the list that Gatehouse brings.
  await page.goto(`${desk.url}/events?asn=AS13335`);
  await expect(page.getByText('Network is AS13335')).toBeVisible();
  await expect(page.getByText('ada Example').first()).toBeVisible();
  await expect(page.getByText('=bert Example')).toHaveCount(0);

  await page.getByRole('button', { name: 'Searches and export' }).click();
  await page.getByRole('menuitem', { name: 'Save this search…' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Cloudflare');
  await page.getByRole('button', { name: 'Save the search' }).click();
  await expect(page.getByText('Saved as “Cloudflare”.', { exact: true })).toBeVisible();

  await page.goto(`${desk.url}/events`);
  await expect(page.getByText('=bert Example').first()).toBeVisible();
  await page.getByRole('button', { name: 'Searches and export' }).click();
  await page.getByRole('menuitem', { name: 'Cloudflare' }).click();
  await expect(page).toHaveURL(/asn=13335/);

  // What one keeps one can take away again; the audit's searches are kept like any other's.
  await page.goto(`${desk.url}/events`);
  await page.getByRole('button', { name: 'Searches and export' }).click();
  await page.getByRole('menuitem', { name: 'Remove a saved search…' }).click();
  await page.getByRole('button', { name: 'Remove Cloudflare' }).click();
  await expect(page.getByText('You have none here.')).toBeVisible();
  await page.goto(`${desk.url}/audit?action=token_created`);
  await page.getByRole('button', { name: 'Searches and export' }).click();
  await page.getByRole('menuitem', { name: 'Save this search…' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Tokens made');
  await page.getByRole('button', { name: 'Save the search' }).click();
  await expect(page.getByText('Saved as “Tokens made”.', { exact: true })).toBeVisible();
  await page.goto(`${desk.url}/audit`);
  await page.getByRole('button', { name: 'Searches and export' }).click();
  await page.getByRole('menuitem', { name: 'Tokens made' }).click();
  await expect(page).toHaveURL(/\/audit\?action=token_created/);

  // What is misspelt, given twice or turned round is said, and the rest still counts.
  await page.goto(`${desk.url}/events?asn=AS13335&contry=DE&type=sign_in&type=sign_out&from=-1h&to=-24h`);
  const said = page.getByRole('status').filter({ hasText: 'was not understood' });
  await expect(said).toContainText('“contry” is no filter of events');
  await expect(said).toContainText('“type” is given more than once');
  await expect(said).toContainText('“Until: more than 24 hours ago” ends before “Since: last 1 hour” begins');
  await expect(page.getByText('ada Example').first()).toBeVisible();

  await page.goto(`${desk.url}/events?email=${encodeURIComponent('=BERT@example.org')}`);
  await page.getByRole('button', { name: 'Searches and export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'CSV' }).click(),
  ]);
  const csv = await readFile((await download.path()) ?? '', 'utf8');
  expect(csv).toContain(`"'=bert Example"`);
  expect(csv.trim().split('\r\n')).toHaveLength(2);
});

test('the sessions of the events that a search finds are the scope of a revocation', async ({ page, desk }) => {
  test.setTimeout(180_000);
  await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
  const failed = { ...record('f1', 'ada', '1.1.1.1'), status_id: 2, status_detail: 'invalid credentials' };
  await sendRecords(desk, [record('k1', 'ada', '1.1.1.1'), record('k2', 'bert', '8.8.8.8'), failed]);

  await page.goto(`${desk.url}/events`);
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByLabel('Field').selectOption('Session id');
  await page.getByLabel('Session id', { exact: true }).fill('session of ada');
  await page.getByRole('button', { name: 'Add filter' }).click();
  await expect(page.getByText('Session id is session of ada')).toBeVisible();
  await expect(page.getByText('bert Example')).toHaveCount(0);

  await page.goto(`${desk.url}/events?outcome=failure&provider=ocsf`);
  await page.getByRole('link', { name: 'Revoke their sessions…' }).click();
  await expect(page.getByText('1 living session at this moment')).toBeVisible();
  await page.getByRole('button', { name: /^Take away: Outcome/ }).click();
  await expect(page).toHaveURL(/of=events/);
  await expect(page.getByText('2 living sessions at this moment')).toBeVisible();
  await page.getByLabel('Reason').fill('passwords were guessed');
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await expect(page.getByText('Sessions, frozen')).toBeVisible();
});

test('an event is opened by keyboard: what was understood of it, the record as it came, and its bytes to take along', async ({
  page,
  desk,
}) => {
  test.setTimeout(180_000);
  await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
  const sent = { ...record('k1', 'ada', '1.1.1.1'), unmapped: { ticket: 'INC-7' } };
  await sendRecords(desk, [sent, { ...sent, status_id: 2 }]);

  await page.goto(`${desk.url}/events?email=ada@example.org`);
  await expect(page.getByRole('link', { name: 'sign in' })).toBeVisible();
  // Keys work once the page's script does; pressed again they do the same.
  await expect(async () => {
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/events\/[0-9a-f-]{36}/, { timeout: 3_000 });
  }).toPass();
  await expect(page.getByRole('heading', { name: 'sign in', level: 1 })).toBeVisible();
  await expect(page.getByRole('region', { name: 'The record as it came, laid out' })).toContainText(
    '"ticket": "INC-7"',
  );
  await expect(page.getByText('Came again with other content')).toBeVisible();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the record' }).click(),
  ]);
  expect(await readFile((await download.path()) ?? '', 'utf8')).toBe(JSON.stringify(sent));
  const address = page.url();
  for (const at of ['0000-01-01T00:00:00Z', 'yesterday']) {
    const raw = new URL(`${new URL(address).pathname.replace('/events', '/api/v1/events')}/raw?at=${at}`, desk.url);
    expect((await page.request.get(raw.href)).status()).toBe(400);
    expect((await page.request.get(`${address.split('?')[0]}?at=${at}`)).status()).toBe(404);
  }
  // Who has to sign in again comes back to this event.
  const signedOut = await page.context().browser()?.newContext();
  const stranger = await signedOut?.newPage();
  await stranger?.goto(address);
  expect(new URL(stranger?.url() ?? '').searchParams.get('next')).toBe(address.slice(desk.url.length));
  await signedOut?.close();
  await page.getByRole('link', { name: 'events from it' }).click();
  await expect(page).toHaveURL(/\/events\?ip=1\.1\.1\.1$/);
  await expect(page.getByText('ada Example').first()).toBeVisible();
  const audit = await page.request.get(`${desk.url}/api/v1/audit?action=sensitive_read`);
  expect((await audit.json()).data).toMatchObject([{ targetType: 'event' }]);
});
