import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canonicalFilter,
  filterParameterCharsMax,
  filterParameters,
  filterToParams,
  filterValuesMax,
  filterWords,
  instantOf,
  parseFilter,
} from '#lib/model/filter.ts';
import { deviceFilter } from '#lib/model/filters/device-filter.ts';
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

test.each([
  ['2001:DB8::/32', '2001:db8::/32'],
  ['::', '::'],
  ['::/0', '::/0'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['10.9.8.7/8', '10.9.8.7/8'],
  // IPv4 in IPv6 is IPv4, as in the store.
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:c000:207', '192.0.2.7'],
  ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
  ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
  ['64:ff9b::192.0.2.7', '64:ff9b::192.0.2.7'],
])('%s is the network %s', (given, network) => {
  expect(parse(`ip=${encodeURIComponent(given)}`)).toEqual({
    filter: [{ field: 'ip', op: 'is', value: [network] }],
    problems: [],
  });
});
test.each([
  '999.1.1.1',
  '1.2.3',
  '010.0.0.1',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/-1',
  '2001:db8::/129',
  'dead',
  ':',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '12345::',
  '::ffff:192.0.2.256',
  'fe80::1%eth0',
  '[2001:db8::1]',
  '192.0.2.7:443',
])('%s is no network', (given) => {
  expect(parse(`ip=${encodeURIComponent(given)}`)).toMatchObject({ filter: [], problems: [{ path: 'ip' }] });
});

test.each([
  ['2026-02-30', null],
  ['2027-02-29', null],
  ['2028-02-29', '2028-02-29'],
  ['2026-13-01', null],
  ['2026-11-24T24:00Z', null],
  ['2026-11-24T09:60Z', null],
  ['2026-11-24T09:00+15:00', null],
  ['0000-01-01', null],
  ['10000-01-01', null],
  ['-24w', null],
  ['yesterday', null],
  ['2026-11-24t09:00z', '2026-11-24T09:00Z'],
  // What an address makes of a bare plus.
  ['2026-11-24T09:00 02:00', '2026-11-24T09:00+02:00'],
  ['2026-11-24T09:00:00.123-05:30', '2026-11-24T09:00:00.123-05:30'],
  ['-30min', '-30min'],
])('the time %s is read as %s', (given, time) => {
  const { filter, problems } = parse(`from=${encodeURIComponent(given)}`);
  expect(filter[0]?.value[0] ?? null).toBe(time);
  expect(problems.length).toBe(time === null ? 1 : 0);
});

test('a time without a zone is UTC, and until a day is to its end', () => {
  expect(instantOf('2026-11-24T09:00', 'from')).toBe('2026-11-24T09:00Z');
  expect(instantOf('2026-11-24T09:00+02:00', 'to')).toBe('2026-11-24T09:00+02:00');
  expect([instantOf('2026-11-24', 'from'), instantOf('2026-11-24', 'to')]).toEqual([
    '2026-11-24T00:00Z',
    '2026-11-24T23:59:59.999Z',
  ]);
});

test('a range that ends before it begins is said, not silently nothing', () => {
  const paths = (address: string, declaration = sessionFilter) =>
    parse(address, declaration).problems.map(({ path }) => path);
  expect(parse('from=2026-11-25&to=2026-11-24').problems).toEqual([
    {
      path: 'to',
      message: '“Last seen until 2026-11-24” ends before “Last seen since 2026-11-25” begins.',
    },
  ]);
  expect(paths('from=-1h&to=-24h')).toEqual(['to']);
  expect(paths('first=-1h&first.to=-2h', deviceFilter)).toEqual(['first.to']);
  expect(paths('from=2026-11-24T10:00%2B02:00&to=2026-11-24T09:00Z')).toEqual([]);
  expect(paths('from=2026-11-24&to=2026-11-24')).toEqual([]);
  expect(paths('from=-24h&to=-1h')).toEqual([]);
  expect(paths('to=2026-11-24')).toEqual([]);
});

test('a network number is one of 32 bits, written with AS or without', () => {
  expect(parse('asn=AS13335,as13335,013335').filter[0]?.value).toEqual(['13335']);
  expect(parse('asn=4294967295').problems).toEqual([]);
  for (const wrong of ['4294967296', 'AS', '-1', '13335x'])
    expect(parse(`asn=${wrong}`).problems.map(({ path }) => path)).toEqual(['asn']);
});

test('two hundred values are a condition, more are too many', () => {
  const networks = (count: number) =>
    Array.from({ length: count }, (_, at) => `2001:db8:${at.toString(16)}::/48`).join(',');
  expect(parse(`ip=${networks(filterValuesMax)}`).filter[0]?.value).toHaveLength(filterValuesMax);
  expect(networks(filterValuesMax).length).toBeLessThan(filterParameterCharsMax);
  expect(parse(`ip=${networks(filterValuesMax + 1)}`).problems).toEqual([
    { path: 'ip', message: 'Address: 200 values at most.' },
  ]);
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
