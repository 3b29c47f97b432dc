import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { isOwnForm, readForm, sendPage } from '#lib/demo/page.ts';
import { acrPassword, acrTwoFactors } from '#lib/demo/provider/acr.ts';
import type { Authenticators } from '#lib/demo/provider/authenticators.ts';
import { clientName } from '#lib/demo/provider/clients.ts';
import { bindPage, codePage, confirmPage, notePage, passwordPage } from '#lib/demo/provider/login-pages.ts';
import { ocsfRecord } from '#lib/demo/provider/ocsf-record.ts';
import type { OidcParts } from '#lib/demo/provider/oidc.ts';
import type { Person } from '#lib/demo/provider/people.ts';
import { deviceCookie, visitorOf } from '#lib/demo/provider/visitor.ts';
import { now } from '#lib/kernel/clock.ts';
import { newId } from '#lib/kernel/ids.ts';

const halfSignInMinutes = 5;
const codeTriesMax = 5;
const sameWords = 'E-mail and password do not fit together.';

/** The provider's own pages for people: the login with its second step, and binding an authenticator. */
export function loginRoutes(parts: OidcParts & { authenticators: Authenticators; provider(): Provider }) {
  const { settings, state, people, authenticators } = parts;
  const targets = [settings.appUrl];

  async function login(request: IncomingMessage, response: ServerResponse, step: 'password' | 'code'): Promise<void> {
    const provider = parts.provider();
    const interaction = await provider.interactionDetails(request, response).catch(() => null);
    if (!interaction)
      return sendPage(
        response,
        400,
        notePage('This sign-in has expired', 'Nothing was changed. Go back to the application and sign in again.'),
      );
    const action = `/login/${interaction.uid}`;
    const client = clientName(String(interaction.params.client_id));
    if (request.method === 'GET') {
      rememberDevice(request, response);
      return sendPage(response, 200, passwordPage({ action, client, email: '', problem: null }), targets);
    }
    const form = isOwnForm(request, settings.issuer) ? await readForm(request) : null;
    if (!form)
      return sendPage(
        response,
        403,
        notePage('This form was not ours', 'Nothing was changed. Open the application again.'),
      );
    if (step === 'code')
      return secondStep(request, response, { uid: interaction.uid, client, code: form.get('code') ?? '' });

    const email = (form.get('email') ?? '').slice(0, 254);
    const verdict = await people.checkPassword(email, (form.get('password') ?? '').slice(0, 200));
    if (!verdict.ok) {
      state.inTransaction(() => {
        reportFailure(request, verdict.person, email, verdict.why.toUpperCase(), client);
        if (verdict.justLocked && verdict.person) say(request, { activity: 'account_locked', person: verdict.person });
      });
      const problem =
        verdict.why === 'account_locked' ? 'Too many tries. Wait five minutes, then try again.' : sameWords;
      return sendPage(response, 401, passwordPage({ action, client, email, problem }), targets);
    }
    if (!people.hasSecondFactor(verdict.person.id)) return finish(request, response, verdict.person, ['pwd']);
    state.sqlite
      .prepare(
        `INSERT INTO half_sign_ins (interaction, person, expires_at) VALUES (?, ?, ?)
         ON CONFLICT (interaction) DO UPDATE SET person = excluded.person, expires_at = excluded.expires_at, tries = 0`,
      )
      .run(interaction.uid, verdict.person.id, now().getTime() + halfSignInMinutes * 60_000);
    return sendPage(
      response,
      200,
      codePage({ action: `${action}/code`, name: verdict.person.name, problem: null }),
      targets,
    );
  }

  async function secondStep(
    request: IncomingMessage,
    response: ServerResponse,
    given: { uid: string; client: string; code: string },
  ): Promise<void> {
    const row = state.sqlite
      .prepare(
        'UPDATE half_sign_ins SET tries = tries + 1 WHERE interaction = ? AND expires_at > ? AND tries < ? RETURNING person',
      )
      .get(given.uid, now().getTime(), codeTriesMax);
    const person = row ? people.find(String(row.person)) : null;
    if (!person) {
      const page = passwordPage({
        action: `/login/${given.uid}`,
        client: given.client,
        email: '',
        problem: 'Too many or too late. Begin again.',
      });
      return sendPage(response, 401, page, targets);
    }
    if (!people.checkTotp(person.id, given.code).ok) {
      reportFailure(request, person, person.email, 'MFA_CODE_INVALID', given.client);
      const problem = 'This code does not fit. Wait for the next one if it was used before.';
      return sendPage(
        response,
        401,
        codePage({ action: `/login/${given.uid}/code`, name: person.name, problem }),
        targets,
      );
    }
    state.sqlite.prepare('DELETE FROM half_sign_ins WHERE interaction = ?').run(given.uid);
    return finish(request, response, person, ['pwd', 'otp', 'mfa']);
  }

  function finish(request: IncomingMessage, response: ServerResponse, person: Person, amr: string[]): Promise<void> {
    const acr = amr.includes('mfa') ? acrTwoFactors : acrPassword;
    return parts
      .provider()
      .interactionFinished(
        request,
        response,
        { login: { accountId: person.id, amr, acr, remember: true } },
        { mergeWithLastSubmission: false },
      );
  }

  function say(request: IncomingMessage, happening: Omit<Parameters<typeof ocsfRecord>[1], 'visitor'>): void {
    parts.report(ocsfRecord(settings.issuer, { ...happening, visitor: visitorOf(request, settings.SAMPLE_EDGE_KEY) }));
  }

  function reportFailure(
    request: IncomingMessage,
    person: Person | null,
    login: string,
    failure: string,
    client: string,
  ): void {
    say(request, { activity: 'logon', person: person ?? { id: null, login }, failure, client });
  }

  async function bind(request: IncomingMessage, response: ServerResponse, confirming: boolean): Promise<void> {
    if (request.method === 'GET') return sendPage(response, 200, bindPage({ email: '', problem: null }));
    const form = isOwnForm(request, settings.issuer) ? await readForm(request) : null;
    if (!form) return sendPage(response, 403, notePage('This form was not ours', 'Nothing was changed.'));
    const [email, binding] = [(form.get('email') ?? '').slice(0, 254), (form.get('binding') ?? '').slice(0, 20)];
    if (confirming) {
      const done = authenticators.confirm(email, binding, form.get('authenticator') ?? '', form.get('code') ?? '');
      if (done)
        return sendPage(response, 200, notePage('Your authenticator is set up', 'Use it from the next sign-in on.'));
    }
    const begun = authenticators.begin(email, binding);
    const problem = 'This e-mail and code do not fit together, or the code was used or is older than ten minutes.';
    if (!begun) return sendPage(response, 401, bindPage({ email, problem }));
    return sendPage(
      response,
      confirming ? 401 : 200,
      confirmPage({
        email,
        binding,
        ...begun,
        problem: confirming ? 'That code did not fit; here is a new key.' : null,
      }),
    );
  }

  return { login, bind };
}

/** A browser keeps the id of its device for a year, as providers' own device cookies do. */
function rememberDevice(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.cookie?.includes(`${deviceCookie}=`)) return;
  response.setHeader('Set-Cookie', `${deviceCookie}=${newId()}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000`);
}
