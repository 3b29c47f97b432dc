import { expect, test } from 'vitest';
import { scopeAddress } from '#lib/model/revocation-scope.ts';
import { followUpHref } from '#lib/revocation/follow-up.ts';

test('an address says its scope whole: the filter of sessions or of events, a signal, ticked sessions in one order', () => {
  expect(scopeAddress({ by: 'filter', filter: {} })).toBe('/revocations/new');
  expect(scopeAddress({ by: 'filter', filter: { client: 'Pay & roll', 'country.not': 'DE' } })).toBe(
    '/revocations/new?client=Pay+%26+roll&country.not=DE',
  );
  expect(scopeAddress({ by: 'events', filter: { type: 'sign_in' } })).toBe('/revocations/new?of=events&type=sign_in');
  expect(scopeAddress({ by: 'signal', signal: 'a' })).toBe('/revocations/new?signal=a');
  expect(scopeAddress({ by: 'sessions', sessions: ['b', 'a'] })).toBe('/revocations/new?sessions=a,b');
});

test('what appeared meanwhile is followed up by the same scope, of events as of sessions; a list cannot grow', () => {
  const of = (scope: unknown) => followUpHref({ scope } as never);
  expect(of({ by: 'events', filter: { outcome: 'failure' } })).toBe('/revocations/new?of=events&outcome=failure');
  expect(of({ by: 'filter', filter: { state: 'live' } })).toBe('/revocations/new?state=live');
  expect([of({ by: 'list', entries: ['x'] }), of({ by: 'sessions', sessions: ['x'] }), of(undefined)]).toEqual([
    null,
    null,
    null,
  ]);
});
