import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { navigation } from '#app/(desk)/navigation.ts';

const places = navigation.flat();

test('no two places share an address, a name or keys, and none takes a key that means something else first', () => {
  for (const of of [
    places.map(({ href }) => href),
    places.map(({ label }) => label),
    places.flatMap(({ keys }) => keys ?? []),
  ])
    expect(new Set(of).size).toBe(of.length);
  for (const { keys } of places) if (keys) expect(keys).toMatch(/^g [a-z]$/);
});

test('each place leads to a page', () => {
  const pages = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'page.tsx')
    .map((file) => `/${path.dirname(file).replaceAll(path.sep, '/')}`.replace('/.', '/'));
  for (const { href } of places) expect(pages).toContain(href.split('?')[0]);
});
