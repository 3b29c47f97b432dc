import type { AppSession } from '#lib/demo/app/app-sessions.ts';
import { company } from '#lib/demo/company.ts';
import { type Html, html, page } from '#lib/demo/page.ts';
import { acrTwoFactors } from '#lib/demo/provider/acr.ts';
import type { SampleClientId } from '#lib/demo/provider/clients.ts';

export type AppClient = { id: SampleClientId; name: string; path: string };
const accents = { payroll: 'indigo', wiki: 'amber' } as const;
const shell = (client: AppClient, body: Html) =>
  page({
    title: `${client.name} · ${company.name}`,
    sample: 'This is a sample application.',
    accent: accents[client.id],
    body,
  });

export function signedInPage(client: AppClient, session: AppSession, other: AppClient): string {
  return shell(
    client,
    html`<div class="wide"><h1>${client.name}</h1><p>You are signed in as <strong>${session.name}</strong>.</p>
    <dl><dt>E-mail</dt><dd>${session.email}</dd><dt>Signed in</dt><dd>${session.signedInAt.toISOString().slice(0, 16).replace('T', ' ')} UTC</dd>
    <dt>Proved with</dt><dd>${session.acr === acrTwoFactors ? 'password and authenticator app' : 'password'}</dd></dl>
    ${client.id === 'payroll' ? payslips(session) : articles()}
    <div class="acts"><a class="button quiet" href="${other.path}/sign-in">Open ${other.name}</a>
    <form method="post" action="${client.path}/sign-out"><button class="quiet">Sign out</button></form></div></div>`,
  );
}

export function signedOutPage(client: AppClient, ended: Date | null): string {
  const said = ended
    ? html`<p class="wrong" role="alert">Your session was ended at ${ended.toISOString().slice(11, 16)} UTC. Nothing here can be read any more.</p>`
    : html`<p class="soft">Sign in to read ${client.name}.</p>`;
  return shell(
    client,
    html`<h1>${ended ? 'You were signed out' : client.name}</h1>${said}
    <div class="acts"><a class="button" href="${client.path}/sign-in">Sign in${ended ? ' again' : ''}</a></div>`,
  );
}

export function problemPage(client: AppClient, problem: string): string {
  return shell(
    client,
    html`<h1>Signing in did not work</h1><p>${problem}</p><div class="acts"><a class="button" href="${client.path}/sign-in">Try again</a></div>`,
  );
}

export function choicePage(clients: readonly AppClient[]): string {
  return page({
    title: company.name,
    sample: 'These are sample applications.',
    accent: 'teal',
    body: html`<h1>${company.name} applications</h1><p class="soft">Both sign you in through the sample identity provider.</p>
    <div class="acts">${clients.map((client) => html`<a class="button" href="${client.path}">${client.name}</a>`)}</div>`,
  });
}

function payslips(session: AppSession): Html {
  const amount = 3_100 + (session.subject.charCodeAt(0) + session.subject.charCodeAt(5)) * 7;
  const months = [1, 2, 3].map(
    (back) => new Date(Date.UTC(session.signedInAt.getUTCFullYear(), session.signedInAt.getUTCMonth() - back, 28)),
  );
  return html`<table><thead><tr><th scope="col">Payslip</th><th scope="col">Paid out</th></tr></thead><tbody>
    ${months.map((month) => html`<tr><td>${month.toLocaleDateString('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' })}</td><td>€ ${amount.toLocaleString('en-GB')}.00</td></tr>`)}</tbody></table>`;
}

function articles(): Html {
  const titles = ['How to calm a crane in gusts', 'Berth plan, week by week', 'Who to call when the gantry stops'];
  return html`<table><thead><tr><th scope="col">Article</th><th scope="col">Readers</th></tr></thead><tbody>
    ${titles.map((title, index) => html`<tr><td>${title}</td><td>${37 - index * 9}</td></tr>`)}</tbody></table>`;
}
