import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { html, page } from '#lib/demo/page.ts';
import { acrPassword, acrTwoFactors } from '#lib/demo/provider/acr.ts';
import { clientAddresses, clientName, type SampleClientId, sampleClients } from '#lib/demo/provider/clients.ts';
import { ocsfRecord } from '#lib/demo/provider/ocsf-record.ts';
import { oidcAdapter } from '#lib/demo/provider/oidc-adapter.ts';
import type { People } from '#lib/demo/provider/people.ts';
import type { SessionPayload, Sessions } from '#lib/demo/provider/sessions.ts';
import type { ProviderSettings } from '#lib/demo/provider/settings.ts';
import type { SigningKeys } from '#lib/demo/provider/signing-keys.ts';
import type { State } from '#lib/demo/provider/state.ts';
import { visitorOf } from '#lib/demo/provider/visitor.ts';
import { log } from '#lib/kernel/log.ts';
import type { JsonObject } from '#lib/model/event.ts';

const hours = 3_600;

export type OidcParts = {
  settings: ProviderSettings;
  state: State;
  people: People;
  keys: SigningKeys;
  sessions: Sessions;
  report(record: JsonObject): void;
};

/**
 * An OpenID provider on the keys as they are now. It keeps nothing in memory, so after a rotation another one is simply put in its
 * place. Code flow with PKCE only; consent is not asked, for both applications are the company's own.
 */
