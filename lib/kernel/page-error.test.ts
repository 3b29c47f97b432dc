import { expect, test } from 'vitest';
import { pageErrorEntry } from '#lib/kernel/page-error.ts';

test('[v5.0.0-V16.2.5] an error of a page is written down with the reference the person sees, and nothing of what they sent', () => {
  const error = Object.assign(new Error('the database is away'), { digest: '1234567890' });
  const entry = pageErrorEntry(
    error,
    {
      path: '/sessions?q=secret-of-somebody#more',
      method: 'GET',
      headers: { cookie: '__Host-gatehouse-session=secret-token', 'x-gatehouse-request-id': 'r1' },
    },
    '/(desk)/sessions',
  );
  expect(entry).toEqual({
    reference: '1234567890',
    request: 'r1',
    method: 'GET',
    path: '/sessions',
    route: '/(desk)/sessions',
    err: error,
  });
  expect(pageErrorEntry('no error at all', { path: '/', method: 'GET', headers: {} }, '/')).toMatchObject({
    reference: null,
    request: null,
  });
});
