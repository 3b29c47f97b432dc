import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createElement } from 'react';
import { renderToReadableStream } from 'react-dom/server';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { testDatabase } from '#lib/kernel/db/test-database.ts';
import { operatorActor } from '#lib/staff/authenticate-caller.ts';
import { findDeskSession } from '#lib/staff/desk-sessions.ts';
import { type TestOperator, testOperator } from '#lib/staff/test-operator.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
vi.mock('next/headers', () => ({
  cookies: async () => ({ get: () => undefined }),
  headers: async () => new Headers(),
}));
vi.mock('next/navigation', () => ({
  useRouter: () => ({ refresh: () => undefined, push: () => undefined, replace: () => undefined }),
  usePathname: () => '/',
  useSearchParams: () => new URLSearchParams(),
  redirect: (to: string) => {
    throw new Error(`led to ${to}`);
  },
}));
vi.mock('#lib/staff/current-operator.ts', () => ({ currentOperator: () => current() }));

let made: Awaited<ReturnType<typeof testDatabase>>;
let operator: TestOperator;
let limitedTo: 'passkey' | null = null;
async function current() {
  const session = await findDeskSession(pool('desk'), operator.cookie.split('=')[1] ?? '', { extend: false });
  if (!session) return null;
  return { session: { ...session, limitedTo }, actor: operatorActor(session, new Headers()) };
}
beforeAll(async () => {
  made = await testDatabase();
  Object.assign(process.env, { DATABASE_URL: made.url, GATEHOUSE_URL: 'http://localhost:3000' });
  operator = await testOperator(pool('desk'), '01900000-0000-7000-8000-000000000001', ['viewer']);
});
afterAll(async () => {
  await closePools();
  await made.close();
});

async function drawn(element: React.ReactNode): Promise<string> {
  const stream = await renderToReadableStream(element);
  await stream.allReady;
  return new Response(stream).text();
}
/** Buttons by their name, as somebody who cannot see them hears it. */
const buttons = (html: string) =>
  [...html.matchAll(/<button([^>]*)>(.*?)<\/button>/gs)].map(
    ([, attributes = '', inside = '']) =>
      /aria-label="([^"]*)"/.exec(attributes)?.[1] ?? inside.replace(/<[^>]+>/g, '').trim(),
  );

test('[v5.0.0-V7.4.4] every page one is signed in on has “Sign out” in its frame', async () => {
  const { default: DeskLayout } = await import('#app/(desk)/layout.tsx');
  const frame = await drawn(await DeskLayout({ children: createElement('p', null, 'the page') }));
  expect(frame).toContain('the page');
  expect(buttons(frame)).toContain('Sign out');
  // The one page outside of the frame: what a limited session has to do first.
  limitedTo = 'passkey';
  const { default: FinishPage } = await import('#app/finish/page.tsx');
  expect(buttons(await drawn(await FinishPage()))).toContain('Sign out');

  const app = path.resolve(import.meta.dirname);
  const asksWho = readdirSync(app, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter((file) => file.endsWith('page.tsx'))
    .filter((file) => file !== 'sign-in/page.tsx')
    .filter((file) => /\b(requireOperator|currentOperator)\(/.test(readFileSync(path.join(app, file), 'utf8')));
  expect(asksWho.length).toBeGreaterThan(25);
  const inFrame = (file: string) => file.startsWith('(desk)/');
  expect(asksWho.filter((file) => !inFrame(file)).sort()).toEqual(['finish/page.tsx']);
});
