import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalFilter, filterParameters, filterToParams, filterWords, parseFilter } from '#lib/model/filter.ts';
import { sessionFilter } from '#lib/model/filters/session-filter.ts';
import { signalFilter } from '#lib/model/filters/signal-filter.ts';

const parse = (address: string, declaration = sessionFilter) => parseFilter(new URLSearchParams(address), declaration);

test('an address becomes conditions, words and the same address again', () => {
  const { filter, problems } = parse('state=live,stale&country.not=de,FR&ip=192.0.2.0/24&from=-24h&cursor=abc');
  expect(problems).toEqual([]);
  expect(filter).toEqual([
    { field: 'country', op: 'not', value: ['DE', 'FR'] },
    { field: 'from', op: 'from', value: ['-24h'] },
    { field: 'ip', op: 'is', value: ['192.0.2.0/24'] },
    { field: 'state', op: 'is', value: ['live', 'stale'] },
  ]);
  expect(filterWords(filter, sessionFilter)).toBe(
    'Country is not DE or FR · Last seen since: last 24 hours · Address is 192.0.2.0/24 · State is live or stale',
  );
  expect(filterToParams(filter, sessionFilter)).toEqual({
    'country.not': 'DE,FR',
    from: '-24h',
    ip: '192.0.2.0/24',
    state: 'live,stale',
  });
  expect(filterWords(parse('severity.min=medium', signalFilter).filter, signalFilter)).toBe('Severity ≥ medium');
});

test('what cannot be understood is named and changes nothing else', () => {
  const { filter, problems } = parse('state=alive&country=Germany&ip=10.0.0.0/40&from=2026-13-45&person=1&q=ada');
  expect(filter).toEqual([{ field: 'q', op: 'is', value: ['ada'] }]);
  expect(problems.map(({ path }) => path)).toEqual(['state', 'person', 'country', 'ip', 'from']);
  // An operator the field does not take is no condition at all.
  expect(parse('q.not=ada&from.to=-1h').filter).toEqual([]);
});

test('a canonical filter does not depend on how it was written, and survives its address', () => {
  const condition = fc.oneof(
    fc.record({
      field: fc.constant('state'),
      op: fc.constantFrom('is' as const, 'not' as const),
      value: fc.array(fc.constantFrom('live', 'stale', 'ended', 'revoked'), { minLength: 1 }),
    }),
    fc.record({
      field: fc.constant('country'),
      op: fc.constantFrom('is' as const, 'not' as const),
      value: fc.array(fc.constantFrom('DE', 'FR', 'AU'), { minLength: 1 }),
    }),
    fc.record({ field: fc.constant('q'), op: fc.constant('is' as const), value: fc.constantFrom(['a,b'], ['x y']) }),
  );
  fc.assert(
    fc.property(fc.uniqueArray(condition, { selector: ({ field, op }) => `${field}.${op}` }), (conditions) => {
      const canonical = canonicalFilter(conditions);
      expect(canonicalFilter([...conditions].reverse())).toEqual(canonical);
      const params = new URLSearchParams(filterToParams(conditions, sessionFilter));
      expect(parseFilter(params, sessionFilter)).toEqual({ filter: canonical, problems: [] });
    }),
  );
});

test('every name a list understands is described', () => {
  const names = filterParameters(signalFilter).map(({ name }) => name);
  expect(names).toContain('severity.min');
  expect(new Set(names).size).toBe(names.length);
});
