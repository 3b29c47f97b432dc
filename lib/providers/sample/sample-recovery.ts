import { z } from 'zod';
import type { Connection, RecoveryCapabilities } from '#lib/providers/definition.ts';
import { askSample, readAnswer } from '#lib/providers/sample/ask-sample.ts';

const authenticatorShape = z.object({
  id: z.string().max(100),
  name: z.string().max(200),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
});
const codeShape = z.object({
  id: z.string().max(100),
  code: z.string().max(40),
  expiresAt: z.iso.datetime(),
  page: z.url(),
});
const codeStateShape = z.object({
  state: z.enum(['open', 'used', 'expired', 'blocked']),
  authenticatorId: z.string().max(100).nullable(),
});

/** Recovering people at the sample provider: their authenticators, binding codes, and its page for proving one that is left. */
export function sampleRecovery(connection: Connection): RecoveryCapabilities {
  const origin = new URL(connection.baseUrl).origin;
  const person = (subject: string) => `/people/${encodeURIComponent(subject)}`;
  return {
    issuer: origin,
    jwksUri: `${origin}/jwks`,
    proofPage: ({ nonce, returnTo }) => `${origin}/prove?${new URLSearchParams({ nonce, return: returnTo })}`,
    async listAuthenticators(subject, signal) {
      const path = `${person(subject)}/authenticators`;
      const answer = await askSample(connection, { method: 'GET', path, signal, wanted: [200] });
      return readAnswer(answer, z.object({ data: z.array(authenticatorShape).max(100) })).data;
    },
    async removeAuthenticator(subject, id, signal) {
      const path = `${person(subject)}/authenticators/${encodeURIComponent(id)}`;
      await askSample(connection, { method: 'DELETE', path, signal, wanted: [200, 404] });
    },
    async createBindingCode(subject, signal) {
      const path = `${person(subject)}/binding-codes`;
      return readAnswer(await askSample(connection, { method: 'POST', path, signal, wanted: [201] }), codeShape);
    },
    async bindingCode(subject, id, signal) {
      const path = `${person(subject)}/binding-codes/${encodeURIComponent(id)}`;
      return readAnswer(await askSample(connection, { method: 'GET', path, signal, wanted: [200] }), codeStateShape);
    },
  };
}
