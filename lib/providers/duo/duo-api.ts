import { createHmac, hash } from 'node:crypto';
import { z } from 'zod';
import { now } from '#lib/kernel/clock.ts';
import type { Connection, PulledPage, PullLog, SecretField } from '#lib/providers/definition.ts';
import {
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

const secret = z.object({ integrationKey: z.string().min(1), secretKey: z.string().min(1) });
export const duoFields: readonly SecretField[] = [
  {
    name: 'integrationKey',
    label: 'Integration key',
    hint: 'Applications → Protect an application → Admin API, with “Grant read log” alone.',
  },
  { name: 'secretKey', label: 'Secret key', secret: true },
];

const none = hash('sha512', '');

/**
 * The headers of a signed GET: HMAC-SHA512 under the secret key over date, method, host, path, sorted parameters, and the digests of
 * an empty body and of no further headers, one a line (Duo Admin API, "Authentication"). `date` in the form of RFC 2822.
 */
export function duoHeaders(url: URL, keys: z.output<typeof secret>, date: string): Record<string, string> {
  const parameters = [...url.searchParams].map(([name, value]) => `${quoted(name)}=${quoted(value)}`).sort();
  const lines = [date, 'GET', url.host.toLowerCase(), url.pathname, parameters.join('&'), none, none];
  const signature = createHmac('sha512', keys.secretKey).update(lines.join('\n')).digest('hex');
  const basic = Buffer.from(`${keys.integrationKey}:${signature}`).toString('base64');
  return { date, authorization: `Basic ${basic}` };
}

/** Percent-encoding as RFC 5849 3.6 has it: nothing but letters, digits and `-._~` stays. */
function quoted(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

const offset = z.union([z.array(z.string()), z.string()]).nullish();
const entry = z.object({ isotimestamp: z.string().optional(), ts: z.string().optional() });
const pageShape = z.object({
  response: z.object({
    authlogs: z.array(entry).optional(),
    items: z.array(entry).optional(),
    metadata: z.object({ next_offset: offset }).optional(),
  }),
});

/** Duo answers nothing younger than this, so that a window once read stays as it was. */
const settlingSeconds = 120;

/** A log of version 2, oldest first. While the pages of one window are turned, its two ends stay the same. */
function duoLog(log: string, name: string): PullLog {
  const overlapSeconds = 120;
  return {
    log,
    name,
    // Duo asks for one look a minute at most.
    intervalSeconds: 60,
    overlapSeconds,
    byTime: (cursor) => goOnByTime(cursor, 'page', 'newest'),
    async read({ connection, cursor, from, signal }): Promise<PulledPage> {
      const since = asText(cursor?.since);
      const start = asText(cursor?.start) ?? startOf(since, from, overlapSeconds);
      const end = asText(cursor?.end) ?? String(now().getTime() - settlingSeconds * 1000);
      const onward = since ?? from.toISOString();
      if (Number(start) >= Number(end))
        return { body: Buffer.from('[]'), cursor: { since: onward }, more: false, restSeconds: null };
      const page = asText(cursor?.page);
      const url = new URL(at(connection, `/admin/v2/logs/${log}`));
      const query = {
        mintime: start,
        maxtime: end,
        limit: '300',
        sort: 'ts:asc',
        ...(page ? { next_offset: page } : {}),
      };
      for (const [parameter, value] of Object.entries(query)) url.searchParams.set(parameter, value);
      const answer = await askProvider(connection, {
        method: 'GET',
        url,
        headers: duoHeaders(url, keysOf(connection), now().toUTCString().replace('GMT', '+0000')),
        signal,
        wanted: [200],
        answerBytesMax: logPageBytesMax,
      });
      const { response } = readAs(answer, pageShape);
      const entries = response.authlogs ?? response.items ?? [];
      const next = [response.metadata?.next_offset ?? []].flat().join(',');
      const newest = newestOf(
        cursor,
        entries.map(({ isotimestamp, ts }) => isotimestamp ?? ts),
      );
      return {
        body: entries.length === 0 ? Buffer.from('[]') : answer.body,
        cursor:
          next === ''
            ? { since: newest ?? onward }
            : { ...(since ? { since } : {}), ...(newest ? { newest } : {}), start, end, page: next },
        more: next !== '',
        restSeconds: restSeconds(answer),
      };
    },
  };
}

function startOf(since: string | null, from: Date, overlapSeconds: number): string {
  return String(since ? Date.parse(since) - overlapSeconds * 1000 : from.getTime());
}

function keysOf(connection: Connection): z.output<typeof secret> {
  return secretFields(connection, secret);
}

export const duoPulls: readonly PullLog[] = [
  duoLog('authentication', 'Authentications'),
  duoLog('activity', 'Activities'),
  duoLog('telephony', 'Telephony'),
];
