import http from 'node:http';
import { createRemoteJWKSet, customFetch as joseFetch } from 'jose';
import * as oidc from 'openid-client';
import { type AppClient, choicePage, problemPage, signedInPage, signedOutPage } from '#lib/demo/app/app-pages.ts';
import { type AppSession, openAppSessions } from '#lib/demo/app/app-sessions.ts';
import { verifyLogoutToken, WrongLogoutToken } from '#lib/demo/app/logout-token.ts';
import type { AppSettings } from '#lib/demo/app/settings.ts';
import { isOwnForm, readCookie, readForm, redirect, sendJson, sendPage, stylesheet } from '#lib/demo/page.ts';
import { clientAddresses, sampleClients } from '#lib/demo/provider/clients.ts';
import { now } from '#lib/kernel/clock.ts';
import { fetchThrough } from '#lib/kernel/http/fetch-through.ts';
import { openHttpClient } from '#lib/kernel/http/http-client.ts';
import { log } from '#lib/kernel/log.ts';

/** An access token is renewed when it is older than this, so a session that the provider ended is noticed here too. */
const renewAfterMinutes = 5;

/**
 * Starts the sample applications: OpenID relying parties (code flow with PKCE, state and nonce) with sessions of their own, which
 * end when the provider says so over the back channel. Listens on loopback only.
 */
