import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  type CustomFetch,
  customFetch,
  discovery,
} from 'openid-client';
import { z } from 'zod';
import type { PublicKeySet } from '#lib/kernel/crypto/json-web-token.ts';
import { type HttpClient, openHttpClient, requireStatus } from '#lib/kernel/http/http-client.ts';
import type { SignInProvider } from '#lib/staff/federation/sign-in-providers.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';

/** A provider as discovered: its endpoints, and its keys when asked. */
export type ProviderClient = {
  configuration: Configuration;
  /** The provider's signing keys; fetched anew at most every `keysCooldownMs` when the one wanted is not among those at hand. */
  keys(kid: string | null): Promise<PublicKeySet>;
};

const discoveredForMs = 300_000;
const keysCooldownMs = 30_000;
const keySetShape = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })).max(100),
});
const known = new Map<string, { client: Promise<ProviderClient>; until: number }>();

/** The address a provider sends the person back to: one a provider, so that answers cannot be mixed up (RFC 9700 section 4.4). */
export function redirectAddress(slug: string): string {
  return `${relyingParty().origin}/api/sign-in/federated/${slug}/callback`;
}

/**
 * Discovers a provider (OpenID Connect Discovery 1.0) through the guarded client. The document has to name the very issuer that
 * was configured, character by character (section 4.3). Kept for five minutes. @throws Error when it does not answer or lies
 */
export function openProviderClient(provider: SignInProvider): Promise<ProviderClient> {
  const key = JSON.stringify([provider.id, provider.issuer, provider.clientId, provider.allowance]);
  const at = performance.now();
  const found = known.get(key);
  if (found && found.until > at) return found.client;
  const client = discover(provider);
  known.set(key, { client, until: at + discoveredForMs });
  client.catch(() => known.delete(key));
  return client;
}

async function discover(provider: SignInProvider): Promise<ProviderClient> {
  const http = openHttpClient({ allowance: provider.allowance });
  const viaGuard = fetchThrough(http);
  const configuration = await discovery(
    new URL(provider.issuer),
    provider.clientId,
    { client_secret: provider.clientSecret, redirect_uris: [redirectAddress(provider.slug)] },
    undefined,
    {
      [customFetch]: viaGuard,
      timeout: 5,
      ...(provider.allowance.plainHttp ? { execute: [allowInsecureRequests] } : {}),
    },
  );
  const metadata = configuration.serverMetadata();
  if (metadata.issuer !== provider.issuer) throw new Error('the discovery document names another issuer');
  const keysAddress = metadata.jwks_uri;
  if (!keysAddress) throw new Error('the discovery document names no keys');
  let set: PublicKeySet | null = null;
  let fetchedAt = -Infinity;
  return {
    configuration: withClientAuthentication(configuration, provider),
    async keys(kid) {
      const has = set?.keys.some((jwk) => jwk.kid === kid) ?? false;
      if (set && (has || performance.now() - fetchedAt < keysCooldownMs)) return set;
      const request = { method: 'GET' as const, url: keysAddress };
      set = keySetShape.parse(requireStatus(request, await http.call(request), [200]).json()) as PublicKeySet;
      fetchedAt = performance.now();
      return set;
    },
  };
}

/** By the Authorization header unless the provider takes the secret in the body alone (RFC 6749 section 2.3.1). */
function withClientAuthentication(discovered: Configuration, provider: SignInProvider): Configuration {
  const methods = discovered.serverMetadata().token_endpoint_auth_methods_supported;
  const authenticate =
    !methods || methods.includes('client_secret_basic')
      ? ClientSecretBasic(provider.clientSecret)
      : ClientSecretPost(provider.clientSecret);
  const configuration = new Configuration(
    discovered.serverMetadata(),
    provider.clientId,
    discovered.clientMetadata(),
    authenticate,
  );
  const fetching = discovered[customFetch];
  if (fetching) configuration[customFetch] = fetching;
  configuration.timeout = 5;
  if (provider.allowance.plainHttp) allowInsecureRequests(configuration);
  return configuration;
}

function fetchThrough(http: HttpClient): CustomFetch {
  return async (url, options) => {
    const { body, signal } = options;
    const answer = await http.call({
      method: options.method === 'POST' ? 'POST' : 'GET',
      url,
      headers: { ...options.headers },
      ...(body instanceof URLSearchParams || typeof body === 'string' ? { body } : {}),
      ...(signal ? { signal } : {}),
    });
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers))
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
    return new Response(answer.status === 204 ? null : new Uint8Array(answer.body), { status: answer.status, headers });
  };
}
