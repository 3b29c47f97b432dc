import type { JWK } from 'jose';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import type { LivingKey } from '#lib/keys/lifecycle.ts';
import type { KeyPolicy, KeyState } from '#lib/model/signing-key.ts';

export type Issuer = {
  tenantId: string;
  id: string;
  kind: 'own' | 'provider';
  providerId: string | null;
  name: string;
  issuer: string;
  jwksUri: string;
  policy: KeyPolicy;
  /** What is wrong with reaching it, as last seen; `null` when nothing is. */
  problem: string | null;
};

/** An issuer of this tenant. @throws Refusal `not_found` */
export async function loadIssuer(tx: Tx, tenantId: string, id: string): Promise<Issuer> {
  const row = await tx.signingIssuer.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (!row) throw new Refusal('not_found', 'There is no such issuer.');
  return issuerOf(row);
}

/** All issuers of this tenant: our own first, then the providers whose keys can be reached. */
export async function listIssuers(tx: Tx, tenantId: string): Promise<Issuer[]> {
  const rows = await tx.signingIssuer.findMany({
    where: { tenantId },
    orderBy: [{ kind: 'asc' }, { name: 'asc' }],
    take: 100,
  });
  return rows.map(issuerOf);
}

type IssuerRow = Awaited<ReturnType<Tx['signingIssuer']['findFirstOrThrow']>>;
function issuerOf(row: IssuerRow): Issuer {
  const { tenantId, id, providerId, name, issuer, jwksUri, problem } = row;
  return {
    tenantId,
    id,
    kind: row.kind === 'own' ? 'own' : 'provider',
    providerId,
    name,
    issuer,
    jwksUri,
    problem,
    policy: {
      leadSeconds: row.leadSeconds,
      clientCacheSeconds: row.clientCacheSeconds,
      jwksMaxAgeSeconds: row.jwksMaxAgeSeconds,
      tokenLifeSeconds: row.tokenLifeSeconds,
      skewSeconds: row.skewSeconds,
      keepSeconds: row.keepSeconds,
      periodSeconds: row.periodSeconds,
    },
  };
}

export type StoredKey = LivingKey & {
  version: number;
  kid: string;
  algorithm: string;
  publicJwk: JWK;
  createdAt: number;
  compromisedAt: number | null;
};

/** The keys of an issuer, newest first; destroyed and compromised ones beyond the last fifty are left out. */
export async function keysOf(tx: Tx, tenantId: string, issuerId: string): Promise<StoredKey[]> {
  const rows = await tx.signingKey.findMany({ where: { tenantId, issuerId }, orderBy: { version: 'desc' }, take: 50 });
  return rows.map((row) => ({
    id: row.id,
    version: row.version,
    kid: row.kid,
    algorithm: row.algorithm,
    publicJwk: row.publicJwk as JWK,
    state: row.state as KeyState,
    leadWaived: row.leadWaived,
    createdAt: row.createdAt.getTime(),
    publishedAt: row.publishedAt?.getTime() ?? null,
    activatedAt: row.activatedAt?.getTime() ?? null,
    retiringAt: row.retiringAt?.getTime() ?? null,
    retiredAt: row.retiredAt?.getTime() ?? null,
    compromisedAt: row.compromisedAt?.getTime() ?? null,
  }));
}

/** The key that signs. @throws Refusal `conflict` when the issuer has none (a provider that reported none) */
export function activeKey(keys: readonly StoredKey[]): StoredKey {
  const active = keys.find(({ state }) => state === 'active');
  if (!active)
    throw new Refusal('conflict', 'This issuer has no key that signs, as far as is known. Look at it first.');
  return active;
}
