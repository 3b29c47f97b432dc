import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { allowedMethods } from '#lib/cli/front/allowed-methods.ts';
import { declareMethod } from '#lib/kernel/declared-methods.ts';

const app = path.resolve(import.meta.dirname, '../../../app');

test('every route beside the API is known with its methods', () => {
  const files = readdirSync(app, { recursive: true, encoding: 'utf8' }).filter(
    (file) => path.basename(file) === 'route.ts' && !file.startsWith(path.join('api', 'v1')),
  );
  expect(files.length).toBeGreaterThan(10);
  for (const file of files) {
    const text = readFileSync(path.join(app, file), 'utf8');
    const exported = [...text.matchAll(/export (?:async function|function|const) ([A-Z]+)\b|\bas (GET|POST)\b/g)].map(
      ([, name, renamed]) => name ?? renamed ?? '',
    );
    const address = `/${path.dirname(file).replaceAll(path.sep, '/')}`.replace(/\[[^\]]+\]/g, 'x');
    const methods = [...exported, ...(exported.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort();
    expect(allowedMethods(`${address}?a=b`), file).toBe(methods.join(', '));
  }
});

test('what a route declares is allowed at its address, and plain words stand before names', () => {
  declareMethod('/api/v1/things/{id}', 'GET');
  declareMethod('/api/v1/things/{id}', 'DELETE');
  declareMethod('/api/v1/things/all', 'POST');
  expect(allowedMethods('/api/v1/things/7')).toBe('DELETE, GET, HEAD, OPTIONS');
  expect(allowedMethods('/api/v1/things/all')).toBe('OPTIONS, POST');
  expect(allowedMethods('/api/v1/things/7/more')).toBe('GET, HEAD, OPTIONS');
  expect(allowedMethods('/events')).toBe('GET, HEAD, OPTIONS');
});
