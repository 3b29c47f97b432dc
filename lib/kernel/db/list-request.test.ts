import { expect, test } from 'vitest';
import { systemActor } from '#lib/kernel/actor.ts';
import { readListRequest, readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { sessionFilter } from '#lib/model/filters/session-filter.ts';

const actor = systemActor('01900000-0000-7000-8000-000000000001', 'test');
const screen = (given: Record<string, string | string[] | undefined>, others?: string[]) =>
  readScreenRequest(given, sessionFilter, actor, others);

test('a screen says which names of its address it does not know, and goes by the others', () => {
  const { conditions, problems } = screen({ contry: 'FR', country: 'DE', open: 'x', cursor: undefined, limit: '5' });
  expect(conditions).toEqual([{ field: 'country', op: 'is', value: ['DE'] }]);
  expect(problems).toEqual([{ path: 'contry', message: '“contry” is no filter of sessions.' }]);
  expect(screen({ of: 'events' }, ['of']).problems).toEqual([]);
  // What an address hides is shown by number.
  expect(screen({ 'x\u202E': '1' }).problems[0]?.message).toBe('“x⟨U+202E⟩” is no filter of sessions.');
});

test('a word given twice is not silently one of both', () => {
  const { conditions, problems } = screen({ country: ['DE', 'FR'] });
  expect(conditions).toEqual([{ field: 'country', op: 'is', value: ['DE'] }]);
  expect(problems).toEqual([
    { path: 'country', message: '“country” is given more than once, and only the first counts.' },
  ]);
  expect(() => readListRequest(new URLSearchParams('country=DE&country=FR'), sessionFilter, actor)).toThrow(
    /filter is not right/,
  );
  expect(() => readListRequest(new URLSearchParams('contry=DE'), sessionFilter, actor)).toThrow(/filter is not right/);
});
