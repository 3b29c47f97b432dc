import { confirmWhenAsked, enrol, expect, sendRecords, test } from './desk.ts';

const day = 86_400_000;
const record = (uid: string, who: string, daysAgo: number) => ({
  class_uid: 3002,
  activity_id: 1,
  status_id: 1,
  time: Date.now() - daysAgo * day,
  metadata: { uid },
  user: { uid: who, full_name: `${who} Example`, email_addr: `${who}@example.org` },
  session: { uid: `session of ${uid}` },
  src_endpoint: { ip: '192.0.2.7' },
});

test('a rule is rehearsed and set, a hold stops an erasure, and an erased person is named nowhere', async ({
  page,
  desk,
}) => {
  test.setTimeout(180_000);
  await enrol(page, desk.enrolmentLink, { email: 'first@example.org', name: 'First Administrator' });
  await confirmWhenAsked(page);
  await sendRecords(desk, [record('old', 'bert', 400), record('new', 'ada', 1), record('newer', 'ada', 0)]);

  await page.goto(`${desk.url}/settings/retention`);
  await expect(page.getByText('Everything is kept for ever')).toBeVisible();
  await page.getByLabel('Events of the type').selectOption('sign_in');
  await page.getByRole('button', { name: 'See what this takes away' }).click();
  await expect(page.getByRole('heading', { name: 'Keep sign in for 365 days' })).toBeVisible();
  await page.getByRole('link', { name: '1 event' }).click();
  await expect(page.getByText('bert Example').first()).toBeVisible();
  await page.goBack();
  await page.getByRole('button', { name: 'Keep them 365 days' }).click();
  await expect(page.getByRole('row', { name: /sign in/ })).toContainText('365 days');

  await page.goto(`${desk.url}/people?q=ada`);
  await page.getByRole('link', { name: 'ada Example' }).first().click();
  await page.getByRole('link', { name: 'Hold or erase…' }).click();
  await page.getByLabel('Reason for a hold').fill('Court order 12');
  await page.getByRole('button', { name: 'Hold what is known of them' }).click();
  await expect(page.getByText('A legal hold covers them')).toBeVisible();
  await page.getByRole('button', { name: 'Release' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
  await page.getByRole('button', { name: 'Erase 2 events' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('asked for by the person');
  await page.getByRole('dialog').getByRole('button', { name: 'Erase 2 events' }).click();
  await expect(page.getByRole('heading', { name: 'Records of an erased person' })).toBeVisible();
  await page.goto(`${desk.url}/people?q=ada`);
  await expect(page.getByText('No person matches')).toBeVisible();
  const audit = await page.request.get(`${desk.url}/api/v1/audit?action=person_erased`);
  expect((await audit.json()).data).toMatchObject([{ reason: 'asked for by the person', outcome: 'success' }]);
});
