import { z } from 'zod';
import { now } from '#lib/kernel/clock.ts';
import { signToken } from '#lib/kernel/crypto/json-web-token.ts';
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

const secret = z.object({
  key: z.preprocess(
    (value) => {
      if (typeof value !== 'string') return value;
      try {
        return JSON.parse(value);
      } catch {
        return value;
      }
    },
    z.object({
      client_email: z.string(),
      private_key: z.string(),
      private_key_id: z.string(),
      token_uri: z.url().default('https://oauth2.googleapis.com/token'),
    }),
  ),
  subject: z.string().min(3),
});
export const googleFields: readonly SecretField[] = [
  {
    name: 'key',
    label: 'Service account key (JSON)',
    hint: 'With domain-wide delegation for admin.reports.audit.readonly.',
    secret: true,
    long: true,
  },
  { name: 'subject', label: 'Administrator to act as', hint: 'The e-mail of an administrator who may read reports.' },
];

/** The service account signs an assertion for the administrator (RFC 7523) and gets a token of an hour for it. */
async function headers(connection: Connection, signal: AbortSignal): Promise<Record<string, string>> {
  const { key, subject } = secretFields(connection, secret);
  const at = now();
  const assertion = await signToken({
    pkcs8: key.private_key,
    kid: key.private_key_id,
    algorithm: 'RS256',
    typ: 'JWT',
    claims: {
      iss: key.client_email,
      sub: subject,
      scope: 'https://www.googleapis.com/auth/admin.reports.audit.readonly',
      aud: key.token_uri,
      exp: Math.floor(at.getTime() / 1000) + 3600,
    },
    at,
  });
  const token = await accessToken(connection, {
    url: key.token_uri,
    form: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion },
    signal,
  });
  return { authorization: `Bearer ${token}` };
}

const pageShape = z.object({
  items: z.array(z.object({ id: z.object({ time: z.string().optional() }).optional() })).default([]),
  nextPageToken: z.string().optional(),
});

/** A report of the Reports API. Pages come newest first, so the start moves on only after the last page. */
function report(application: string, name: string, overlapSeconds: number): PullLog {
  return {
    log: application,
    name,
    intervalSeconds: 60,
    overlapSeconds,
    byTime: (cursor) => goOnByTime(cursor, 'page', 'since'),
    async read({ connection, cursor, from, signal }) {
      const since = asText(cursor?.since);
      const start = since ? new Date(Date.parse(since) - overlapSeconds * 1000) : from;
      // While pages of one look are turned, its start must stay the same.
      const fixed = asText(cursor?.start) ?? start.toISOString();
      const page = asText(cursor?.page);
      const query = new URLSearchParams({ startTime: fixed, maxResults: '200', ...(page ? { pageToken: page } : {}) });
      const url = at(connection, `/admin/reports/v1/activity/users/all/applications/${application}?${query}`);
      const answer = await askProvider(connection, {
        method: 'GET',
        url,
        authorize: () => headers(connection, signal),
        signal,
        wanted: [200],
        answerBytesMax: logPageBytesMax,
      });
      const { items, nextPageToken } = readAs(answer, pageShape);
      const newest = newestOf(
        cursor,
        items.map((item) => item.id?.time),
      );
      const more = nextPageToken !== undefined;
      return {
        body: items.length === 0 ? Buffer.from('[]') : answer.body,
        cursor: more
          ? { ...(since ? { since } : {}), ...(newest ? { newest } : {}), start: fixed, page: nextPageToken }
          : { since: newest ?? since ?? from.toISOString() },
        more,
        restSeconds: restSeconds(answer),
      };
    },
  };
}

/** Google names lags of minutes to hours a report; two hours back covers logins, tokens and administrators. */
export const googlePulls: readonly PullLog[] = [
  report('login', 'Logins', 7_200),
  report('token', 'OAuth tokens', 7_200),
  report('admin', 'Administrators', 7_200),
  report('user_accounts', 'User accounts', 7_200),
  report('saml', 'SAML', 7_200),
];
