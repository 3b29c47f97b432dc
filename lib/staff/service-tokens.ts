import { z } from 'zod';
import type { Actor } from '#lib/kernel/actor.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import { proofLimits, readDpopProof } from '#lib/kernel/crypto/dpop-proof.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId, newSecret, sha256 } from '#lib/kernel/ids.ts';
import { type Permission, tokenScopes } from '#lib/model/permissions.ts';
import { announceLimit, countFailure } from '#lib/staff/attempts.ts';
import { limitKey, takePermitQuickly, tooMany } from '#lib/staff/rate-limit.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';

/** Makes a bearer token for a machine: one tenant, named scopes, shown once, kept as a hash. */
export const createServiceToken = defineCommand({
  action: 'authn_token_created',
  permission: 'tokens:manage',
  input: z.strictObject({
    name: z.string().trim().min(1).max(100),
    scopes: z
      .array(
        z.enum(tokenScopes as [Permission, ...Permission[]], { error: `expected some of: ${tokenScopes.join(', ')}` }),
      )
      .min(1),
    /** False: e-mail and IP addresses are hidden from it, whatever it reads. */
    addresses: z.boolean().default(true),
    provider: z.string().max(64).nullable().default(null),
    /** Without a word it lives 90 days; null makes it live until revoked, which the list shows. */
    expiresInDays: z.number().int().min(1).max(366).nullable().default(90),
    /** The thumbprint of the one key that may use it (RFC 7638, SHA-256); null: whoever bears it. */
    proofKey: z
      .string()
      .regex(/^[A-Za-z0-9_-]{43}$/, 'expected the SHA-256 thumbprint of a public key (RFC 7638), 43 characters')
      .nullable()
      .default(null),
    requestsPerMinute: z.number().int().min(1).max(1_000_000).default(12_000),
  }),
  async run({ tx, actor, input }) {
    const id = newId();
    const token = `ght_${newSecret()}`;
    const scopes = scopesOf(input.scopes, input.addresses);
    const taken = await tx.serviceToken.findUnique({
      where: { tenantId_name: { tenantId: actor.tenantId, name: input.name } },
    });
    if (taken)
      throw new Refusal(
        'conflict',
        `There is already a token named ${input.name}. Revoke it first or choose another name.`,
      );
    await tx.$executeRaw`
      INSERT INTO service_tokens (tenant_id, id, name, token_hash, scopes, provider, created_by, expires_at, requests_per_minute, proof_key)
      VALUES (${actor.tenantId}::uuid, ${id}::uuid, ${input.name}, ${new Uint8Array(sha256(token))}, ${scopes}::text[], ${input.provider},
        ${actor.label}, clock_timestamp() + make_interval(days => ${input.expiresInDays}::int), ${input.requestsPerMinute}, ${input.proofKey})`;
    return {
      result: { id, token },
      audit: {
        target: { type: 'service_token', id },
        detail: { name: input.name, scopes, provider: input.provider, bound: input.proofKey !== null },
      },
    };
  },
});

/** A machine that reads gets what it reads whole, unless it is told apart; the scope stands in the list like every other. */
function scopesOf(asked: readonly Permission[], addresses: boolean): Permission[] {
  const others = asked.filter((scope) => scope !== 'people:read-addresses');
  return addresses && asked.some((scope) => /:read/.test(scope)) ? [...others, 'people:read-addresses'] : others;
}

/** Revokes a token by name; it is refused from the next request on. @throws Refusal `not_found` */
export const revokeServiceToken = defineCommand({
  action: 'authn_token_revoked',
  permission: 'tokens:manage',
  input: z.strictObject({ name: z.string().trim().min(1).max(100) }),
  async run({ tx, actor, input }) {
    const revoked = await tx.$queryRaw<{ id: string }[]>`
      UPDATE service_tokens SET revoked_at = clock_timestamp(), name = name || ' (revoked ' || to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS.MS') || ')'
      WHERE tenant_id = ${actor.tenantId}::uuid AND name = ${input.name} AND revoked_at IS NULL RETURNING id::text`;
    const row = revoked[0];
    if (!row) throw new Refusal('not_found', `There is no living token named ${input.name}.`);
    return {
      result: { id: row.id },
      audit: { target: { type: 'service_token', id: row.id }, detail: { name: input.name } },
    };
  },
});

/**
 * Who stands behind `Authorization: Bearer …` (RFC 6750 section 2.1), or `DPoP …` for a token that is bound to a key: then the request
 * has to bring a proof by that key (RFC 9449), made for it and shown once. Looked up by hash; revoked and expired tokens are refused
 * by the database's clock. @throws Refusal `not_signed_in`, the same for every kind of wrong token; `rate_limited`
 */
