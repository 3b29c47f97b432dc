import { AxeBuilder } from '@axe-core/playwright';
import { confirmWhenAsked, enrol, expect, sendRecords, test } from './desk.ts';

const record = (issuer: string, subject: string) => ({
  class_uid: 3002,
  activity_id: 1,
  status_id: 1,
  time: Date.now() - 60_000,
  metadata: { uid: `${issuer} ${subject}` },
  user: { uid: subject, full_name: `Ada at ${issuer}`, email_addr: 'ada@example.org', type_id: 1 },
  session: { uid: `session at ${issuer}`, issuer: `https://${issuer}.example.org` },
});

test('two accounts of one person are linked with a reason, asked for together, and taken apart again', async ({
  page,
  desk,
}) => {
  test.setTimeout(180_000);
  await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
  await confirmWhenAsked(page);
  await sendRecords(desk, [record('north', 'a1'), record('south', 'a2')]);

  await page.goto(`${desk.url}/people?q=ada`);
  await page.getByRole('link', { name: /Ada at north/ }).click();
  await expect(page.getByRole('heading', { name: 'Ada at north' })).toBeVisible();
  // The same address is a hint, not a rule: the sessions are still one account's.
  await expect(page.getByText('has the same e-mail address and is not linked')).toBeVisible();
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('Staff number 4711 at both');
  await dialog.getByRole('button', { name: 'Link', exact: true }).click();
  await expect(page.getByText('Linked.', { exact: true })).toBeVisible();
  const linked = page.getByRole('region', { name: 'Other accounts of this person' });
  await expect(linked.getByRole('link', { name: /Ada at south/ })).toBeVisible();
  await expect(linked.getByText('Staff number 4711 at both')).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
  expect(violations).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1440, height: 900 });

  await linked.getByRole('link', { name: 'sessions' }).click();
  await expect(page.getByText(/Person is Ada at (north or Ada at south|south or Ada at north)/)).toBeVisible();
  await expect(page.getByRole('row', { name: /Ada at (north|south)/ })).toHaveCount(2);
  await page.getByRole('link', { name: 'Revoke what matches…' }).click();
  await expect(page.getByText('2 living sessions at this moment')).toBeVisible();

  await page.goto(`${desk.url}/people?q=ada`);
  await page.getByRole('link', { name: /Ada at south/ }).click();
  await page.getByRole('button', { name: 'Unlink' }).click();
  await dialog.getByLabel('Reason').fill('Two people share the address');
  await dialog.getByRole('button', { name: 'Unlink' }).click();
  await expect(page.getByText('has the same e-mail address and is not linked')).toBeVisible();
  await page.goto(`${desk.url}/audit?action=people_linked,people_unlinked`);
  await expect(page.getByRole('row', { name: /people_(un)?linked/ })).toHaveCount(2);
});

const signedIn = (session: string, minutesAgo: number, activity: object, agent: string | null = null) => ({
  class_uid: 3002,
  status_id: 1,
  time: Date.now() - minutesAgo * 60_000,
  metadata: { uid: `${session} ${minutesAgo}` },
  user: { uid: 'ada', full_name: 'Ada Palmer', email_addr: 'ada@example.org', type_id: 1 },
  session: { uid: session },
  ...(agent ? { http_request: { user_agent: agent } } : {}),
  ...activity,
});
const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36';
const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0';

test('who was signed out everywhere at the provider has no living session from before, but for one that was used all the same', async ({
  page,
  desk,
}) => {
  test.setTimeout(180_000);
  await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
  await confirmWhenAsked(page);
  const { session: _none, ...everywhere } = signedIn('', 30, {
    activity_id: 99,
    activity_name: 'session_revoked',
    actor: { user: { uid: 'root', email_addr: 'root@example.org' } },
    unmapped: { gatehouse: { ends_sessions_until: new Date(Date.now() - 30 * 60_000).toISOString() } },
  });
  await sendRecords(desk, [
    signedIn('laptop', 60, { activity_id: 1 }, chrome),
    signedIn('phone', 50, { activity_id: 1 }, firefox),
    everywhere,
    signedIn('phone', 10, { activity_id: 5 }, firefox),
    signedIn('tablet', 5, { activity_id: 1 }, chrome),
  ]);

  const openSession = () =>
    page
      .getByRole('row', { name: /Ada Palmer/ })
      .getByRole('link')
      .first()
      .click();
  await page.goto(`${desk.url}/people?q=ada`);
  await page.getByRole('link', { name: /Ada Palmer/ }).click();
  await expect(page.getByText(/, but 1 session from before was used afterwards/)).toBeVisible();
  const sessions = page.getByRole('region', { name: 'Sessions' });
  await expect(sessions.getByRole('row', { name: /, signed out everywhere/ })).toHaveCount(1);
  await page.setViewportSize({ width: 390, height: 844 });
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
  expect(violations).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1440, height: 900 });

  // The time leads to what said so.
  await page.getByRole('main').getByRole('link', { name: '30 min ago' }).click();
  await expect(page.getByText(/^every session of the person at this provider that had started by/)).toBeVisible();
  await page.goBack();
  await page.getByRole('link', { name: '1 session from before' }).click();
  await expect(page.getByText('Sign-out everywhere is outlived')).toBeVisible();
  await expect(page.getByRole('row', { name: /Ada Palmer/ })).toHaveCount(1);
  await openSession();
  await expect(page.getByText('The sign-out did not reach it')).toBeVisible();

  await page.goto(`${desk.url}/sessions?state=live`);
  await expect(page.getByRole('row', { name: /Ada Palmer/ })).toHaveCount(2);
  await page.goto(`${desk.url}/sessions?signOut=reached`);
  await openSession();
  await expect(page.getByText('(signed out everywhere)')).toBeVisible();
  await page.goto(`${desk.url}/events?type=session_revoked`);
  await expect(page.getByRole('row', { name: /session revoked signed out everywhere/ })).toHaveCount(1);
  expect(await desk.gatehouse('export', '--type', 'sessions', '--format', 'csv')).toContain('signed_out_everywhere');
});
