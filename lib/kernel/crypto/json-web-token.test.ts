import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  signToken,
  type TokenRefusal,
  TokenRefused,
  type TokenRules,
  verifyToken,
} from '#lib/kernel/crypto/json-web-token.ts';

const rsa = (bits: number) => {
  const pair = generateKeyPairSync('rsa', { modulusLength: bits });
  return {
    pkcs8: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    pem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' },
    private: { ...pair.privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' },
  };
};
const strong = rsa(3072);
const other = rsa(2048);
const at = new Date('2026-11-24T12:00:00Z');
const rules: TokenRules = {
  issuer: 'https://desk.example.org',
  audience: 'https://app.example.org',
  typ: 'secevent+jwt',
  algorithms: ['RS256'],
  expiry: 'optional',
  ageSecondsMax: 300,
  skewSeconds: 30,
  bytesMax: 100_000,
  at,
};
const claims = { iss: rules.issuer, aud: 'https://app.example.org', jti: 'x' };
const good = await sign({});

function sign(more: Partial<Parameters<typeof signToken>[0]>): Promise<string> {
  return signToken({ pkcs8: strong.pkcs8, kid: 'one', algorithm: 'RS256', typ: 'secevent+jwt', claims, at, ...more });
}
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** The token with another header, its signature untouched. */
const withHeader = (header: object) =>
  [part({ alg: 'RS256', kid: 'one', typ: 'secevent+jwt', ...header }), ...good.split('.').slice(1)].join('.');

async function refusal(token: string, keys: object[], changed: Partial<TokenRules> = {}): Promise<TokenRefusal | null> {
  try {
    await verifyToken(token, { keys }, { ...rules, ...changed });
    return null;
  } catch (error) {
    if (error instanceof TokenRefused) return error.code;
    throw error;
  }
}

describe('verifyToken', () => {
  test('accepts what keeps every rule, and shows a partner’s weak key', async () => {
    expect(await verifyToken(good, { keys: [strong.jwk] }, rules)).toMatchObject({
      claims: { jti: 'x', iat: at.getTime() / 1000 },
      kid: 'one',
      weakKey: false,
    });
    const weak = await sign({ pkcs8: other.pkcs8 });
    expect(await verifyToken(weak, { keys: [other.jwk] }, rules)).toMatchObject({ weakKey: true });
  });

  test('[v5.0.0-V9.1.1] [v5.0.0-V9.1.2] [v5.0.0-V9.1.3] [v5.0.0-V9.2.1] [v5.0.0-V9.2.2] [v5.0.0-V9.2.3] refuses every known forgery with its reason', async () => {
    const hs = (secret: string) => {
      const body = `${part({ alg: 'HS256', kid: 'one', typ: 'secevent+jwt' })}.${part({ ...claims, iat: at.getTime() / 1000 })}`;
      return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
    };
    const flipped = `${good.slice(0, -6)}${good.at(-6) === 'A' ? 'B' : 'A'}${good.slice(-5)}`;
    const table: [string, TokenRefusal, string, object[], Partial<TokenRules>?][] = [
      [
        'no algorithm',
        'algorithm',
        `${part({ alg: 'none', kid: 'one', typ: 'secevent+jwt' })}.${part(claims)}.`,
        [strong.jwk],
      ],
      ['the public key as HMAC secret', 'algorithm', hs(strong.pem), [strong.jwk]],
      ['its own key in the header', 'header', withHeader({ jwk: strong.jwk }), [strong.jwk]],
      ['a key by address', 'header', withHeader({ jku: 'https://evil.example/jwks' }), [strong.jwk]],
      ['a critical extension', 'header', withHeader({ crit: ['exp'] }), [strong.jwk]],
      ['a path as kid', 'unknown_key', withHeader({ kid: '../../etc/passwd' }), [strong.jwk]],
      ['SQL as kid', 'unknown_key', withHeader({ kid: "' OR 1=1 --" }), [strong.jwk]],
      ['no kid', 'unknown_key', withHeader({ kid: undefined }), [strong.jwk]],
      ['two keys of one name', 'bad_key', good, [strong.jwk, { ...other.jwk }]],
      ['another key of that name', 'signature', good, [other.jwk]],
      ['a changed signature', 'signature', flipped, [strong.jwk]],
      ['another header under the signature', 'signature', withHeader({ cty: 'x' }), [strong.jwk]],
      ['an encryption key', 'algorithm', good, [{ ...strong.jwk, use: 'enc' }]],
      ['a key for another algorithm', 'algorithm', good, [{ ...strong.jwk, alg: 'PS256' }]],
      ['a private key in the set', 'bad_key', good, [strong.private]],
      ['a key of 1024 bits', 'bad_key', good, [rsa(1024).jwk]],
      ['another type', 'typ', await sign({ typ: 'logout+jwt' }), [strong.jwk]],
      ['no type', 'typ', withHeader({ typ: undefined }), [strong.jwk]],
      ['another issuer', 'issuer', await sign({ claims: { ...claims, iss: 'https://evil.example' } }), [strong.jwk]],
      ['another audience', 'audience', await sign({ claims: { ...claims, aud: ['a', 'b'] } }), [strong.jwk]],
      ['no audience', 'audience', await sign({ claims: { iss: rules.issuer } }), [strong.jwk]],
      ['an audience where none may be', 'audience', good, [strong.jwk], { audience: null }],
      [
        'issued an hour from now',
        'not_yet_valid',
        await sign({ at: new Date(at.getTime() + 3_600_000) }),
        [strong.jwk],
      ],
      [
        'issued in the future, any age',
        'not_yet_valid',
        await sign({ at: new Date(at.getTime() + 60_000) }),
        [strong.jwk],
        { ageSecondsMax: null },
      ],
      ['too old', 'too_old', await sign({ at: new Date(at.getTime() - 400_000) }), [strong.jwk]],
      ['expired', 'expired', await sign({ claims: { ...claims, exp: at.getTime() / 1000 - 60 } }), [strong.jwk]],
      ['without the expiry it needs', 'malformed', good, [strong.jwk], { expiry: 'required' }],
      [
        'with an expiry it must not have',
        'header',
        await sign({ claims: { ...claims, exp: at.getTime() / 1000 + 60 } }),
        [strong.jwk],
        { expiry: 'forbidden' },
      ],
      ['a megabyte', 'too_large', `${good}${'A'.repeat(1_000_000)}`, [strong.jwk]],
      [
        'ten thousand keys',
        'bad_key',
        good,
        Array.from({ length: 10_000 }, (_, index) => ({ ...strong.jwk, kid: `k${index}` })),
      ],
      ['an encrypted token', 'malformed', 'a.b.c.d.e', [strong.jwk]],
      ['no token', 'malformed', 'hello', [strong.jwk]],
    ];
    for (const [what, code, token, keys, changed] of table)
      expect(await refusal(token, keys, changed), what).toBe(code);
    expect(await refusal(good, [strong.jwk]), 'and the good one still passes').toBeNull();
  });
});
