import type { Tx } from '#lib/kernel/db/database.ts';

/** Tokens of one kind for one audience that were signed with a key. `aliveUntil`: the last `exp`; `null`: they never expire. */
export type TokenUse = { typ: string; audience: string; tokens: number; lastAt: string; aliveUntil: string | null };
/** Who fetches the key set. `knowsNext`: has fetched it since the next key was published; `null` while there is none. */
export type Reader = { reader: string; fetches: number; lastAt: string; knowsNext: boolean | null };
export type Dependants = { tokens: TokenUse[]; readers: Reader[]; readersTotal: number };

/** How many are named; the total is always said. */
const namedMax = 50;

/** Who relies on a key: the tokens signed with it, newest first, and the relying parties that read the issuer's key set. */
export async function dependantsOf(
  tx: Tx,
  input: { tenantId: string; issuerId: string; keyId: string; nextPublishedAt: number | null },
): Promise<Dependants> {
  const { tenantId, issuerId, keyId, nextPublishedAt } = input;
  const uses = await tx.signingKeyUse.findMany({
    where: { tenantId, keyId },
    orderBy: { lastAt: 'desc' },
    take: namedMax,
  });
  const readers = await tx.jwksReader.findMany({
    where: { tenantId, issuerId },
    orderBy: { lastAt: 'desc' },
    take: namedMax,
  });
  const readersTotal = await tx.jwksReader.count({ where: { tenantId, issuerId } });
  return {
    tokens: uses.map(({ typ, audience, tokens, lastAt, expiresAt }) => ({
      typ,
      audience,
      tokens: Number(tokens),
      lastAt: lastAt.toISOString(),
      aliveUntil: expiresAt?.toISOString() ?? null,
    })),
    readers: readers.map(({ reader, fetches, lastAt }) => ({
      reader,
      fetches: Number(fetches),
      lastAt: lastAt.toISOString(),
      knowsNext: nextPublishedAt === null ? null : lastAt.getTime() >= nextPublishedAt,
    })),
    readersTotal,
  };
}

/** When the last token with an expiry that this key signed dies, as far as is counted; `null` for none. */
export async function lastTokenDeath(tx: Tx, tenantId: string, keyId: string): Promise<Date | null> {
  const [row] = await tx.$queryRaw<{ at: Date | null }[]>`
    SELECT max(expires_at) AS at FROM signing_key_uses WHERE tenant_id = ${tenantId}::uuid AND key_id = ${keyId}::uuid`;
  return row?.at ?? null;
}
