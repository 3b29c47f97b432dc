import { loadKeyEncryptionKey } from '#lib/kernel/crypto/key-encryption-key.ts';
import { openSecret, sealSecret } from '#lib/kernel/crypto/secret-box.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { type HttpAllowance, httpAllowanceSchema, noAllowance } from '#lib/kernel/http/address-guard.ts';
import type { Capabilities, Connection, ProviderDefinition } from '#lib/providers/definition.ts';

const place = (tenantId: string, providerId: string) => `provider-secret ${tenantId} ${providerId}`;

/**
 * Stores how to reach a provider; the secret is wrapped under the KEK and bound to this provider's row. `allowance` is what this
 * provider alone may be called at beyond public addresses over https; without it nothing.
 */
export async function saveConnection(
  tx: Tx,
  input: { tenantId: string; providerId: string; baseUrl: string; secret: string; allowance?: HttpAllowance },
): Promise<void> {
  const sealed = sealSecret(loadKeyEncryptionKey(readEnv()).key, input.secret, place(input.tenantId, input.providerId));
  await tx.provider.update({
    where: { tenantId_id: { tenantId: input.tenantId, id: input.providerId } },
    data: {
      baseUrl: input.baseUrl,
      secret: new Uint8Array(sealed),
      httpAllowance: httpAllowanceSchema.parse(input.allowance ?? noAllowance),
    },
  });
}

type Connected = {
  tenantId: string;
  id: string;
  baseUrl: string | null;
  secret: Uint8Array | null;
  httpAllowance?: unknown;
};

/** How to reach a provider, its secret unwrapped; `null` when it is not connected. */
export function connectionOf(row: Connected): Connection | null {
  if (!row.baseUrl || !row.secret) return null;
  const secret = openSecret(loadKeyEncryptionKey(readEnv()).key, row.secret, place(row.tenantId, row.id));
  const allowance = httpAllowanceSchema.parse(row.httpAllowance ?? noAllowance);
  return { baseUrl: row.baseUrl, secret, allowance };
}

/** What a provider can be asked to do, or `null` when it has no such interface or is not connected. */
export function capabilitiesOf(definition: ProviderDefinition | undefined, row: Connected): Capabilities | null {
  const connection = definition?.connect ? connectionOf(row) : null;
  return connection ? (definition?.connect?.(connection) ?? null) : null;
}
