import { z } from 'zod';
import {
  type Capabilities,
  type Connection,
  ProviderCallFailed,
  type PullLog,
  type SecretField,
} from '#lib/providers/definition.ts';
import {
  askProvider,
  asText,
  at,
  logPageBytesMax,
  newestOf,
  ownAddress,
  readAs,
  restSeconds,
  secretFields,
} from '#lib/providers/provider-http.ts';

const secret = z.object({ token: z.string().min(1) });
export const oktaFields: readonly SecretField[] = [
  {
    name: 'token',
    label: 'API token',
    hint: 'Security → API → Tokens. A read-only administrator is enough for logs; ending sessions needs a group or organisation administrator.',
    secret: true,
  },
];

function headers(connection: Connection): Record<string, string> {
  return { authorization: `SSWS ${secretFields(connection, secret).token}` };
}

/**
 * The System Log, oldest first. Without `until` Okta keeps a `next` link on every page, the empty ones too, and sorts by when it
 * stored a record: so following it loses nothing that came late (System Log API, "polling requests").
 */
const systemLog: PullLog = {
  log: 'system-log',
  name: 'System Log',
  intervalSeconds: 15,
  overlapSeconds: 0,
  byTime: (cursor) => (cursor.next === undefined ? null : { ...(cursor.newest ? { newest: cursor.newest } : {}) }),
  async read({ connection, cursor, from, signal }) {
    const next = asText(cursor?.next);
    const newest = asText(cursor?.newest);
    const since = newest ? new Date(Date.parse(newest) - 3_600_000) : from;
    const url = next
      ? ownAddress(connection, next)
      : new URL(
          at(
            connection,
            `/api/v1/logs?${new URLSearchParams({ since: since.toISOString(), sortOrder: 'ASCENDING', limit: '100' })}`,
          ),
        );
    const answer = await askProvider(connection, {
      method: 'GET',
      url,
      headers: headers(connection),
      signal,
      wanted: [200],
      answerBytesMax: logPageBytesMax,
    });
    const records = readAs(answer, z.array(z.unknown()));
    const seen = newestOf(cursor, records.map(publishedAt));
    const follow = nextLink(answer.headers.link);
    return {
      body: answer.body,
      // The path alone: the origin is the connection's, whatever a link says.
      cursor: {
        next: follow === null ? url.pathname + url.search : pathOf(ownAddress(connection, follow)),
        ...(seen ? { newest: seen } : {}),
      },
      more: records.length > 0 && follow !== null,
      restSeconds: restSeconds(answer),
    };
  },
};
export const oktaPulls: readonly PullLog[] = [systemLog];

function publishedAt(record: unknown): string | undefined {
  const { published } = (record ?? {}) as { published?: unknown };
  return typeof published === 'string' ? published : undefined;
}

function pathOf(url: URL): string {
  return url.pathname + url.search;
}

/** The target of `rel="next"` (RFC 8288); headers of one name come as a list or joined by commas. */
export function nextLink(header: string | string[] | undefined): string | null {
  const links = [header ?? []].flat().join(', ');
  for (const [, target, parameters] of links.matchAll(/<([^>]*)>([^,<]*)/g)) {
    if (/;\s*rel="?next"?/i.test(parameters ?? '')) return target ?? null;
  }
  return null;
}

const sessionShape = z.object({
  id: z.string(),
  userId: z.string().nullish(),
  status: z.string(),
  createdAt: z.string().nullish(),
});

/**
 * Identity Engine logs `idx…` ids that the Sessions API does not know: its 404 would read as "gone" while the session lives.
 * @throws ProviderCallFailed
 */
function requireKnownId(id: string): void {
  if (!/^idx/i.test(id)) return;
  throw new ProviderCallFailed(
    'This session is one of Okta Identity Engine, which its interface cannot end one by one. Clear all sessions of the person in Okta.',
    { ambiguous: false, retryable: false, status: null },
  );
}

/** Okta: one session can be read and closed by its id; a list of a person's sessions does not exist. */
export function connectOkta(connection: Connection): Capabilities {
  const call = (method: 'GET' | 'DELETE', path: string, signal: AbortSignal, wanted: readonly number[]) =>
    askProvider(connection, { method, url: at(connection, path), headers: headers(connection), signal, wanted });
  return {
    limits: { concurrency: 4, perSecond: 8 },
    async endSession(id, signal) {
      requireKnownId(id);
      const answer = await call('DELETE', `/api/v1/sessions/${encodeURIComponent(id)}`, signal, [204, 404]);
      return answer.status === 404
        ? { outcome: 'gone', status: 404, detail: 'Okta has no such session any more.' }
        : {
            outcome: 'accepted',
            status: 204,
            detail:
              'Okta closed its own session. Sessions that applications keep, and tokens they hold, go on until they end.',
          };
    },
    async lookUpSession(id, signal) {
      requireKnownId(id);
      const answer = await call('GET', `/api/v1/sessions/${encodeURIComponent(id)}`, signal, [200, 404]);
      if (answer.status === 404) return null;
      const session = readAs(answer, sessionShape);
      return {
        sourceSessionId: session.id,
        alive: session.status === 'ACTIVE' || session.status === 'MFA_REQUIRED' || session.status === 'MFA_ENROLL',
        startedAt: session.createdAt ? new Date(session.createdAt) : null,
        subject: session.userId ?? null,
      };
    },
    async test(signal) {
      const answer = await call('GET', '/api/v1/logs?limit=1', signal, [200]);
      const left = answer.headers['x-rate-limit-remaining'];
      return {
        ok: true,
        detail: `The System Log can be read.${typeof left === 'string' ? ` ${left} calls are left this minute.` : ''}`,
      };
    },
  };
}
