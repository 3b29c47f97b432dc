import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from './desk.ts';

const app = path.resolve(import.meta.dirname, '../app');
/** Every page below the desk, with an id that nobody has where one belongs. */
const pages = readdirSync(path.join(app, '(desk)'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /(^|[/\\])page\.tsx$/.test(file))
  .map((file) => `/${path.dirname(file).replaceAll(path.sep, '/')}`.replace(/\/\.$/, '/'))
  .map((at) => at.replace(/\[\.*\w+\]/g, '01900000-0000-7000-8000-0000000000ff'));

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
