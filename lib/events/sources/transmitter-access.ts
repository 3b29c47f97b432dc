import { z } from 'zod';
import { openForInlet } from '#lib/events/sources/inlet-secret.ts';
import type { Receiver } from '#lib/events/sources/receivers.ts';
import { httpAllowanceSchema, noAllowance } from '#lib/kernel/http/address-guard.ts';
import type { Connection } from '#lib/providers/definition.ts';
import { accessToken } from '#lib/providers/provider-http.ts';

/** How this desk proves itself to a transmitter without a token given by hand: OAuth client credentials (CAEP interoperability profile 2.7.1). */
export const transmitterClient = z.strictObject({
  tokenUrl: z.url({ protocol: /^https?$/, error: 'expected an https address' }).max(500),
  clientId: z.string().trim().min(1).max(500),
  clientSecret: z.string().min(1).max(4000),
  /** The scopes of SSF 1.0 section 7.1.1 unless the transmitter has others. */
  scope: z.string().trim().min(1).max(500).default('ssf.read ssf.manage'),
});
export type TransmitterClient = z.output<typeof transmitterClient>;

/** What is kept wrapped with a stream: the token as it is, or the client as JSON. */
export function accessText(given: { token: string | null; client: TransmitterClient | null }): string | null {
  return given.client ? JSON.stringify(given.client) : given.token;
}

export type TransmitterAccess = {
  connection: Connection;
  /** The Authorization header, with a token fetched anew when the last one ends or is refused. @throws ProviderCallFailed */
  authorize: () => Promise<Record<string, string>>;
};

/** The way to a transmitter's own interface; `null` where neither a token nor a client was given. */
export function transmitterAccess(receiver: Receiver, baseUrl: string, signal: AbortSignal): TransmitterAccess | null {
  if (!receiver.pollSecret) return null;
  const secret = openForInlet(receiver.tenantId, receiver.id, receiver.pollSecret);
  const connection = { baseUrl, secret, allowance: httpAllowanceSchema.parse(receiver.httpAllowance ?? noAllowance) };
  const client = clientOf(secret);
  if (!client) return { connection, authorize: async () => ({ authorization: `Bearer ${secret}` }) };
  const { tokenUrl, clientId, clientSecret, scope } = client;
  // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
  const basic = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString('base64');
  return {
    connection,
    async authorize() {
      const token = await accessToken(connection, {
        url: tokenUrl,
        form: { grant_type: 'client_credentials', scope },
        headers: { authorization: `Basic ${basic}` },
        signal,
      });
      return { authorization: `Bearer ${token}` };
    },
  };
}

function clientOf(secret: string): TransmitterClient | null {
  if (!secret.startsWith('{')) return null;
  try {
    return transmitterClient.safeParse(JSON.parse(secret)).data ?? null;
  } catch {
    return null;
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
