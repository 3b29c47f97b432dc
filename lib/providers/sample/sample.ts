import { z } from 'zod';
import { type HttpAnswer, type HttpRequest, requireStatus, sharedHttpClient } from '#lib/kernel/http/http-client.ts';
import { OutboundCallFailed } from '#lib/kernel/http/outbound-call-failed.ts';
import {
  type Capabilities,
  type Connection,
  ProviderCallFailed,
  type ProviderDefinition,
  type ProviderSession,
} from '#lib/providers/definition.ts';
import { mapOcsf } from '#lib/providers/ocsf/ocsf.ts';

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
      const { deliveries } = read(answer, endedShape);
      const told = deliveries.map(
        ({ clientName, state }) => `${clientName}: ${state === 'delivered' ? 'signed out' : `not told (${state})`}`,
      );
      return { outcome: 'accepted', status: answer.status, detail: told.join('; ') || 'No application relied on it.' };
    },
    async lookUpSession(id, signal) {
      const answer = await call('GET', `/sessions/${encodeURIComponent(id)}`, signal, [200, 404]);
      return answer.status === 404 ? null : readSession(read(answer, sessionShape));
    },
    async listSessions({ subject, cursor }, signal) {
      const query = new URLSearchParams({
        limit: '100',
        ...(subject ? { person: subject } : {}),
        ...(cursor ? { cursor } : {}),
      });
      const page = read(await call('GET', `/sessions?${query}`, signal, [200]), pageShape);
      return { sessions: page.data.map(readSession), next: page.next };
    },
    async test(signal) {
      const { issuer, people, sessions } = read(await call('GET', '/', signal, [200]), aboutShape);
      return { ok: true, detail: `${issuer} answers: ${people} people, ${sessions} living sessions.` };
    },
  };
}

/**
 * One call of the sample provider's management interface; also what key rotation and recovery use for theirs.
 * @throws ProviderCallFailed with a status that is not wanted, or without an answer
 */
export async function askSample(
  connection: Connection,
  request: {
    method: HttpRequest['method'];
    path: string;
    signal: AbortSignal;
    wanted: readonly number[];
    body?: unknown;
  },
): Promise<HttpAnswer> {
  const url = new URL(connection.baseUrl + request.path);
  const http = sharedHttpClient({ allowance: connection.allowance, origins: [new URL(connection.baseUrl).origin] });
  try {
    const answer = await http.call({
      method: request.method,
      url,
      headers: { authorization: `Bearer ${connection.secret}` },
      ...(request.body === undefined ? {} : { body: { json: request.body } }),
      signal: request.signal,
    });
    return requireStatus(request, answer, request.wanted);
  } catch (error) {
    throw asProviderFailure(error);
  }
}

function read<Shape extends z.ZodType>(answer: HttpAnswer, shape: Shape): z.output<Shape> {
  const parsed = shape.safeParse(readJson(answer));
  if (parsed.success) return parsed.data;
  throw new ProviderCallFailed('The provider answered in a form that Gatehouse does not know.', {
    ambiguous: true,
    retryable: false,
    status: answer.status,
  });
}

function readJson(answer: HttpAnswer): unknown {
  try {
    return answer.json();
  } catch (error) {
    throw asProviderFailure(error);
  }
}

function asProviderFailure(error: unknown): unknown {
  if (!(error instanceof OutboundCallFailed)) return error;
  const { ambiguous, retryable, status } = error;
  const words =
    status === 401 || status === 403
      ? 'The provider did not accept the credentials of this connection.'
      : error.message;
  return new ProviderCallFailed(words, { ambiguous, retryable, status });
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
