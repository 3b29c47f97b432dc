import type { IncomingMessage, ServerResponse } from 'node:http';
import { equalBytes, sha256 } from '#lib/kernel/ids.ts';

/** Markup that is safe to show as it is. */
export type Html = { readonly html: string };

/** Builds markup: every value is escaped unless it is markup itself. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[] | null)[]
): Html {
  const text = (value: (typeof values)[number] | undefined): string => {
    if (value === null || value === undefined) return '';
    if (typeof value === 'object') return 'html' in value ? value.html : value.map((each) => each.html).join('');
    return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  };
  return { html: parts.map((part, index) => part + text(values[index])).join('') };
}

/** One whole page of a sample. It says on its face that it is one. */
export function page(input: {
  title: string;
  sample: string;
  body: Html;
  accent: 'teal' | 'indigo' | 'amber';
}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${input.title}</title>
<link rel="stylesheet" href="/sample.css">
<link rel="icon" href="data:,">
</head>
<body class="${input.accent}">
<main><p class="tag">Sample</p>${input.body}</main>
<footer>${input.sample} It is part of Gatehouse’s demo and runs on this machine alone. Everybody in it is made up.</footer>
</body>
</html>`.html;
}

export const stylesheet = `
:root { --bg: #f6f7f8; --card: #fff; --ink: #16191d; --soft: #5a636e; --line: #d9dee3; --field: #8b95a1; --bad: #a11d1d; --accent: #0b6b6b; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #101316; --card: #181c20; --ink: #eceff2; --soft: #a3adb8; --line: #2c333a; --field: #6c7783; --bad: #ff9d94; --accent: #5cc7c2; }
}
.indigo { --accent: #3b47b8; } .amber { --accent: #875300; }
@media (prefers-color-scheme: dark) { .indigo { --accent: #a9b2ff; } .amber { --accent: #f0b65c; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; background: var(--bg); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { width: min(26rem, calc(100% - 2rem)); margin: auto; padding: 1.75rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; border-top: 4px solid var(--accent); }
main:has(.wide) { width: min(38rem, calc(100% - 2rem)); }
footer { max-width: 38rem; padding: 1rem; color: var(--soft); font-size: 13px; text-align: center; }
h1 { margin: 0 0 .25rem; font-size: 1.35rem; line-height: 1.25; } p { margin: 0 0 1rem; } .soft { color: var(--soft); }
form { display: grid; gap: .9rem; margin: 1.25rem 0 0; } label { display: grid; gap: .3rem; font-weight: 600; font-size: 14px; }
input { font: inherit; font-weight: 400; padding: .55rem .7rem; min-height: 44px; border: 1px solid var(--field); border-radius: 6px; background: var(--bg); color: inherit; width: 100%; }
button, .button { font: inherit; font-weight: 600; min-height: 44px; padding: .55rem 1rem; border: 0; border-radius: 6px; background: var(--accent); color: var(--card); cursor: pointer; text-decoration: none; display: inline-flex; align-items: center; justify-content: center; }
button.quiet, .button.quiet { background: transparent; color: var(--ink); border: 1px solid var(--field); }
a { color: var(--accent); } :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.wrong { margin: 1rem 0 0; padding: .6rem .8rem; border: 1px solid var(--bad); border-radius: 6px; color: var(--bad); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; margin: 1rem 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.acts { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: 1.25rem; } .acts form { margin: 0; }
code { font: 14px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.tag { float: right; margin: 0 0 0 .75rem; padding: .1rem .5rem; border: 1px solid var(--field); border-radius: 99px; color: var(--soft); font-size: 12px; font-weight: 600; }
.qr { width: 11rem; margin: 1rem auto; padding: .5rem; background: #fff; border-radius: 6px; } .qr svg { display: block; width: 100%; height: auto; }
table { width: 100%; border-collapse: collapse; margin: 1rem 0; } th, td { text-align: left; padding: .45rem .5rem; border-bottom: 1px solid var(--line); } td:last-child, th:last-child { text-align: right; font-variant-numeric: tabular-nums; }
`;

/** Sends a page. Forms may go to `formTargets` too: browsers hold a redirect after a form against the policy of the form's page. */
export function sendPage(
  response: ServerResponse,
  status: number,
  text: string,
  formTargets: readonly string[] = [],
): void {
  response
    .writeHead(status, {
      'Content-Type': 'text/html; charset=utf-8',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': `default-src 'none'; style-src 'self'; img-src data:; form-action ${["'self'", ...formTargets].join(' ')}; base-uri 'none'; frame-ancestors 'none'`,
      'X-Content-Type-Options': 'nosniff',
      // With no-referrer a browser would send `Origin: null` with our own forms.
      'Referrer-Policy': 'same-origin',
    })
    .end(text);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
    .end(JSON.stringify(value));
}

export function redirect(response: ServerResponse, to: string, cookies: readonly string[] = []): void {
  response
    .writeHead(303, {
      Location: to,
      'Cache-Control': 'no-store',
      ...(cookies.length > 0 ? { 'Set-Cookie': [...cookies] } : {}),
    })
    .end();
}

/** Reads a form of up to 64 KB; `null` when it is larger. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > 65_536) return null;
    chunks.push(chunk as Buffer);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

/** True for a form that this origin's own page sent, as far as the browser says. */
export function isOwnForm(request: IncomingMessage, origin: string): boolean {
  const { origin: from, 'sec-fetch-site': site } = request.headers;
  return from === origin && (site === undefined || site === 'same-origin');
}

export function readCookie(request: IncomingMessage, name: string): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=');
    if (key === name) return value.join('=');
  }
  return null;
}

/** Compares a presented secret with the right one in constant time. */
export function isSecret(presented: string | undefined, secret: string): boolean {
  return presented !== undefined && equalBytes(sha256(presented), sha256(secret));
}
