import { z } from 'zod';
import type { PublicKeySet } from '#lib/kernel/crypto/json-web-token.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { type HttpAllowance, noAllowance } from '#lib/kernel/http/address-guard.ts';
import { openHttpClient, requireStatus } from '#lib/kernel/http/http-client.ts';

const keySetShape = z.object({
  keys: z.array(z.looseObject({ kty: z.string().max(16), kid: z.string().max(300) })).max(100),
});

/**
 * Reads a key set from its address, as a relying party does: over the network, past no cache of ours. Our own address may be
 * private; a provider's only as far as its allowance says.
 * @throws OutboundCallFailed, or ZodError for an answer that is no key set
 */
export async function readKeySet(
  jwksUri: string,
  signal: AbortSignal,
  allowance: HttpAllowance = noAllowance,
): Promise<PublicKeySet> {
  const url = new URL(jwksUri);
  const isOurs = url.origin === readEnv().GATEHOUSE_URL;
  const client = openHttpClient({
    allowance: isOurs
      ? { networks: ['0.0.0.0/0', '::/0'], ports: url.port ? [Number(url.port)] : [], plainHttp: true }
      : allowance,
    origins: [url.origin],
  });
  try {
    const request = { method: 'GET', url, headers: { 'cache-control': 'no-cache' }, signal } as const;
    return keySetShape.parse(requireStatus(request, await client.call(request), [200]).json());
  } finally {
    await client.close();
  }
}
