import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JWTPayload, SignJWT } from 'jose';

/** What the provider says at the token endpoint: claims over the honest ones (undefined takes one away), and how it is signed. */
export type Script = {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  key?: KeyObject | Uint8Array;
  /** Takes the token apart, for what no signer would make. */
  mangle?: (token: string) => string;
  discovery?: Record<string, unknown>;
};

/** An OpenID provider for tests that lies as it is told; the honest one is a real oidc-provider. Loopback, real HTTP. */
export async function scriptedProvider(clientId: string) {
  const keys = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const kid = randomUUID();
  let script: Script = {};
  let nonce = '';
  const requests: URLSearchParams[] = [];
  const server = http.createServer((request, response) => {
    const json = (body: unknown) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/.well-known/openid-configuration')
      return json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        authorization_response_iss_parameter_supported: true,
        ...script.discovery,
      });
    if (request.url === '/jwks')
      return json({ keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] });
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      requests.push(new URLSearchParams(body));
      void idToken().then((token) => json({ access_token: 'at', token_type: 'Bearer', id_token: token }));
    });
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;

  async function idToken(): Promise<string> {
    const at = Math.floor(Date.now() / 1000);
    const claims: Record<string, unknown> = {
      iss: issuer,
      sub: 'ada',
      aud: clientId,
      iat: at,
      exp: at + 300,
      nonce,
      auth_time: at,
      ...script.claims,
    };
    for (const [name, value] of Object.entries(claims)) if (value === undefined) delete claims[name];
    const token = await new SignJWT(claims as JWTPayload)
      .setProtectedHeader({ alg: 'RS256', kid, ...script.header })
      .sign(script.key ?? keys.privateKey);
    return script.mangle ? script.mangle(token) : token;
  }
  return {
    issuer,
    port,
    keys,
    kid,
    requests,
    allowance: { networks: ['127.0.0.0/8'], ports: [port], plainHttp: true },
    /** Signs claims as this provider would sign a logout token. */
    sign: (
      claims: Record<string, unknown>,
      header: Record<string, unknown>,
      key: KeyObject | Uint8Array = keys.privateKey,
    ) => new SignJWT(claims as JWTPayload).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(key),
    /** What the provider does from now on; the nonce is the one of the address it was sent. */
    play(next: Script, authorizationUrl?: string) {
      script = next;
      if (authorizationUrl) nonce = new URL(authorizationUrl).searchParams.get('nonce') ?? '';
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
