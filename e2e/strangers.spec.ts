import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { rolePermissions } from '#lib/model/permissions.ts';
import { enrol, expect, test } from './desk.ts';

const app = path.resolve(import.meta.dirname, '../app');
/** Every page below the desk, with an id that nobody has where one belongs. */
const pageFiles = readdirSync(path.join(app, '(desk)'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(^|[/\\])page\.tsx$/.test(file),
);
const addressOf = (file: string) =>
  `/${path.dirname(file).replaceAll(path.sep, '/')}`
    .replace(/\/\.$/, '/')
    .replace(/\[\.*\w+\]/g, '01900000-0000-7000-8000-0000000000ff');
const pages = pageFiles.map(addressOf);

test('[v5.0.0-V8.3.1] [v5.0.0-V3.4.3] nobody sees a page, proxy headers or not, and each load has a nonce of its own', async ({
  page,
  desk,
}) => {
  test.setTimeout(240_000);
  const seen = new Set<string>();
  for (const at of pages) {
    const claims: Record<string, string>[] = [
      {},
      {
        'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware',
        'x-forwarded-for': '127.0.0.1',
      },
    ];
    for (const headers of claims) {
      const answer = await page.request.get(desk.url + at, { headers, maxRedirects: 0 });
      const text = await answer.text();
      expect(answer.status() === 307 || /NEXT_REDIRECT;replace;\/sign-in/.test(text), `${at}: ${answer.status()}`).toBe(
        true,
      );
      const policy = answer.headers()['content-security-policy'] ?? '';
      expect(policy).not.toMatch(/script-src[^;]*unsafe/);
      for (const part of ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
        expect(policy).toContain(part);
      seen.add(/'nonce-([^']+)'/.exec(policy)?.[1] ?? '');
    }
  }
  expect(seen.size).toBe(pages.length * 2);
});

test('[v5.0.0-V8.2.1] a page that takes a permission one does not hold answers 403 in its frame, and the browser has nothing to complain of', async ({
  page,
  desk,
}) => {
  test.setTimeout(240_000);
  await enrol(page, await desk.gatehouse('staff', 'invite', 'vera@example.org', '--role', 'viewer'), { name: 'Vera' });
  const held = new Set<string>(rolePermissions.viewer);
  let refused = 0;
  for (const file of pageFiles) {
    const at = addressOf(file);
    const source = readFileSync(path.join(app, '(desk)', file), 'utf8');
    const needed = /requireOperator\('([^']+)'/.exec(source)?.[1];
    if (!needed || held.has(needed)) {
      const status = (await page.request.get(desk.url + at)).status();
      expect(status < 400 || status === 404, `${at}: ${status}`).toBe(true);
      continue;
    }
    refused += 1;
    expect((await page.goto(desk.url + at))?.status(), at).toBe(403);
    await expect(page.getByRole('heading', { name: 'This could not be shown' })).toBeVisible();
    await expect(page.getByRole('button', { name: /^You:/ })).toBeVisible();
  }
  expect(refused).toBeGreaterThan(15);
  await page.getByRole('main').getByRole('link', { name: 'Go to the overview' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();

  await test.step('[v5.0.0-V8.2.3] nor is she offered to filter by addresses that are hidden from her', async () => {
    for (const list of ['events', 'sessions', 'devices', 'people', 'signals']) {
      await page.goto(`${desk.url}/${list}`);
      await expect(page.getByText(/E-mail and IP addresses are hidden/)).toBeVisible();
      await page.getByRole('button', { name: 'Filter', exact: true }).click();
      const offered = await page.getByLabel('Field').getByRole('option').allTextContents();
      expect(offered.length, list).toBeGreaterThan(2);
      expect(
        offered.filter((one) => /e-mail|^address$/i.test(one)),
        list,
      ).toEqual([]);
      const field = list === 'people' ? 'email=vera@example.org' : 'ip=192.0.2.1';
      expect((await page.request.get(`${desk.url}/api/v1/${list}?${field}`)).status(), list).toBe(400);
    }
  });
});
