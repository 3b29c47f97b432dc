import { decodeJwt } from 'jose';
import { type AuditCursor, auditHead } from '#lib/audit/walk-chain.ts';
import { type PublicKeySet, TokenRefused, verifyToken } from '#lib/kernel/crypto/json-web-token.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { signJws } from '#lib/keys/sign-jws.ts';

export const checkpointTyp = 'gatehouse-checkpoint+jwt';

/**
 * Signs the chain's present head with the tenant's own issuer and keeps it, unless nothing was written since the last one. Safe to
 * call at once from several processes. @returns the checkpoint that stands at the head; `null` for an empty chain
 */
export async function writeCheckpoint(
  database: Database,
  tenantId: string,
): Promise<{ seq: bigint; jws: string } | null> {
  return database.inTenant(tenantId, async (tx) => {
    const head = await auditHead(tx, tenantId);
    if (!head) return null;
    const where = { tenantId_seq: { tenantId, seq: head.seq } };
    const known = await tx.auditCheckpoint.findUnique({ where });
    if (known) return known;
    const payload = { sub: subjectOf(tenantId), audit: { seq: Number(head.seq), head: hex(head.hash) } };
    const { jws, kid } = await signJws(tx, { tenantId, typ: checkpointTyp, payload });
    await tx.auditCheckpoint.createMany({
      data: [{ tenantId, seq: head.seq, hash: new Uint8Array(head.hash), kid, jws }],
      skipDuplicates: true,
    });
    return tx.auditCheckpoint.findUniqueOrThrow({ where });
  });
}

/** Whether a checkpoint is signed by one of these keys and says exactly this of the chain. `null` when it does, else what does not fit. */
export async function whyCheckpointDoesNotHold(
  jws: string,
  keys: PublicKeySet,
  said: AuditCursor & { tenantId: string },
): Promise<string | null> {
  try {
    const { claims } = await verifyToken(jws, keys, {
      // The desk may have moved since: who signed is told by the key, which is the tenant's own.
      issuer: issuerNamedBy(jws),
      audience: null,
      typ: checkpointTyp,
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      expiry: 'forbidden',
      ageSecondsMax: null,
      skewSeconds: 120,
      bytesMax: 8_192,
      at: new Date(),
    });
    const audit = claims.audit as { seq?: unknown; head?: unknown } | undefined;
    const fits =
      claims.sub === subjectOf(said.tenantId) && audit?.seq === Number(said.seq) && audit.head === hex(said.hash);
    return fits ? null : `The checkpoint at entry ${said.seq} was signed over something else.`;
  } catch (error) {
    if (error instanceof TokenRefused) return `The checkpoint at entry ${said.seq}: ${error.message}`;
    throw error;
  }
}

/** Every public key the tenant's own issuer ever had. */
export async function ownKeySet(database: Database, tenantId: string): Promise<PublicKeySet> {
  const rows = await database.inTenant(
    tenantId,
    (tx) => tx.$queryRaw<{ jwk: PublicKeySet['keys'][number] }[]>`
      SELECT k.public_jwk AS jwk FROM signing_keys k JOIN signing_issuers i ON i.tenant_id = k.tenant_id AND i.id = k.issuer_id
      WHERE k.tenant_id = ${tenantId}::uuid AND i.kind = 'own' ORDER BY k.version DESC LIMIT 100`,
  );
  return { keys: rows.map(({ jwk }) => jwk) };
}

function issuerNamedBy(jws: string): string {
  try {
    return decodeJwt(jws).iss ?? '';
  } catch {
    throw new TokenRefused('malformed', 'This is not a signed token.');
  }
}

function subjectOf(tenantId: string): string {
  return `urn:gatehouse:audit:${tenantId}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
