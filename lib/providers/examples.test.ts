import { describe, expect, it } from 'vitest';
import { allExamples as examples } from '#lib/providers/all-examples.ts';
import { findProvider, providers } from '#lib/providers/registry.ts';

describe('the registry', () => {
  it.each(providers.map((provider) => provider.kind))('%s comes with recorded examples', (kind) => {
    expect(examples[kind]?.length ?? 0).toBeGreaterThanOrEqual(5);
  });
});

for (const [kind, list] of Object.entries(examples)) {
  describe(`the ${kind} mapping`, () => {
    for (const { name, record, expected } of list) {
      it(`reads ${name}`, () => {
        const before = structuredClone(record);
        const { at, ...rest } = expected;
        const event = findProvider(kind)?.map(record);
        expect(event).toMatchObject(rest);
        expect(event?.occurredAt.toISOString()).toBe(at);
        expect(record).toEqual(before);
        expect(JSON.stringify(event)).not.toMatch(/hunter2|secret/);
        expect(JSON.stringify(event?.detail).length).toBeLessThanOrEqual(1024);
      });
    }

    it('refuses the records of every other provider', () => {
      for (const [other, foreign] of Object.entries(examples)) {
        // Two kinds may speak one format: the sample provider's records are OCSF.
        if (findProvider(other)?.map === findProvider(kind)?.map) continue;
        for (const { record, name } of foreign) {
          expect(() => findProvider(kind)?.map(record), `${other}: ${name}`).toThrow(
            expect.objectContaining({ code: 'wrong_format' }),
          );
        }
      }
    });
  });
}
