import { type HttpAnswer, openHttpClient } from '#lib/kernel/http/http-client.ts';

/** Where a person of the story sits: what the provider's edge says of the address, and what their browser calls itself. */
export type Seat = { ip: string | null; userAgent: string; edgeKey: string | null };

export type PersonBrowser = {
  /** Opens an address, follows redirects between the samples as a browser does, keeps cookies. */
  open(url: string): Promise<{ url: URL; status: number; text: string }>;
  /** Sends a form as the page at that origin would. */
  submit(url: string, fields: Record<string, string>): Promise<{ url: URL; status: number; text: string }>;
  /** Signs in to an application through the provider's own login page; the code of a second factor is asked for when needed. */
  signIn(input: {
    application: string;
    email: string;
    password: string;
    code?: () => string;
  }): Promise<{ status: number; text: string }>;
  /** A browser elsewhere with a copy of this one's cookies: what malware carries off. */
  robbedBy(seat: Seat): PersonBrowser;
  close(): Promise<void>;
};
type Jars = Map<string, Map<string, { value: string; path: string }>>;

/**
 * A person's browser without a screen: real HTTP requests through the whole flow (application → provider → login page → code →
 * application), with a cookie jar an origin. Calls the given origins only.
 */
export function openPersonBrowser(seat: Seat, origins: readonly string[], jars: Jars = new Map()): PersonBrowser {
  const client = openHttpClient({
    allowance: {
      networks: ['127.0.0.0/8'],
      ports: origins.map((origin) => Number(new URL(origin).port)),
      plainHttp: true,
    },
    origins,
  });

  async function ask(url: URL, form?: URLSearchParams): Promise<HttpAnswer> {
    const jar = jars.get(url.origin) ?? new Map<string, { value: string; path: string }>();
    jars.set(url.origin, jar);
    const cookies = [...jar.entries()].flatMap(([key, { value, path }]) =>
      url.pathname.startsWith(path) ? [`${key.split(' ')[0]}=${value}`] : [],
    );
    const answer = await client.call({
      method: form ? 'POST' : 'GET',
      url,
      headers: {
        accept: 'text/html',
        'user-agent': seat.userAgent,
        ...(cookies.length > 0 ? { cookie: cookies.join('; ') } : {}),
        ...(form ? { origin: url.origin } : {}),
        ...(seat.edgeKey && seat.ip ? { 'x-sample-edge': seat.edgeKey, 'x-sample-visitor': seat.ip } : {}),
      },
      ...(form ? { body: form } : {}),
    });
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) keep(jar, line);
    return answer;
  }

  async function follow(start: URL, form?: URLSearchParams): Promise<{ url: URL; status: number; text: string }> {
    let url = start;
    let answer = await ask(url, form);
    for (let hops = 0; answer.status >= 300 && answer.status < 400; hops += 1) {
      if (hops > 12) throw new Error(`too many redirects, the last to ${url.origin}`);
      url = new URL(String(answer.headers.location), url);
      answer = await ask(url);
    }
    return { url, status: answer.status, text: answer.body.toString('utf8') };
  }

  return {
    open: (url) => follow(new URL(url)),
    submit: (url, fields) => follow(new URL(url), new URLSearchParams(fields)),
    async signIn({ application, email, password, code }) {
      const login = await follow(new URL(`${application}/sign-in`));
      // A session at the provider answers at once, without its login page.
      if (!login.url.pathname.startsWith('/login/')) return login;
      const second = await follow(login.url, new URLSearchParams({ email, password }));
      if (!code || !second.text.includes('Six-digit code')) return second;
      return follow(new URL(`${login.url.pathname}/code`, login.url), new URLSearchParams({ code: code() }));
    },
    robbedBy: (thief) =>
      openPersonBrowser(thief, origins, new Map([...jars].map(([origin, jar]) => [origin, new Map(jar)]))),
    close: () => client.close(),
  };
}

function keep(jar: Map<string, { value: string; path: string }>, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const [name = '', ...value] = pair.split('=');
  const attribute = (wanted: string) =>
    attributes.find((each) => each.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
  const path = attribute('path') ?? '/';
  const expires = attribute('expires');
  const gone =
    value.join('=') === '' ||
    attribute('max-age') === '0' ||
    (expires !== undefined && Date.parse(expires) < Date.now());
  if (gone) jar.delete(`${name} ${path}`);
  else jar.set(`${name} ${path}`, { value: value.join('='), path });
}
