import { z } from 'zod';
import type { HttpRequest } from '#lib/kernel/http/http-client.ts';
import type { Capabilities, Connection, ProviderDefinition, ProviderSession } from '#lib/providers/definition.ts';
import { mapOcsf } from '#lib/providers/ocsf/ocsf.ts';
import { askSample, readAnswer } from '#lib/providers/sample/ask-sample.ts';
import { sampleKeys } from '#lib/providers/sample/sample-keys.ts';
import { sampleRecovery } from '#lib/providers/sample/sample-recovery.ts';

const sessionShape = z.object({
  id: z.string().min(1),
  startedAt: z.iso.datetime(),
  person: z.object({ id: z.string() }),
  clients: z.array(z.object({ name: z.string() })),
});
const pageShape = z.object({ data: z.array(sessionShape).max(200), next: z.string().nullable() });
const deliveryShape = z.object({ clientName: z.string(), state: z.string(), detail: z.string() });
const endedShape = z.object({ ended: z.literal(true), deliveries: z.array(deliveryShape) });
const aboutShape = z.object({ issuer: z.string(), people: z.number(), sessions: z.number() });

/** The sample identity provider of the demo. Its records are OCSF; Gatehouse acts at it through its management interface. */
export const sample: ProviderDefinition = { kind: 'sample', name: 'Sample provider', map: mapOcsf, connect };

function connect(connection: Connection): Capabilities {
  const call = (method: HttpRequest['method'], path: string, signal: AbortSignal, wanted: readonly number[]) =>
    askSample(connection, { method, path, signal, wanted });
  return {
    async endSession(id, signal) {
      const answer = await call('DELETE', `/sessions/${encodeURIComponent(id)}`, signal, [200, 404]);
      if (answer.status === 404) return { outcome: 'gone', status: 404, detail: 'The provider has no such session.' };
      const { deliveries } = readAnswer(answer, endedShape);
      const told = deliveries.map(
        ({ clientName, state }) => `${clientName}: ${state === 'delivered' ? 'signed out' : `not told (${state})`}`,
      );
      return { outcome: 'accepted', status: answer.status, detail: told.join('; ') || 'No application relied on it.' };
    },
    async lookUpSession(id, signal) {
      const answer = await call('GET', `/sessions/${encodeURIComponent(id)}`, signal, [200, 404]);
      return answer.status === 404 ? null : readSession(readAnswer(answer, sessionShape));
    },
    async listSessions({ subject, cursor }, signal) {
      const query = new URLSearchParams({
        limit: '100',
        ...(subject ? { person: subject } : {}),
        ...(cursor ? { cursor } : {}),
      });
      const page = readAnswer(await call('GET', `/sessions?${query}`, signal, [200]), pageShape);
      return { sessions: page.data.map(readSession), next: page.next };
    },
    keys: sampleKeys(connection),
    recovery: sampleRecovery(connection),
    async test(signal) {
      const { issuer, people, sessions } = readAnswer(await call('GET', '/', signal, [200]), aboutShape);
      return { ok: true, detail: `${issuer} answers: ${people} people, ${sessions} living sessions.` };
    },
  };
}

function readSession(session: z.output<typeof sessionShape>): ProviderSession {
  return {
    sourceSessionId: session.id,
    alive: true,
    startedAt: new Date(session.startedAt),
    subject: session.person.id,
    clients: session.clients.map(({ name }) => name),
  };
}
