import { expect, test } from 'vitest';
import { noAllowance } from '#lib/kernel/http/address-guard.ts';
import { connectOkta, nextLink } from '#lib/providers/okta/okta-api.ts';
import { restSeconds } from '#lib/providers/provider-http.ts';

test('the next page is the one that says so, however the links come', () => {
  const next = '<https://acme.okta.example/api/v1/logs?after=2>; rel="next"';
  const self = '<https://acme.okta.example/api/v1/logs?after=1>; rel="self"';
  expect(nextLink([self, next])).toBe('https://acme.okta.example/api/v1/logs?after=2');
  expect(nextLink(`${self}, ${next}`)).toBe('https://acme.okta.example/api/v1/logs?after=2');
  expect(nextLink(self)).toBeNull();
  expect(nextLink(undefined)).toBeNull();
});

test('a session that the interface does not know is never called gone', async () => {
  const okta = connectOkta({ baseUrl: 'https://acme.okta.example', secret: 't', allowance: noAllowance });
  const signal = new AbortController().signal;
  for (const ask of [okta.endSession, okta.lookUpSession])
    await expect(ask('idxBager62CSveUkTxvgRtonA', signal)).rejects.toMatchObject({
      retryable: false,
      ambiguous: false,
    });
});

test('how long to rest: Retry-After, else the reset of a limit that is used up', () => {
  const now = 1_800_000_000_000;
  const rest = (status: number, headers: Record<string, string>) => restSeconds({ status, headers }, now);
  expect(rest(429, { 'retry-after': '7' })).toBe(7);
  expect(rest(429, { 'x-rate-limit-reset': '1800000040' })).toBe(40);
  expect(rest(200, { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '1800000040' })).toBe(40);
  expect(rest(200, { 'x-rate-limit-remaining': '5', 'x-rate-limit-reset': '1800000040' })).toBeNull();
  expect(rest(429, { 'x-ratelimit-reset': '1700000000' })).toBe(1);
  expect(rest(429, { 'retry-after': '99999' })).toBe(3600);
});
