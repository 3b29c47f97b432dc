import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue, MappedEvent } from '#lib/model/event.ts';
import { eventTypes, failureReasons, outcomes } from '#lib/model/event.ts';
import { allExamples } from '#lib/providers/all-examples.ts';
import { RecordRejected } from '#lib/providers/definition.ts';
import { providers } from '#lib/providers/registry.ts';

const records = Object.values(allExamples)
  .flat()
  .map((example) => example.record);

/** Strings that have broken importers before: NUL, lone surrogates, prototype keys, absurd times, addresses that are none. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '\0',
    'a\uD800b',
    '__proto__',
    'constructor',
    '275760-09-13T00:00:00Z',
    '+275760-12-31T00:00:00Z',
    '{"a":',
    '[1]',
    'a'.repeat(5000),
    '1.2.3.4.5',
    'type=LOGIN, ',
  ),
);
const json = fc.jsonValue({ maxDepth: 3 });
const leaf = fc.oneof(
  nasty,
  fc.double(),
  fc.constantFrom(null, true, 0, -1, 8.64e15, 9e15, 1e300),
  json,
  fc.array(json),
  fc.dictionary(nasty, json),
) as fc.Arbitrary<JsonValue>;

/** A real record with some of its fields, at any depth, replaced or taken away. */
const mutated = fc
  .tuple(fc.constantFrom(...records), fc.array(fc.tuple(fc.nat(), leaf, fc.boolean()), { maxLength: 5 }))
  .map(([record, changes]) => {
    const copy = structuredClone(record);
    for (const [where, value, drop] of changes) {
      const slots = slotsOf(copy);
      const slot = slots[where % Math.max(slots.length, 1)];
      if (!slot) continue;
      if (drop) delete slot.holder[slot.key];
      else
        Object.defineProperty(slot.holder, slot.key, { value, enumerable: true, configurable: true, writable: true });
    }
    return copy;
  });

function slotsOf(value: JsonValue): { holder: JsonObject; key: string }[] {
  if (Array.isArray(value)) return value.flatMap(slotsOf);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => [{ holder: value, key }, ...slotsOf(inner)]);
}

function check(event: MappedEvent): void {
  expect(eventTypes).toContain(event.type);
  expect(outcomes).toContain(event.outcome);
  if (event.outcome === 'failure') expect(failureReasons).toContain(event.reason);
  else expect(event.reason).toBeNull();
  expect(Number.isNaN(event.occurredAt.getTime())).toBe(false);
  expect(event.person?.subject).not.toBe('');
  const texts = JSON.stringify(event);
  expect(texts.includes('\\u0000')).toBe(false);
  expect(texts).not.toMatch(/\\ud[89a-f][0-9a-f]{2}/i);
  expect(JSON.stringify(event.detail).length).toBeLessThanOrEqual(1024);
}

describe.each(providers.map((provider) => [provider.kind, provider] as const))('%s', (_kind, provider) => {
  it.each([
    ['arbitrary objects', fc.dictionary(nasty, json) as fc.Arbitrary<JsonObject>, 300],
    ['damaged records', mutated, 1500],
  ] as const)(
    'maps %s to a sound event or rejects them, and never throws anything else',
    (_name, arbitrary, numRuns) => {
      fc.assert(
        fc.property(arbitrary as fc.Arbitrary<JsonObject>, (record) => {
          try {
            check(provider.map(record));
          } catch (error) {
            if (!(error instanceof RecordRejected)) throw error;
            expect(error.code).toMatch(/^[a-z_]+$/);
            expect(error.message).toMatch(/^[A-Z].*\.$/s);
          }
        }),
        { numRuns },
      );
    },
  );
});
