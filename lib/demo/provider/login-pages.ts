import { renderSVG } from 'uqr';
import { company } from '#lib/demo/company.ts';
import { type Html, html, page } from '#lib/demo/page.ts';

const sample = 'This is a sample identity provider.';
const shell = (title: string, body: Html) => page({ title, sample, body, accent: 'teal' });
const wrong = (text: string | null) => (text ? html`<p class="wrong" role="alert">${text}</p>` : html``);

export function passwordPage(input: { action: string; client: string; email: string; problem: string | null }): string {
  return shell(
    `Sign in · ${company.name}`,
    html`<h1>Sign in to ${company.name}</h1><p class="soft">to go on to ${input.client}</p>${wrong(input.problem)}
    <form method="post" action="${input.action}">
    <label>E-mail<input name="email" type="email" autocomplete="username" required maxlength="254" value="${input.email}"${input.email === '' ? html` autofocus` : null}></label>
    <label>Password<input name="password" type="password" autocomplete="current-password" required maxlength="200"${input.email === '' ? null : html` autofocus`}></label>
    <button>Sign in</button></form>`,
  );
}

export function codePage(input: { action: string; name: string; problem: string | null }): string {
  return shell(
    `Second step · ${company.name}`,
    html`<h1>Second step</h1><p class="soft">${input.name}, enter the code that your authenticator app shows.</p>${wrong(input.problem)}
    <form method="post" action="${input.action}">
    <label>Six-digit code<input name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required autofocus></label>
    <button>Go on</button></form>`,
  );
}

export function bindPage(input: { email: string; problem: string | null }): string {
  return shell(
    `Set up an authenticator · ${company.name}`,
    html`<h1>Set up an authenticator</h1><p class="soft">With the one-time code that the help desk gave you. It serves for ten minutes.</p>${wrong(input.problem)}
    <form method="post" action="/bind">
    <label>E-mail<input name="email" type="email" autocomplete="username" required maxlength="254" value="${input.email}"></label>
    <label>One-time code<input name="binding" autocomplete="off" autocapitalize="characters" required maxlength="20"></label>
    <button>Go on</button></form>`,
  );
}

export function confirmPage(input: {
  email: string;
  binding: string;
  authenticatorId: string;
  secret: string;
  uri: string;
  problem: string | null;
}): string {
  return shell(
    `Set up an authenticator · ${company.name}`,
    html`<h1>Scan, then confirm</h1><p class="soft">Scan this with an authenticator app, or type the key into it.</p>
    <div class="qr">${{ html: renderSVG(input.uri, { border: 1 }) }}</div><p>Key: <code>${input.secret}</code></p>${wrong(input.problem)}
    <form method="post" action="/bind/confirm">
    <input type="hidden" name="email" value="${input.email}"><input type="hidden" name="binding" value="${input.binding}">
    <input type="hidden" name="authenticator" value="${input.authenticatorId}">
    <label>Six-digit code<input name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required></label>
    <button>Confirm</button></form>`,
  );
}

export function notePage(title: string, text: string): string {
  return shell(title, html`<h1>${title}</h1><p>${text}</p>`);
}

export function frontPage(): string {
  return shell(
    `${company.name} sign-in`,
    html`<h1>${company.name} sign-in</h1><p>Nobody signs in here directly: open an application, and it sends you here.</p>
    <p class="soft"><a href="/bind">Set up an authenticator</a> with a one-time code from the help desk.</p>`,
  );
}
