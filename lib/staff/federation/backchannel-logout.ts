import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { databaseNow } from '#lib/kernel/clock.ts';
import { signatureAlgorithms, TokenRefused, verifyToken } from '#lib/kernel/crypto/json-web-token.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { kidOf } from '#lib/staff/federation/id-token.ts';
import { openProviderClient } from '#lib/staff/federation/provider-client.ts';
import { findSignInProvider } from '#lib/staff/federation/sign-in-providers.ts';

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Takes a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6): signed by the provider, for us, of its own type, with
 * the logout event and a subject or session, without a nonce, expiring within minutes, once. Ends the desk sessions that began with that
 * session there, or with that subject. @returns how many ended, or `null` when the token is refused
 */
export async function takeLogoutToken(
  database: Database,
  input: { slug: string; token: string },
): Promise<number | null> {
  const provider = await database.outsideTenants((tx) => findSignInProvider(tx, input.slug));
  if (!provider) return null;
  try {
    const client = await openProviderClient(provider);
    const at = await database.outsideTenants(databaseNow);
    const { claims } = await verifyToken(input.token, await client.keys(kidOf(input.token)), {
      issuer: provider.issuer,
      audience: provider.clientId,
      typ: 'logout+jwt',
      algorithms: signatureAlgorithms,
      expiry: 'required',
      ageSecondsMax: 300,
      skewSeconds: 60,
      bytesMax: 16_384,
      at,
    });
    const { sub, sid, jti, exp, nonce, events } = claims;
    const hasEvent = events !== null && typeof events === 'object' && !Array.isArray(events) && logoutEvent in events;
    const named = typeof sub === 'string' || typeof sid === 'string';
    if (
      !hasEvent ||
      !named ||
      nonce !== undefined ||
      typeof jti !== 'string' ||
      Number(exp) > at.getTime() / 1000 + 600
    )
      throw new TokenRefused('malformed', 'This is not a logout token.');
    return await database.inTenant(provider.tenantId, async (tx) => {
      await tx.$executeRaw`DELETE FROM seen_logout_tokens WHERE expires_at < clock_timestamp()`;
      const fresh = await tx.$executeRaw`
        INSERT INTO seen_logout_tokens (provider_id, jti, expires_at) VALUES (${provider.id}::uuid, ${jti.slice(0, 300)}, clock_timestamp() + interval '1 hour')
        ON CONFLICT DO NOTHING`;
      if (fresh === 0) throw new TokenRefused('malformed', 'This logout token was used already.');
      const ended = await tx.$queryRaw<{ id: string }[]>`
        UPDATE operator_sessions s SET ended_at = clock_timestamp(), end_reason = 'signed out at the other provider'
        FROM operator_identities i WHERE i.id = s.identity_id AND i.provider_id = ${provider.id}::uuid AND s.ended_at IS NULL
          AND (${typeof sid === 'string' ? sid : null}::text IS NULL OR s.provider_session = ${typeof sid === 'string' ? sid : null})
          AND (${typeof sub === 'string' ? sub : null}::text IS NULL OR i.subject = ${typeof sub === 'string' ? sub : null})
        RETURNING s.id::text`;
      await appendAudit(tx, systemActor(provider.tenantId, provider.name), {
        action: 'session_ended_by_provider',
        outcome: 'success',
        target: { type: 'sign_in_provider', id: provider.id },
        detail: { sessions: ended.map(({ id }) => id) },
      });
      return ended.length;
    });
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    await database.inTenant(provider.tenantId, (tx) =>
      appendAudit(tx, systemActor(provider.tenantId, provider.name), {
        action: 'authn_token_refused',
        outcome: 'refused',
        target: { type: 'sign_in_provider', id: provider.id },
        detail: { token: 'logout', why: error.code },
      }),
    );
    return null;
  }
}