export async function authenticateToken(
  database: Database,
  headers: Headers,
  /** What is asked for; without it a bound token is refused. */
  asked: { method: string; path: string } | null = null,
): Promise<{ actor: Actor; provider: string | null }> {
  const [, scheme = '', token] =
    /^(Bearer|DPoP) +(ght_[A-Za-z0-9_-]{43})$/i.exec(headers.get('authorization')?.trim() ?? '') ?? [];
  const refused = new Refusal(
    'not_signed_in',
    'A valid token is needed: Authorization: Bearer ght_… (npm run gatehouse -- token create), or DPoP ght_… with its proof.',
  );
  const ip = headers.get('x-gatehouse-client-ip') || null;
  const refuse = async (): Promise<never> => {
    await countFailure(database, { purpose: 'token', account: null, ip });
    throw refused;
  };
  if (!token) return refuse();
  const found = await database.outsideTenants(
    (tx) =>
      tx.$queryRaw<
        { tenant_id: string; id: string }[]
      >`SELECT tenant_id::text, id::text FROM gatehouse_find_service_token(${new Uint8Array(sha256(token))})`,
  );
  const at = found[0];
  if (!at) return refuse();
  const living = await database.inTenant(at.tenant_id, async (tx) => {
    const rows = await tx.$queryRaw<
      {
        name: string;
        scopes: string[];
        provider: string | null;
        proofKey: string | null;
        at: Date;
        perMinute: number;
        stale: boolean;
      }[]
    >`
      SELECT name, scopes, provider, proof_key AS "proofKey", clock_timestamp() AS at, requests_per_minute AS "perMinute", last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '1 minute' AS stale
      FROM service_tokens WHERE id = ${at.id}::uuid AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())`;
    const row = rows[0];
    const isProved = row && (await isShownByItsOwner(tx, { ...row, id: at.id, token, scheme, asked, headers }));
    if (!isProved) return null;
    if (row.stale)
      await tx.$executeRaw`UPDATE service_tokens SET last_used_at = clock_timestamp() WHERE id = ${at.id}::uuid`;
    return row;
  });
  if (!living) return refuse();
  const { perMinute } = living;
  const limit = { name: 'token requests', burst: perMinute, perMinute };
  const wait = await takePermitQuickly(database, limit, at.id);
  if (wait > 0) {
    const where = { purpose: 'token', account: at.id, ip, tenantId: at.tenant_id } as const;
    const detail = { limit: limit.name, token: living.name, per_minute: perMinute };
    await announceLimit(database, where, 'excess_rate_limit_exceeded', limitKey(limit.name, at.id), detail);
    throw tooMany(wait);
  }
  const actor: Actor = {
    type: 'token',
    id: at.id,
    label: living.name,
    tenantId: at.tenant_id,
    permissions: new Set(living.scopes as Permission[]),
    ip,
    requestId: headers.get('x-gatehouse-request-id'),
  };
  return { actor, provider: living.provider };
}

/**
 * A token that is bound to a key takes the scheme DPoP and a proof; any other takes the scheme Bearer. The proof's `jti` is taken
 * in the same transaction: of two requests with one proof the second is refused.
 */
async function isShownByItsOwner(
  tx: Tx,
  shown: {
    id: string;
    token: string;
    proofKey: string | null;
    scheme: string;
    asked: { method: string; path: string } | null;
    headers: Headers;
    at: Date;
  },
): Promise<boolean> {
  const { proofKey, asked, at, token } = shown;
  const isDpop = shown.scheme.toLowerCase() === 'dpop';
  if (proofKey === null) return !isDpop;
  const proof = shown.headers.get('dpop');
  if (!isDpop || !proof || !asked) return false;
  // The desk's own address, whatever host the request names.
  const url = new URL(asked.path, relyingParty().origin);
  const jti = await readDpopProof(proof, { method: asked.method, url, token, thumbprint: proofKey, at });
  if (jti === null) return false;
  const taken = await tx.$executeRaw`
    INSERT INTO seen_token_proofs (token_id, jti_hash, expires_at)
    VALUES (${shown.id}::uuid, ${new Uint8Array(sha256(jti))}, clock_timestamp() + make_interval(secs => ${2 * (proofLimits.ageSecondsMax + proofLimits.skewSeconds)}))
    ON CONFLICT DO NOTHING`;
  return taken === 1;
}

/** Forgets proofs that are too old to be shown again. @returns how many rows went */
export function forgetOldProofs(database: Database): Promise<number> {
  return database.outsideTenants(
    (tx) => tx.$executeRaw`
      DELETE FROM seen_token_proofs WHERE (token_id, jti_hash) IN (
        SELECT token_id, jti_hash FROM seen_token_proofs WHERE expires_at < clock_timestamp() LIMIT 5000)`,
  );
}
