import { answer } from '#app/api/answer.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { sha256 } from '#lib/kernel/ids.ts';
import { noteReader, ownKeySet } from '#lib/keys/key-set.ts';

/**
 * The key set of a tenant's own issuer (RFC 7517 section 5), public by nature. Caches keep it for exactly the time the rotation
 * policy counts with, and must ask again afterwards; an answer that failed is kept by nobody.
 */
export function keySetAnswer(request: Request, slug: string): Promise<Response> {
  return answer(async () => {
    const database = pool('desk');
    const tenant = await database.outsideTenants((tx) => tx.tenant.findUnique({ where: { slug } }));
    if (!tenant) throw new Refusal('not_found', 'There is no such issuer.');
    const { set, maxAgeSeconds } = await database.inTenant(tenant.id, async (tx) => {
      const own = await ownKeySet(tx, tenant.id);
      await noteReader(tx, {
        tenantId: tenant.id,
        issuerId: own.issuerId,
        agent: request.headers.get('user-agent') ?? '',
        ip: request.headers.get('x-gatehouse-client-ip') || null,
      });
      return own;
    });
    const body = JSON.stringify(set);
    const etag = `"${sha256(body).toString('base64url').slice(0, 22)}"`;
    const headers = {
      'Content-Type': 'application/jwk-set+json',
      'Cache-Control': `public, max-age=${maxAgeSeconds}, must-revalidate`,
      ETag: etag,
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
    };
    return request.headers.get('if-none-match') === etag
      ? new Response(null, { status: 304, headers })
      : new Response(body, { headers });
  });
}
