import { z } from 'zod';
import type { Capabilities, Connection, PullLog, SecretField } from '#lib/providers/definition.ts';
import { ProviderCallFailed } from '#lib/providers/definition.ts';
import {
  accessToken,
  askProvider,
  asText,
  at,
  goOnByTime,
  logPageBytesMax,
  newestOf,
  ownAddress,
  readAs,
  restSeconds,
  secretFields,
} from '#lib/providers/provider-http.ts';

const secret = z.object({
  tenantId: z.string().min(1),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  tokenUrl: z.url().optional(),
});
export const entraFields: readonly SecretField[] = [
  { name: 'tenantId', label: 'Directory (tenant) ID' },
  {
    name: 'clientId',
    label: 'Application (client) ID',
    hint: 'With the application permissions AuditLog.Read.All and Directory.Read.All; User.RevokeSessions.All to end sessions.',
  },
  { name: 'clientSecret', label: 'Client secret', secret: true },
  { name: 'tokenUrl', label: 'Token address', hint: 'Only for national clouds.', optional: true },
];

async function headers(connection: Connection, signal: AbortSignal): Promise<Record<string, string>> {
  const { tenantId, clientId, clientSecret, tokenUrl } = secretFields(connection, secret);
  const token = await accessToken(connection, {
    url: tokenUrl ?? `https://login.microsoftonline.com/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
    form: {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: `${new URL(connection.baseUrl).origin}/.default`,
    },
    signal,
  });
  return { authorization: `Bearer ${token}` };
}

const pageShape = z.object({
  value: z.array(z.record(z.string(), z.unknown())),
  '@odata.nextLink': z.string().optional(),
});

/** A log of Graph by time: pages by `@odata.nextLink`, then from the newest record seen, less the overlap. */
function graphLog(log: string, name: string, path: string, time: string): PullLog {
  return {
    log,
    name,
    intervalSeconds: 60,
    // Microsoft gives minutes, at times more; what comes twice is recognised by its id.
    overlapSeconds: 900,
    // Pages come oldest first, so what was read stays read.
    byTime: (cursor) => goOnByTime(cursor, 'next', 'newest'),
    async read({ connection, cursor, from, signal }) {
      const next = asText(cursor?.next);
      const since = asText(cursor?.since);
      const start = since ? new Date(Date.parse(since) - 900_000) : from;
      const query = new URLSearchParams({
        $filter: `${time} ge ${start.toISOString()}`,
        $orderby: `${time} asc`,
        $top: '50',
      });
      const url = next ? ownAddress(connection, next) : new URL(at(connection, `${path}?${query}`));
      const answer = await askProvider(connection, {
        method: 'GET',
        url,
        authorize: () => headers(connection, signal),
        signal,
        wanted: [200],
        answerBytesMax: logPageBytesMax,
      });
      const page = readAs(answer, pageShape);
      const newest = newestOf(
        cursor,
        page.value.map((record) => (typeof record[time] === 'string' ? record[time] : undefined)),
      );
      const follow = page['@odata.nextLink'];
      const more = follow !== undefined;
      return {
        body: page.value.length === 0 ? Buffer.from('[]') : answer.body,
        cursor: more
          ? { ...(since ? { since } : {}), ...(newest ? { newest } : {}), next: pathOf(ownAddress(connection, follow)) }
          : { since: newest ?? since ?? from.toISOString() },
        more,
        restSeconds: restSeconds(answer),
      };
    },
  };
}

function pathOf(url: URL): string {
  return url.pathname + url.search;
}

export const entraPulls: readonly PullLog[] = [
  graphLog('sign-ins', 'Sign-ins', '/v1.0/auditLogs/signIns', 'createdDateTime'),
  graphLog('directory-audits', 'Directory audits', '/v1.0/auditLogs/directoryAudits', 'activityDateTime'),
  graphLog('risk-detections', 'Risk detections', '/v1.0/identityProtection/riskDetections', 'detectedDateTime'),
];

/** Entra ends sessions of a person, never one of them; so one session cannot be revoked and looked up by its own. */
export function connectEntra(connection: Connection): Capabilities {
  const refuse = () =>
    new ProviderCallFailed(
      'Entra ID cannot end one session: it only signs a person out everywhere (revokeSignInSessions). Revoke the person instead.',
      { ambiguous: false, retryable: false, status: null },
    );
  return {
    async endSession() {
      throw refuse();
    },
    async lookUpSession() {
      throw refuse();
    },
    async test(signal) {
      await askProvider(connection, {
        method: 'GET',
        url: at(connection, '/v1.0/auditLogs/signIns?$top=1'),
        authorize: () => headers(connection, signal),
        signal,
        wanted: [200],
      });
      return { ok: true, detail: 'The sign-in log can be read. Entra ID has no call that ends one session.' };
    },
  };
}
