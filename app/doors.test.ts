import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const files = ['app', 'components', 'lib'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('generated'))
    .map((file) => path.posix.join(folder, file.replaceAll(path.sep, '/'))),
);
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** Handlers outside of /api/v1, each with what it may say to a stranger. A new one belongs under /api/v1 or here, with its reason. */
const outside: Record<string, string> = {
  'app/api/auth/[...nextauth]/route.ts': 'next-auth: the sign-in itself',
  'app/api/health/route.ts': 'that the process answers',
  'app/api/ready/route.ts': 'which parts are ready, by name',
};
/** Folders of handlers before a sign-in; each checks where the request comes from and is limited. */
const beforeSignIn = 'app/api/sign-in/';
/** Machines that prove themselves with a signed token in the body, and so need no origin. */
const signedMessages = ['app/api/sign-in/federated/[slug]/logout/route.ts'];
/** Public keys and metadata. */
const published = /\/\.well-known\//;
/** Pages for people who are not signed in. */
const openPages = ['app/sign-in/', 'app/enrol/', 'app/recover', 'app/recovery', 'app/attest', 'app/veto'];

describe('[v5.0.0-V6.3.4] [v5.0.0-V8.3.1] every door of the desk is known', () => {
  test('there are no server actions: a change goes through a route that declares who may', () => {
    expect(files.filter((file) => /^\s*['"]use server['"]/m.test(read(file)))).toEqual([]);
  });

  test('handlers stand under /api/v1, made by the wrapper, or in the list above', () => {
    const unknown = files
      .filter((file) => /^app\/.*\/route\.tsx?$/.test(file) && !file.startsWith('app/api/v1/'))
      .filter((file) => !(file in outside) && !file.startsWith(beforeSignIn) && !published.test(file));
    expect(unknown).toEqual([]);
  });

  test('handlers before a sign-in take requests from our own pages only, and so many', () => {
    const doors = files.filter((file) => file.startsWith(beforeSignIn) && file.endsWith('/route.ts'));
    expect(doors.length).toBeGreaterThan(0);
    for (const file of doors) {
      const text = read(file);
      if (!/export (async )?(function|const) (POST|PUT|PATCH|DELETE)/.test(text)) continue;
      if (!signedMessages.includes(file))
        expect(
          text.includes('requireSameOrigin(') || text.includes('strangerRoute('),
          `${file} checks the origin`,
        ).toBe(true);
      expect(text.includes('admitStranger(') || text.includes('strangerRoute('), `${file} is limited`).toBe(true);
    }
  });

  test('every page asks who reads it, itself, before it reads anything; layouts and the proxy decide nothing', () => {
    const pages = files.filter((file) => /^app\/.*page\.tsx$/.test(file));
    const open = pages.filter(
      (file) => !/\b(requireOperator|openList|requireSignedIn|currentOperator)\w*\(/.test(read(file)),
    );
    expect(open.filter((file) => !openPages.some((prefix) => file.startsWith(prefix)))).toEqual([]);
    expect(files.filter((file) => /(^|\/)(middleware|proxy)\.ts$/.test(file))).toEqual([]);
  });

  test('[v5.0.0-V8.2.3] a page reads as its reader, who may not see every field; the frame and one’s own page show what is one’s own', () => {
    const whole = files.filter((file) => file.startsWith('app/(desk)/') && /kernel\/db\/pools\.ts/.test(read(file)));
    expect(whole.sort()).toEqual(['app/(desk)/layout.tsx', 'app/(desk)/me/page.tsx']);
  });

  test('sessions are set in few places', () => {
    const setting = files.filter(
      (file) => !file.endsWith('.test.ts') && /setCookie\(sessionCookie|sessionToken:/.test(read(file)),
    );
    expect(
      setting.filter(
        (file) => !/^(app\/api\/v1\/me\/|lib\/staff\/next-auth-options\.ts|app\/api\/sign-in\/)/.test(file),
      ),
    ).toEqual([]);
  });

  test('[v5.0.0-V8.3.1] no address of ours begins like next-auth’s, which some guards wave through', () => {
    const routes = files.filter(
      (file) => /^app\/api\/auth/.test(file) && file !== 'app/api/auth/[...nextauth]/route.ts',
    );
    expect(routes).toEqual([]);
  });
});

describe('[v5.0.0-V1.2.4] [v5.0.0-V11.5.1] [v5.0.0-V11.2.4] [v5.0.0-V6.4.2] what no file of ours does', () => {
  const code = files.filter((file) => !/\.(test|fixture)\.tsx?$|test-|plant-rows/.test(file));
  test.each([
    ['writes SQL that is not a template', /\$queryRawUnsafe|\$executeRawUnsafe|Prisma\.raw\b/],
    ['calls $queryRaw with a text', /\$(queryRaw|executeRaw)(<[^>]*>)?\(\s*['"`]/],
    ['takes an id for a secret', /(secret|token|code)\w*\s*[:=]\s*(randomUUID|newId|v4|v7)\(/i],
    [
      'compares secrets with ===',
      /(?<!known)\.(tokenHash|secret|hmac|signature|codeHash)\s*[!=]==\s*(?!(\s|null|undefined|true|false|'|"|`|\d))/,
    ],
    ['asks for a hint or a secret question', /password.?hint|secret.?question|mother.?s maiden/i],
    ['draws HTML it was given', /dangerouslySetInnerHTML/],
  ])('%s', (_what, pattern) => {
    expect(code.filter((file) => pattern.test(read(file)))).toEqual([]);
  });
});
