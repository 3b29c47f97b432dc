import { z } from 'zod';
import type { Connection } from '#lib/providers/definition.ts';
import { askProvider, readAs } from '#lib/providers/provider-http.ts';
import { requestedEvents } from '#lib/providers/ssf/event-kinds.ts';

/** What a transmitter says of itself (SSF 1.0 section 7.1); only what a receiver needs. */
const configurationShape = z.object({
  issuer: z.string(),
  jwks_uri: z.url().optional(),
  configuration_endpoint: z.url().optional(),
  status_endpoint: z.url().optional(),
  verification_endpoint: z.url().optional(),
  critical_subject_members: z.array(z.string()).default([]),
});
export type TransmitterConfiguration = z.output<typeof configurationShape>;

const streamShape = z.object({
  stream_id: z.string().min(1),
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string()).min(1)]),
  events_delivered: z.array(z.string()).default([]),
  delivery: z.looseObject({ method: z.string(), endpoint_url: z.string().optional() }),
});
const statusShape = z.object({
  stream_id: z.string().optional(),
  status: z.enum(['enabled', 'paused', 'disabled']),
  reason: z.string().optional(),
});

export const deliveryMethods = { push: 'urn:ietf:rfc:8935', poll: 'urn:ietf:rfc:8936' } as const;

/** `https://tr.example/issuer1` is described at `https://tr.example/.well-known/ssf-configuration/issuer1` (SSF 1.0 section 7.2.1). */
export function configurationAddress(issuer: string): string {
  const url = new URL(issuer);
  return `${url.origin}/.well-known/ssf-configuration${url.pathname.replace(/\/$/, '')}`;
}

/** The receiver's side of a transmitter's stream management. Every call throws `ProviderCallFailed`. */
export function streamClient(
  { connection, authorize }: { connection: Connection; authorize: () => Promise<Record<string, string>> },
  configuration: TransmitterConfiguration,
  signal: AbortSignal,
) {
  const ask = (
    method: 'GET' | 'POST' | 'DELETE',
    endpoint: string | undefined,
    wanted: number[],
    more: { body?: unknown; streamId?: string } = {},
  ) => {
    const url = new URL(endpoint ?? '', connection.baseUrl);
    if (more.streamId !== undefined) url.searchParams.set('stream_id', more.streamId);
    return askProvider(connection, {
      method,
      url,
      authorize,
      ...(more.body === undefined ? {} : { body: { json: more.body } }),
      signal,
      wanted,
      origins: [url.origin],
    });
  };
  return {
    /** Asks for a stream with every event type this receiver has a word for. */
    async create(delivery: { method: 'push' | 'poll'; address: string; authorization: string | null }) {
      const body = {
        delivery: {
          method: deliveryMethods[delivery.method],
          ...(delivery.method === 'push' ? { endpoint_url: delivery.address } : {}),
          ...(delivery.authorization ? { authorization_header: delivery.authorization } : {}),
        },
        events_requested: requestedEvents,
        description: 'Gatehouse',
      };
      return readAs(await ask('POST', configuration.configuration_endpoint, [200, 201], { body }), streamShape);
    },
    async remove(streamId: string): Promise<void> {
      await ask('DELETE', configuration.configuration_endpoint, [204, 200, 404], { streamId });
    },
    async readStatus(streamId: string) {
      return readAs(await ask('GET', configuration.status_endpoint, [200], { streamId }), statusShape);
    },
    async setStatus(streamId: string, status: 'enabled' | 'paused' | 'disabled', reason: string) {
      return readAs(
        await ask('POST', configuration.status_endpoint, [200, 202], { body: { stream_id: streamId, status, reason } }),
        statusShape,
      );
    },
    /** The transmitter sends a verification event with this state, by itself and in its own time. */
    async verify(streamId: string, state: string): Promise<void> {
      await ask('POST', configuration.verification_endpoint, [204, 200, 202], { body: { stream_id: streamId, state } });
    },
  };
}

/** Reads a transmitter's description. @throws ProviderCallFailed, also when it calls itself something else */
export async function readConfiguration(
  connection: Connection,
  issuer: string,
  signal: AbortSignal,
): Promise<TransmitterConfiguration> {
  const url = configurationAddress(issuer);
  const answer = await askProvider(connection, {
    method: 'GET',
    url,
    signal,
    wanted: [200],
    origins: [new URL(url).origin],
  });
  return readAs(
    answer,
    configurationShape.refine((found) => found.issuer === issuer, { error: 'the issuer is another' }),
  );
}