export async function startSampleApp(settings: AppSettings): Promise<{ stop(): Promise<void> }> {
  const sessions = openAppSessions(settings.folder);
  const client = openHttpClient({
    allowance: { networks: ['127.0.0.0/8'], ports: [Number(new URL(settings.issuer).port)], plainHttp: true },
    origins: [settings.issuer],
  });
  const fetch = fetchThrough(client);
  const keys = createRemoteJWKSet(new URL(`${settings.issuer}/jwks`), {
    [joseFetch]: fetch,
    cooldownDuration: 1_000,
    cacheMaxAge: 60_000,
  });
  const discovered = new Map<string, Promise<oidc.Configuration>>();

  /** The provider as it describes itself; asked when first needed, for it may start after the applications. */
  function provider({ id }: AppClient): Promise<oidc.Configuration> {
    let found = discovered.get(id);
    if (!found) {
      found = oidc.discovery(
        new URL(settings.issuer),
        id,
        undefined,
        oidc.ClientSecretBasic(settings.secrets[id as AppClient['id']]),
        {
          [oidc.customFetch]: fetch,
          execute: [oidc.allowInsecureRequests],
        },
      );
      found.catch(() => discovered.delete(id));
      discovered.set(id, found);
    }
    return found;
  }

  const cookieOf = (app: AppClient, name: string) => `${app.id}_${name}`;
  const setCookie = (app: AppClient, name: string, value: string, seconds: number) =>
    `${cookieOf(app, name)}=${value}; Path=${app.path}; HttpOnly; SameSite=Lax; Max-Age=${seconds}`;

  async function signIn(app: AppClient, response: http.ServerResponse): Promise<void> {
    const configuration = await provider(app);
    const handshake = {
      client: app.id,
      verifier: oidc.randomPKCECodeVerifier(),
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
    };
    const to = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: clientAddresses(settings.origin, app.path).redirect,
      scope: 'openid profile email',
      code_challenge: await oidc.calculatePKCECodeChallenge(handshake.verifier),
      code_challenge_method: 'S256',
      state: handshake.state,
      nonce: handshake.nonce,
    });
    redirect(response, to.href, [setCookie(app, 'handshake', sessions.beginHandshake(handshake), 1_800)]);
  }

  async function comeBack(
    app: AppClient,
    request: http.IncomingMessage,
    response: http.ServerResponse,
    url: URL,
  ): Promise<void> {
    const cookie = readCookie(request, cookieOf(app, 'handshake'));
    const handshake = cookie ? sessions.takeHandshake(cookie, app.id) : null;
    if (!handshake)
      return sendPage(response, 400, problemPage(app, 'This sign-in was not begun in this browser, or took too long.'));
    try {
      const configuration = await provider(app);
      const tokens = await oidc.authorizationCodeGrant(configuration, url, {
        pkceCodeVerifier: handshake.verifier,
        expectedState: handshake.state,
        expectedNonce: handshake.nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims || typeof claims.sid !== 'string') throw new Error('the ID token names no session');
      const person = await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub);
      const value = sessions.begin({
        client: app.id,
        subject: claims.sub,
        sid: claims.sid,
        name: String(person.name ?? claims.sub),
        email: String(person.email ?? ''),
        acr: String(claims.acr ?? ''),
        refreshToken: tokens.refresh_token ?? null,
      });
      redirect(response, app.path, [setCookie(app, 'session', value, 43_200), setCookie(app, 'handshake', '', 0)]);
    } catch (error) {
      log.warn({ err: error, app: app.id }, 'a sign-in did not work');
      sendPage(response, 400, problemPage(app, 'The identity provider’s answer was not accepted.'));
    }
  }

  async function show(app: AppClient, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const cookie = readCookie(request, cookieOf(app, 'session'));
    let session = sessions.find(cookie, app.id);
    if (cookie && session && !session.endedAt && isStale(session)) {
      await renew(app, cookie, session);
      session = sessions.find(cookie, app.id);
    }
    if (!session || session.endedAt) return sendPage(response, 401, signedOutPage(app, session?.endedAt ?? null));
    const other = sampleClients.find(({ id }) => id !== app.id) ?? app;
    sendPage(response, 200, signedInPage(app, session, other), [settings.issuer]);
  }

  const isStale = (session: AppSession) => now().getTime() - session.refreshedAt.getTime() > renewAfterMinutes * 60_000;

  /** Renews the tokens; a provider that refuses them has ended the session. One that is away changes nothing. */
  async function renew(app: AppClient, cookie: string, session: AppSession): Promise<void> {
    if (!session.refreshToken) return;
    try {
      const tokens = await oidc.refreshTokenGrant(await provider(app), session.refreshToken);
      sessions.refreshed(cookie, tokens.refresh_token ?? null);
    } catch (error) {
      if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant') sessions.end(cookie);
      else log.warn({ err: error, app: app.id }, 'the provider could not be asked for new tokens');
    }
  }

  async function signOut(app: AppClient, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    if (!isOwnForm(request, settings.origin))
      return sendPage(response, 403, problemPage(app, 'This form was not ours. Nothing was changed.'));
    const cookie = readCookie(request, cookieOf(app, 'session'));
    if (cookie) sessions.end(cookie);
    const to = oidc.buildEndSessionUrl(await provider(app), {
      post_logout_redirect_uri: clientAddresses(settings.origin, app.path).home,
    });
    redirect(response, to.href, [setCookie(app, 'session', '', 0)]);
  }

  async function backchannelLogout(
    app: AppClient,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    const form = await readForm(request);
    try {
      const token = form?.get('logout_token');
      if (!token) throw new WrongLogoutToken('no logout_token');
      const said = await verifyLogoutToken(token, { issuer: settings.issuer, audience: app.id, keys });
      if (!sessions.isFirstUse(said.jti, said.expiresAt)) throw new WrongLogoutToken('used before');
      const ended = sessions.endAtProvider(app.id, said);
      log.info({ app: app.id, ended }, 'the provider ended a session');
      response.writeHead(200, { 'Cache-Control': 'no-store' }).end();
    } catch (error) {
      if (!(error instanceof WrongLogoutToken)) throw error;
      log.warn({ app: app.id, why: error.message }, 'a logout token was refused');
      sendJson(response, 400, { error: 'invalid_request', error_description: 'The logout token was not accepted.' });
    }
  }

  async function handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', settings.origin);
    if (request.headers.host !== new URL(settings.origin).host)
      return sendJson(response, 421, { error: 'misdirected' });
    if (url.pathname === '/') return sendPage(response, 200, choicePage(sampleClients));
    if (url.pathname === '/sample.css') {
      response.writeHead(200, { 'Content-Type': 'text/css', 'Cache-Control': 'max-age=300' }).end(stylesheet);
      return;
    }
    const app = sampleClients.find(({ path }) => url.pathname === path || url.pathname.startsWith(`${path}/`));
    const act = app ? `${request.method} ${url.pathname.slice(app.path.length)}` : '';
    if (app && act === 'GET ') return show(app, request, response);
    if (app && act === 'GET /sign-in') return signIn(app, response);
    if (app && act === 'GET /callback') return comeBack(app, request, response, url);
    if (app && act === 'POST /sign-out') return signOut(app, request, response);
    if (app && act === 'POST /backchannel-logout') return backchannelLogout(app, request, response);
    return sendJson(response, 404, { error: 'not_found' });
  }

  const server = http.createServer({ requestTimeout: 15_000, headersTimeout: 5_000 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      log.error({ err: error, path: request.url?.split('?')[0] }, 'the sample application could not answer');
      if (response.headersSent) response.end();
      else
        sendPage(
          response,
          503,
          problemPage(sampleClients[0], 'The identity provider could not be reached. Try again in a moment.'),
        );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, '127.0.0.1', resolve);
  });
  log.info({ address: settings.origin }, 'the sample applications listen');

  return {
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 1_000).unref();
      await closed;
      await client.close();
      sessions.close();
    },
  };
}
