import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { databaseNow } from '#lib/kernel/clock.ts';
import { TokenRefused } from '#lib/kernel/crypto/json-web-token.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId, sha256 } from '#lib/kernel/ids.ts';
import { log } from '#lib/kernel/log.ts';
import { judgeIdToken } from '#lib/staff/federation/id-token.ts';
import { openProviderClient, redirectAddress } from '#lib/staff/federation/provider-client.ts';
import { findSignInProvider, type SignInProvider } from '#lib/staff/federation/sign-in-providers.ts';
import { secondFactorWasShown } from '#lib/staff/federation/trust-rule.ts';
import { auditFailure } from '#lib/staff/start-session.ts';

/** What is asked of the provider, and no more (ASVS 10.2.3). */
export const requestedScopes = 'openid';
const minutes = 10;

/**
 * Begins a sign-in at another provider: code flow with PKCE (S256), state and nonce, all kept by the server and bound to this
 * browser's cookie. Happens on a click only. @returns the address to send the person to @throws Refusal `not_found`, `unavailable`
 */
export async function beginFederatedSignIn(
  database: Database,
  input: { slug: string; browser: string },
): Promise<string> {
  const provider = await database.outsideTenants((tx) => findSignInProvider(tx, input.slug));
  if (!provider) throw new Refusal('not_found', 'There is no such sign-in provider in use.');
  const client = await openProviderClient(provider).catch((error: unknown) => {
    log.warn({ err: error, provider: provider.slug }, 'a sign-in provider does not answer as it should');
    throw new Refusal('unavailable', `${provider.name} does not answer at the moment. Use another way, or try again.`);
  });
  const [state, nonce, codeVerifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
  await database.outsideTenants(async (tx) => {
    await tx.$executeRaw`DELETE FROM federated_sign_ins WHERE expires_at < clock_timestamp() OR browser_hash = ${hashOf(input.browser)}`;
    await tx.$executeRaw`
      INSERT INTO federated_sign_ins (id, provider_id, browser_hash, state, nonce, code_verifier, expires_at)
      VALUES (${newId()}::uuid, ${provider.id}::uuid, ${hashOf(input.browser)}, ${state}, ${nonce}, ${codeVerifier},
        clock_timestamp() + make_interval(mins => ${minutes}))`;
  });
  const { acr, authAgeSecondsMax } = provider.trust;
  return buildAuthorizationUrl(client.configuration, {
    redirect_uri: redirectAddress(provider.slug),
    scope: requestedScopes,
    response_type: 'code',
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    // Asked for, and then checked in the token whatever the provider makes of it.
    max_age: String(authAgeSecondsMax),
    ...(acr.length > 0 ? { acr_values: acr.join(' ') } : {}),
  }).href;
}

type Begun = { id: string; state: string; nonce: string; codeVerifier: string };

/**
 * Takes a provider's answer: the state ours, of this browser and this provider, used once; `iss` the provider's where it promises
 * one (RFC 9207); the code exchanged with our verifier; the ID token judged. It ends in a half-finished sign-in, never in a session.
 * @returns false for every failure; the audit knows which one
 */
export async function takeProviderAnswer(
  database: Database,
  input: { slug: string; browser: string | null; answer: URLSearchParams; ip: string | null; userAgent: string | null },
): Promise<boolean> {
  const fail = async (why: string, operatorId: string | null = null) => {
    await auditFailure(database, operatorId, why, input, 'federated');
    return false;
  };
  const provider = await database.outsideTenants((tx) => findSignInProvider(tx, input.slug));
  if (!provider) return fail('unknown_provider');
  const begun = await database.outsideTenants((tx) => claimBegun(tx, provider, input));
  if (!begun) return fail('state');
  try {
    const claims = await exchange(database, provider, begun, input.answer);
    const at = await database.outsideTenants(databaseNow);
    const identity = await database.outsideTenants((tx) =>
      tx.operatorIdentity.findUnique({
        where: { issuer_subject: { issuer: provider.issuer, subject: claims.sub } },
        include: { operator: { select: { disabledAt: true } } },
      }),
    );
    // The link is the provider's own: another one that claims the same issuer has no say about it.
    if (!identity || identity.providerId !== provider.id) return fail('unlinked_identity');
    if (identity.operator.disabledAt) return fail('disabled', identity.operatorId);
    await database.outsideTenants(
      (tx) => tx.$executeRaw`
        UPDATE federated_sign_ins SET identity_id = ${identity.id}::uuid, second_factor_shown = ${secondFactorWasShown(provider.trust, claims, at)},
          provider_session = ${typeof claims.sid === 'string' ? claims.sid.slice(0, 300) : null}, expires_at = clock_timestamp() + interval '5 minutes'
        WHERE id = ${begun.id}::uuid`,
    );
    return true;
  } catch (error) {
    const why = error instanceof TokenRefused ? `id_token_${error.code}` : 'provider_answer';
    log.warn({ err: error, provider: provider.slug }, 'a sign-in at another provider was refused');
    return fail(why);
  }
}

/** Claims the begun sign-in before anything is judged, so that no answer is tried twice. */
async function claimBegun(
  tx: Tx,
  provider: SignInProvider,
  input: { browser: string | null; answer: URLSearchParams },
): Promise<Begun | null> {
  if (!input.browser) return null;
  const [row] = await tx.$queryRaw<Begun[]>`
    UPDATE federated_sign_ins SET answered_at = clock_timestamp()
    WHERE state = ${input.answer.get('state') ?? ''} AND browser_hash = ${hashOf(input.browser)} AND provider_id = ${provider.id}::uuid
      AND answered_at IS NULL AND expires_at > clock_timestamp()
    RETURNING id::text, state, nonce, code_verifier AS "codeVerifier"`;
  return row ?? null;
}

async function exchange(database: Database, provider: SignInProvider, begun: Begun, answer: URLSearchParams) {
  const client = await openProviderClient(provider);
  const address = new URL(redirectAddress(provider.slug));
  address.search = answer.toString();
  const tokens = await authorizationCodeGrant(client.configuration, address, {
    pkceCodeVerifier: begun.codeVerifier,
    expectedState: begun.state,
    expectedNonce: begun.nonce,
    idTokenExpected: true,
  });
  // The library checks what it can without the keys; the signature and every rule of ours are judged here. No token is kept.
  return judgeIdToken(tokens.id_token ?? '', {
    provider,
    client,
    nonce: begun.nonce,
    at: await database.outsideTenants(databaseNow),
  });
}

/** The hash a half-finished sign-in is found by. */
export function hashOf(browser: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sha256(browser));
}
