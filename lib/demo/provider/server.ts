import http from 'node:http';
import type Provider from 'oidc-provider';
import { sendJson, sendPage, stylesheet } from '#lib/demo/page.ts';
import { openAuthenticators } from '#lib/demo/provider/authenticators.ts';
import { startEventReporter } from '#lib/demo/provider/event-reporter.ts';
import { openKeySetReaders } from '#lib/demo/provider/keys-readers.ts';
import { loginRoutes } from '#lib/demo/provider/login.ts';
import { frontPage, notePage } from '#lib/demo/provider/login-pages.ts';
import { openLogoutDelivery } from '#lib/demo/provider/logout-delivery.ts';
import { managementApi, managementPath } from '#lib/demo/provider/management-api.ts';
import { createOidcProvider, type OidcParts } from '#lib/demo/provider/oidc.ts';
import { openPeople } from '#lib/demo/provider/people.ts';
import { provePage } from '#lib/demo/provider/prove.ts';
import { openSessions } from '#lib/demo/provider/sessions.ts';
import type { ProviderSettings } from '#lib/demo/provider/settings.ts';
import { openSigningKeys } from '#lib/demo/provider/signing-keys.ts';
import { openState } from '#lib/demo/provider/state.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { openHttpClient } from '#lib/kernel/http/http-client.ts';
import { log } from '#lib/kernel/log.ts';

/**
 * Starts the sample identity provider: a real OpenID provider with a login page, a management interface and reports to Gatehouse.
 * Listens on loopback only.
 */
export async function startSampleProvider(settings: ProviderSettings): Promise<{ stop(): Promise<void> }> {
  const state = openState(settings.SAMPLE_PROVIDER_DIR);
  const ingest = new URL(settings.SAMPLE_INGEST_URL);
  const client = openHttpClient({
    allowance: {
      networks: ['127.0.0.0/8', '::1/128'],
      ports: [settings.SAMPLE_APP_PORT, Number(ingest.port || 80)],
      plainHttp: true,
    },
    origins: [settings.appUrl, ingest.origin],
  });
  const people = openPeople(state);
  await people.ensureSeeded(settings.SAMPLE_PASSWORD);

  let current: Provider | null = null;
  // A change of keys puts another provider in the place of this one; requests under way finish on theirs.
  const keys = openSigningKeys(state, () => {
    if (current) current = createOidcProvider(parts);
  });
  await keys.ensureActive();
  const delivery = openLogoutDelivery({ state, keys, issuer: settings.issuer, appUrl: settings.appUrl, http: client });
  const reporter = startEventReporter(state, { url: ingest.href, token: settings.SAMPLE_INGEST_TOKEN, http: client });
  const { report } = reporter;
  const sessions = openSessions({ state, people, delivery, issuer: settings.issuer, report });
  const readers = openKeySetReaders(state);
  const authenticators = openAuthenticators({ state, people, issuer: settings.issuer, report });
  const parts: OidcParts = { settings, state, people, keys, sessions, report };
  const provider = () => {
    current ??= createOidcProvider(parts);
    return current;
  };
  const pages = loginRoutes({ ...parts, authenticators, provider });
  const prove = provePage({ issuer: settings.issuer, deskOrigin: readEnv().GATEHOUSE_URL, people, keys });
  const manage = managementApi({
    issuer: settings.issuer,
    token: settings.SAMPLE_MANAGEMENT_TOKEN,
    sessions,
    people,
    authenticators,
    keys,
    readers,
    reporter,
  });
  let callback: { of: Provider; handle: ReturnType<Provider['callback']> } | null = null;

  async function handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', settings.issuer);
    const { pathname } = url;
    const isForm = request.method === 'GET' || request.method === 'POST';
    if (request.headers.host !== new URL(settings.issuer).host)
      return sendJson(response, 421, { error: 'misdirected' });
    if (pathname === managementPath || pathname.startsWith(`${managementPath}/`)) return manage(request, response, url);
    if (pathname === '/sample.css') {
      response.writeHead(200, { 'Content-Type': 'text/css', 'Cache-Control': 'max-age=300' }).end(stylesheet);
      return;
    }
    if (pathname === '/prove' && isForm) return prove(request, response, url);
    if (pathname === '/jwks') readers.note(request, response);
    if (pathname === '/') return sendPage(response, 200, frontPage());
    const login = /^\/login\/[\w-]+(\/code)?$/.exec(pathname);
    if (login && isForm) return pages.login(request, response, login[1] ? 'code' : 'password');
    if (pathname === '/bind' && isForm) return pages.bind(request, response, false);
    if (pathname === '/bind/confirm' && request.method === 'POST') return pages.bind(request, response, true);
    const now = provider();
    if (callback?.of !== now) callback = { of: now, handle: now.callback() };
    await callback.handle(request, response);
  }

  const server = http.createServer({ requestTimeout: 15_000, headersTimeout: 5_000 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      log.error({ err: error, path: request.url?.split('?')[0] }, 'the sample provider could not answer');
      if (!response.headersSent)
        sendPage(response, 500, notePage('Something went wrong', 'Nothing was changed. Try again.'));
      else response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.SAMPLE_PROVIDER_PORT, '127.0.0.1', resolve);
  });
  let telling = false;
  const chores = setInterval(() => {
    sessions.sweep();
    if (telling) return;
    telling = true;
    delivery
      .deliverDue()
      .catch((error: unknown) => log.error({ err: error }, 'telling applications failed'))
      .finally(() => {
        telling = false;
      });
  }, 1_000);
  log.info({ issuer: settings.issuer }, 'the sample provider listens');

  return {
    async stop() {
      clearInterval(chores);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 1_000).unref();
      await closed;
      await reporter.stop();
      await client.close();
      state.close();
    },
  };
}
