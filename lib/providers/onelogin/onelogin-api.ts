import { z } from 'zod';
import type { Connection, PullLog, SecretField } from '#lib/providers/definition.ts';
import {
  accessToken,
  askProvider,
  asText,
  at,
  goOnByTime,
  logPageBytesMax,
  newestOf,
  readAs,
  restSeconds,
  secretFields,
} from '#lib/providers/provider-http.ts';

const secret = z.object({ clientId: z.string().min(1), clientSecret: z.string().min(1) });
export const oneLoginFields: readonly SecretField[] = [
  { name: 'clientId', label: 'Client ID', hint: 'Developers → API credentials, with the scope “Read all”.' },
  { name: 'clientSecret', label: 'Client secret', secret: true },
];

async function headers(connection: Connection, signal: AbortSignal): Promise<Record<string, string>> {
  const { clientId, clientSecret } = secretFields(connection, secret);
  const token = await accessToken(connection, {
    url: at(connection, '/auth/oauth2/v2/token'),
    json: { grant_type: 'client_credentials' },
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    signal,
  });
  return { authorization: `bearer:${token}` };
}

const pageShape = z.object({
  data: z.array(z.object({ created_at: z.string().optional() })).nullable(),
  pagination: z.object({ after_cursor: z.string().nullish() }).nullish(),
});
const overlapSeconds = 300;

/** Events, oldest first, fifty a page (Events API version 1). While pages are turned by cursor, the start stays the same. */
const events: PullLog = {
  log: 'events',
  name: 'Events',
  intervalSeconds: 30,
  overlapSeconds,
  byTime: (cursor) => goOnByTime(cursor, 'page', 'newest'),
  async read({ connection, cursor, from, signal }) {
    const since = asText(cursor?.since);
    const start =
      asText(cursor?.start) ??
      (since ? new Date(Date.parse(since) - overlapSeconds * 1000).toISOString() : from.toISOString());
    const page = asText(cursor?.page);
    const query = new URLSearchParams({
      since: start,
      sort: '+id',
      limit: '50',
      ...(page ? { after_cursor: page } : {}),
    });
    const answer = await askProvider(connection, {
      method: 'GET',
      url: at(connection, `/api/1/events?${query}`),
      authorize: () => headers(connection, signal),
      signal,
      wanted: [200],
      answerBytesMax: logPageBytesMax,
    });
    const { data, pagination } = readAs(answer, pageShape);
    const found = data ?? [];
    const newest = newestOf(
      cursor,
      found.map(({ created_at }) => created_at),
    );
    const next = found.length > 0 ? (pagination?.after_cursor ?? null) : null;
    return {
      body: found.length === 0 ? Buffer.from('[]') : answer.body,
      cursor: next
        ? { ...(since ? { since } : {}), ...(newest ? { newest } : {}), start, page: next }
        : { since: newest ?? since ?? from.toISOString() },
      more: next !== null,
      restSeconds: restSeconds(answer),
    };
  },
};
export const oneLoginPulls: readonly PullLog[] = [events];
