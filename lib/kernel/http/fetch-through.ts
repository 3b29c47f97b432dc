import type { HttpClient, HttpRequest } from '#lib/kernel/http/http-client.ts';

/** For libraries that want a `fetch`: every call goes through the one client, guard and limits included. */
export function fetchThrough(
  client: HttpClient,
): (
  url: string | URL,
  init?: { method?: string; headers?: unknown; body?: unknown; signal?: AbortSignal | null },
) => Promise<Response> {
  return async (url, init = {}) => {
    const { body } = init;
    const headers = Object.fromEntries(new Headers((init.headers ?? {}) as Record<string, string>));
    const answer = await client.call({
      method: (init.method ?? 'GET').toUpperCase() as HttpRequest['method'],
      url,
      headers,
      ...(body instanceof URLSearchParams || typeof body === 'string' ? { body } : {}),
      ...(init.signal ? { signal: init.signal } : {}),
    });
    const answered = Object.entries(answer.headers).flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value ?? '']).map((each): [string, string] => [name, each]),
    );
    const hasBody = ![101, 204, 205, 304].includes(answer.status);
    return new Response(hasBody ? new Uint8Array(answer.body) : null, { status: answer.status, headers: answered });
  };
}
