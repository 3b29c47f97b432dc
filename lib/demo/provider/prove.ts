import { createPrivateKey } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { company } from '#lib/demo/company.ts';
import { html, isOwnForm, page, readForm, sendPage } from '#lib/demo/page.ts';
import type { People } from '#lib/demo/provider/people.ts';
import type { SigningKeys } from '#lib/demo/provider/signing-keys.ts';
import { now } from '#lib/kernel/clock.ts';
import { signToken } from '#lib/kernel/crypto/json-web-token.ts';
import { newId } from '#lib/kernel/ids.ts';

/** Wrong codes a person may type within five minutes before this page rests for them. */
const triesMax = 5;
const restMs = 300_000;
const assertionMinutes = 5;

/**
 * The page where somebody who lost one way in proves another that is left: e-mail and the code of an authenticator. It answers
 * with an assertion signed by the provider, for the desk that asked and for its nonce alone; it opens no session.
 */
export function provePage(parts: { issuer: string; deskOrigin: string; people: People; keys: SigningKeys }) {
  const { people, keys } = parts;
  const tries = new Map<string, { count: number; since: number }>();

  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const nonce = url.searchParams.get('nonce') ?? '';
    const returnTo = readReturn(url.searchParams.get('return'), parts.deskOrigin);
    if (!returnTo || !/^[\w-]{20,100}$/.test(nonce))
      return sendPage(
        response,
        400,
        form({ action: null, problem: 'This link is not whole. Open it again from the desk.' }),
      );
    const action = `/prove?${new URLSearchParams({ nonce, return: returnTo })}`;
    if (request.method === 'GET') return sendPage(response, 200, form({ action, problem: null }));
    const given = isOwnForm(request, parts.issuer) ? await readForm(request) : null;
    if (!given)
      return sendPage(response, 403, form({ action, problem: 'This form was not ours. Nothing was changed.' }));
    const email = (given.get('email') ?? '').slice(0, 254).trim().toLowerCase();
    const known = tries.get(email);
    const recent = known && now().getTime() - known.since < restMs ? known : { count: 0, since: now().getTime() };
    if (tries.size > 10_000) tries.clear();
    tries.set(email, { ...recent, count: recent.count + 1 });
    const person = people.findByEmail(email);
    const fits = recent.count < triesMax && person !== null && people.checkTotp(person.id, given.get('code') ?? '').ok;
    if (!person || !fits)
      return sendPage(
        response,
        401,
        form({ action, problem: 'E-mail and code do not fit together, or there were too many tries.' }),
      );
    const [jwk] = keys.privateJwks().keys;
    if (!jwk?.kid) throw new Error('the sample provider has no key to sign with');
    const pkcs8 = createPrivateKey({ key: { ...jwk }, format: 'jwk' })
      .export({ type: 'pkcs8', format: 'pem' })
      .toString();
    const assertion = await signToken({
      pkcs8,
      kid: jwk.kid,
      algorithm: 'RS256',
      typ: 'recovery-assertion+jwt',
      claims: {
        iss: parts.issuer,
        aud: parts.deskOrigin,
        sub: person.id,
        nonce,
        jti: newId(),
        amr: ['otp'],
        exp: Math.floor(now().getTime() / 1000) + assertionMinutes * 60,
      },
      at: now(),
    });
    keys.countSignature(jwk.kid);
    return sendPage(
      response,
      200,
      page({
        title: `Proved · ${company.name}`,
        sample: 'This is a sample identity provider.',
        accent: 'teal',
        body: html`<h1>That was your authenticator</h1><p>Go back to the help desk’s page; it takes the proof from this link.</p>
          <div class="acts"><a class="button" href="${`${returnTo}#${assertion}`}">Back to my case</a></div>`,
      }),
    );
  };
}

function form(input: { action: string | null; problem: string | null }): string {
  return page({
    title: `Prove an authenticator · ${company.name}`,
    sample: 'This is a sample identity provider.',
    accent: 'teal',
    body: html`<h1>Prove an authenticator that is left</h1>
      <p class="soft">The help desk of ${company.name} asks for it. This does not sign you in anywhere.</p>
      ${input.problem ? html`<p class="wrong" role="alert">${input.problem}</p>` : html``}
      ${
        input.action
          ? html`<form method="post" action="${input.action}">
        <label>E-mail<input name="email" type="email" autocomplete="username" required maxlength="254"></label>
        <label>Six-digit code<input name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required></label>
        <button>Prove it</button></form>`
          : html``
      }`,
  });
}

/** Only the desk's own case page gets an assertion. */
function readReturn(text: string | null, deskOrigin: string): string | null {
  const url = text && URL.canParse(text) ? new URL(text) : null;
  return url && url.origin === deskOrigin && url.pathname === '/recover/case' && url.hash === '' ? url.href : null;
}
