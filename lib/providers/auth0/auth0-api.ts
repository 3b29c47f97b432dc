import { z } from 'zod';
import type { JsonObject } from '#lib/model/event.ts';
import type { Capabilities, Connection, PullLog, SecretField } from '#lib/providers/definition.ts';
import {
  accessToken,
  askProvider,
  asText,
  at,
  logPageBytesMax,
  newestOf,
  readAs,
  restSeconds,
  secretFields,
} from '#lib/providers/provider-http.ts';

const secret = z.object({ clientId: z.string().min(1), clientSecret: z.string().min(1) });
export const auth0Fields: readonly SecretField[] = [
  {
    name: 'clientId',
    label: 'Client ID',
    hint: 'A machine-to-machine application with read:logs, read:logs_users; read:sessions and delete:sessions to end sessions.',
  },
  { name: 'clientSecret', label: 'Client secret', secret: true },
];

async function headers(connection: Connection, signal: AbortSignal): Promise<Record<string, string>> {
  const { clientId, clientSecret } = secretFields(connection, secret);
  const token = await accessToken(connection, {
    url: at(connection, '/oauth/token'),
    form: {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      audience: at(connection, '/api/v2/'),
    },
    signal,
  });
  return { authorization: `Bearer ${token}` };
}

const logShape = z.object({ log_id: z.string().optional(), _id: z.string().optional(), date: z.unknown() });

/** Tenant logs by checkpoint: `from` the last log id, `take` a hundred (Management API, "get logs by checkpoint"). */
const tenantLogs: PullLog = {
  log: 'logs',
  name: 'Tenant logs',
  intervalSeconds: 15,
  // The checkpoint is in the order of storing, so nothing late is passed over.
  overlapSeconds: 0,
  // Logs are kept for some days; a checkpoint that is gone with them is refused.
  byTime: (cursor) => (cursor.after === undefined ? null : { ...(cursor.newest ? { newest: cursor.newest } : {}) }),
  async read({ connection, cursor, from, signal }) {
    const after = asText(cursor?.after);
    const seen = asText(cursor?.newest);
    const since = seen ? new Date(Date.parse(seen) - 3_600_000) : from;
    const query: Record<string, string> = after
      ? { from: after, take: '100' }
      : { q: `date:[${since.toISOString()} TO *]`, sort: 'date:1', per_page: '100', page: '0' };
    const url = at(connection, `/api/v2/logs?${new URLSearchParams(query)}`);
    const answer = await askProvider(connection, {
      method: 'GET',
      url,
      authorize: () => headers(connection, signal),
      signal,
      wanted: [200],
      answerBytesMax: logPageBytesMax,
    });
    const logs = readAs(answer, z.array(logShape));
    const newest = newestOf(
      cursor,
      logs.map(({ date }) => (typeof date === 'string' ? date : undefined)),
    );
    const last = logs.at(-1);
    const checkpoint = last?.log_id ?? last?._id ?? after;
    const onward: JsonObject = { ...(checkpoint ? { after: checkpoint } : {}), ...(newest ? { newest } : {}) };
    return {
      body: answer.body,
      cursor: onward,
      more: logs.length > 0,
      restSeconds: restSeconds(answer),
    };
  },
};
export const auth0Pulls: readonly PullLog[] = [tenantLogs];

const sessionShape = z.object({
  id: z.string(),
  user_id: z.string().nullish(),
  created_at: z.string().nullish(),
  expires_at: z.string().nullish(),
  clients: z.array(z.object({ client_id: z.string().nullish() })).nullish(),
});
const pageShape = z.object({ sessions: z.array(sessionShape), next: z.string().nullish() });

/** Auth0: the session management interface (Enterprise plan). Revoking takes the session's refresh tokens along. */
export function connectAuth0(connection: Connection): Capabilities {
  const call = async (method: 'GET' | 'POST', path: string, signal: AbortSignal, wanted: readonly number[]) =>
    askProvider(connection, {
      method,
      url: at(connection, path),
      authorize: () => headers(connection, signal),
      signal,
      wanted,
    });
  return {
    limits: { concurrency: 4, perSecond: 8 },
    async endSession(id, signal) {
      const answer = await call(
        'POST',
        `/api/v2/sessions/${encodeURIComponent(id)}/revoke`,
        signal,
        [200, 202, 204, 404],
      );
      return answer.status === 404
        ? { outcome: 'gone', status: 404, detail: 'Auth0 has no such session any more.' }
        : {
            outcome: 'accepted',
            status: answer.status,
            detail:
              'Auth0 revoked the session and its refresh tokens. Access tokens already given out go on until they expire.',
          };
    },
    async lookUpSession(id, signal) {
      const answer = await call('GET', `/api/v2/sessions/${encodeURIComponent(id)}`, signal, [200, 404]);
      return answer.status === 404 ? null : readSession(readAs(answer, sessionShape));
    },
    async listSessions({ subject, cursor }, signal) {
      if (!subject) return { sessions: [], next: null };
      const query = new URLSearchParams({ take: '50', ...(cursor ? { from: cursor } : {}) });
      const path = `/api/v2/users/${encodeURIComponent(subject)}/sessions?${query}`;
      const page = readAs(await call('GET', path, signal, [200]), pageShape);
      return { sessions: page.sessions.map(readSession), next: page.next ?? null };
    },
    async test(signal) {
      await call('GET', '/api/v2/logs?per_page=1', signal, [200]);
      return {
        ok: true,
        detail:
          'The tenant logs can be read. Whether sessions may be ended shows at the first one: it needs delete:sessions and the Enterprise plan.',
      };
    },
  };
}

function readSession(session: z.output<typeof sessionShape>) {
  const ends = session.expires_at ? Date.parse(session.expires_at) : Number.POSITIVE_INFINITY;
  return {
    sourceSessionId: session.id,
    alive: ends > Date.now(),
    startedAt: session.created_at ? new Date(session.created_at) : null,
    subject: session.user_id ?? null,
    clients: (session.clients ?? []).flatMap(({ client_id }) => client_id ?? []),
  };
}