export function createOidcProvider(parts: OidcParts): Provider {
  const { settings, people, keys } = parts;
  const secrets: Record<SampleClientId, string> = {
    payroll: settings.SAMPLE_PAYROLL_SECRET,
    wiki: settings.SAMPLE_WIKI_SECRET,
  };
  const configuration: Configuration = {
    adapter: (kind: string) => oidcAdapter(parts.state, kind),
    jwks: keys.privateJwks() as Configuration['jwks'],
    clients: sampleClients.map((client) => {
      const { redirect, backchannel, home } = clientAddresses(settings.appUrl, client.path);
      return {
        client_id: client.id,
        client_name: client.name,
        client_secret: secrets[client.id],
        redirect_uris: [redirect],
        post_logout_redirect_uris: [home],
        backchannel_logout_uri: backchannel,
        backchannel_logout_session_required: true,
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
        require_auth_time: true,
      };
    }),
    findAccount: (_context, id) => {
      const person = people.find(id);
      return person
        ? {
            accountId: id,
            claims: () => ({
              sub: id,
              name: person.name,
              email: person.email,
              email_verified: true,
              staff_number: person.staffNumber,
            }),
          }
        : undefined;
    },
    claims: {
      openid: ['sub', 'sid', 'acr', 'amr', 'auth_time'],
      profile: ['name', 'staff_number'],
      email: ['email', 'email_verified'],
    },
    acrValues: [acrPassword, acrTwoFactors],
    scopes: ['openid', 'profile', 'email'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    cookies: {
      keys: [settings.SAMPLE_COOKIE_KEY],
      names: {
        session: 'sample_provider_session',
        interaction: 'sample_provider_sign_in',
        resume: 'sample_provider_resume',
      },
      long: { signed: true, httpOnly: true, sameSite: 'lax', path: '/' },
      short: { signed: true, httpOnly: true, sameSite: 'lax' },
    },
    ttl: {
      Session: 12 * hours,
      Grant: 12 * hours,
      AccessToken: 600,
      IdToken: 600,
      AuthorizationCode: 60,
      RefreshToken: 12 * hours,
      Interaction: 1_800,
    },
    // What an application got lives as long as the session it was got in.
    expiresWithSession: () => true,
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    loadExistingGrant,
    // oidc-provider would tell applications of a sign-out once; ours are told durably (logout-delivery), so its call ends here.
    fetch: async () => new Response(null, { status: 204 }),
    interactions: { url: (_context, interaction) => `/login/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.body = page({
            title: 'Sign out',
            sample: 'This is a sample identity provider.',
            accent: 'teal',
            body: html`<h1>Sign out everywhere?</h1><p class="soft">This ends your session here and in every application you opened with it.</p>
              ${{ html: form }}<div class="acts"><button form="op.logoutForm" name="logout" value="yes">Sign out</button>
              <button class="quiet" form="op.logoutForm">Stay signed in</button></div>`,
          });
        },
        postLogoutSuccessSource: (context) => {
          context.body = page({
            title: 'Signed out',
            sample: 'This is a sample identity provider.',
            accent: 'teal',
            body: html`<h1>You are signed out</h1><p class="soft">You can close this page.</p>`,
          });
        },
      },
    },
    renderError: (context, out) => {
      context.type = 'html';
      context.body = page({
        title: 'This sign-in cannot go on',
        sample: 'This is a sample identity provider.',
        accent: 'teal',
        body: html`<h1>This sign-in cannot go on</h1><p>${String(out.error_description ?? out.error)}</p>
          <p class="soft">Nothing was changed. Go back to the application and sign in again.</p>`,
      });
    },
  };
  const provider = new Provider(settings.issuer, configuration);
  reportWhatHappens(provider, parts);
  return provider;
}

async function loadExistingGrant(context: KoaContextWithOIDC) {
  const { session, client, provider } = context.oidc;
  if (!session?.accountId || !client) return undefined;
  const known = session.grantIdFor(client.clientId);
  const existing = known ? await provider.Grant.find(known) : undefined;
  if (existing) return existing;
  const grant = new provider.Grant({ accountId: session.accountId, clientId: client.clientId });
  grant.addOIDCScope('openid profile email');
  await grant.save();
  return grant;
}

function reportWhatHappens(provider: Provider, parts: OidcParts): void {
  const { settings, people, sessions, keys } = parts;
  const say = (happening: Parameters<typeof ocsfRecord>[1]) => parts.report(ocsfRecord(settings.issuer, happening));

  provider.on('authorization.success', (context) => {
    const { session, client, result } = context.oidc;
    const person = people.find(session?.accountId ?? '');
    if (!session || !person || !client) return;
    const visitor = visitorOf(context.req, settings.SAMPLE_EDGE_KEY);
    const clientLabel = clientName(client.clientId);
    if (result?.login) {
      sessions.began(session.uid, person.id, visitor);
      const isMfa = session.acr === acrTwoFactors;
      say({ activity: 'logon', person, sessionUid: session.uid, client: clientLabel, visitor, isMfa });
    }
    // Opening another application is a sign-in to it, from wherever the browser is by then.
    else
      say({
        activity: 'logon',
        person,
        sessionUid: session.uid,
        client: clientLabel,
        visitor,
        detail: 'Signed in through the session at hand',
      });
  });

  provider.on('grant.success', (context) => {
    const { client, params, entities } = context.oidc;
    const source = entities.AuthorizationCode ?? entities.RefreshToken;
    const person = people.find(source?.accountId ?? '');
    if (!client || !source || !person) return;
    // The application's server fetches tokens: its address says nothing about the person, so none is reported.
    const activity = params?.grant_type === 'refresh_token' ? 'renew' : 'ticket';
    say({ activity, person, sessionUid: source.sessionUid ?? null, client: clientName(client.clientId) });
    const idToken = (context.body as { id_token?: string } | undefined)?.id_token;
    const header = idToken
      ? (JSON.parse(Buffer.from(idToken.split('.')[0] ?? '', 'base64url').toString()) as { kid?: string })
      : {};
    if (header.kid) keys.countSignature(header.kid);
  });

  provider.on('session.destroyed', (session) => {
    sessions
      .signedOut(session as unknown as SessionPayload)
      .catch((error: unknown) => log.error({ err: error }, 'telling applications of a sign-out failed'));
  });

  provider.on('server_error', (_context, error) => log.error({ err: error }, 'the sample provider failed'));
}
