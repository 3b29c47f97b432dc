let csrf: string | null = null;

/** Takes over the token of a new session, after signing in again without leaving the page. */
export function adoptCsrfToken(token: string): void {
  csrf = token;
}

/**
 * `fetch` for the desk's own API: a change carries the token of this session (the layout puts it into
 * `<meta name="gatehouse-csrf">`), without which the API refuses it. Client code calls the API through this and nothing else.
 */
export function deskFetch(url: string, init: RequestInit = {}): Promise<Response> {
  const method = (init.method ?? 'GET').toUpperCase();
  if (method === 'GET' || method === 'HEAD') return fetch(url, init);
  const token = csrf ?? document.querySelector<HTMLMetaElement>('meta[name="gatehouse-csrf"]')?.content ?? '';
  const headers = new Headers(init.headers);
  headers.set('X-Gatehouse-Csrf', token);
  return fetch(url, { ...init, headers });
}
