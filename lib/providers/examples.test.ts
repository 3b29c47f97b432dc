import { describe, expect, it } from 'vitest';
import { auth0Examples } from '#lib/providers/auth0/auth0.examples.ts';
import { entraExamples } from '#lib/providers/entra/entra.examples.ts';
import { keycloakExamples } from '#lib/providers/keycloak/keycloak.examples.ts';
import { ocsfExamples } from '#lib/providers/ocsf/ocsf.examples.ts';
import { oktaExamples } from '#lib/providers/okta/okta.examples.ts';
import type { ProviderExample } from '#lib/providers/provider-example.ts';
import { findProvider } from '#lib/providers/registry.ts';

const examples: Record<string, readonly ProviderExample[]> = {
  okta: oktaExamples,
  auth0: auth0Examples,
  entra: entraExamples,
  keycloak: keycloakExamples,
  ocsf: ocsfExamples,
};

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
        if (other === kind) continue;
        for (const { record, name } of foreign) {
          expect(() => findProvider(kind)?.map(record), `${other}: ${name}`).toThrow(
            expect.objectContaining({ code: 'wrong_format' }),
          );
        }
      }
    });
  });
}
