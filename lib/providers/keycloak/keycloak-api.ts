import { z } from 'zod';
import { now } from '#lib/kernel/clock.ts';
import type { JsonObject } from '#lib/model/event.ts';
import type { Capabilities, Connection, ProviderSession, PullLog, SecretField } from '#lib/providers/definition.ts';
import {
  accessToken,
  askProvider,
  asNumber,
  at,
  logPageBytesMax,
  readAs,
  restSeconds,
  secretFields,
} from '#lib/providers/provider-http.ts';

const secret = z.object({ realm: z.string().min(1), clientId: z.string().min(1), clientSecret: z.string().min(1) });
export const keycloakFields: readonly SecretField[] = [
  { name: 'realm', label: 'Realm' },
  {
    name: 'clientId',
    label: 'Client ID',
    hint: 'A confidential client with a service account; realm-management roles view-events, view-users, view-clients, view-realm, and manage-users to end sessions.',
  },
  { name: 'clientSecret', label: 'Client secret', secret: true },
];

async function headers(connection: Connection, signal: AbortSignal): Promise<Record<string, string>> {
  const { realm, clientId, clientSecret } = secretFields(connection, secret);
  const token = await accessToken(connection, {
    url: at(connection, `/realms/${encodeURIComponent(realm)}/protocol/openid-connect/token`),
    form: { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret },
    signal,
  });
  return { authorization: `Bearer ${token}` };
}

function admin(connection: Connection, path: string): string {
  return at(connection, `/admin/realms/${encodeURIComponent(secretFields(connection, secret).realm)}${path}`);
}

const eventShape = z.object({ time: z.number() });
const pageSize = 100;

/**
 * Events of the realm, newest first by offset. New ones push the others down while pages are turned, so a page may repeat records
 * but never passes one over; the look ends at what the one before has seen, less the overlap.
 */
function events(log: string, name: string, path: string): PullLog {
  return {
    log,
    name,
    intervalSeconds: 15,
    overlapSeconds: 120,
    async read({ connection, cursor, from, signal }) {
      const since = asNumber(cursor?.since) ?? from.getTime();
      const first = asNumber(cursor?.first) ?? 0;
      const floor = since - 120_000;
      // Keycloak takes whole days here, of its own time zone: one more reaches the floor in every zone, and the floor ends the look.
      const query = new URLSearchParams({
        dateFrom: new Date(floor - 86_400_000).toISOString().slice(0, 10),
        first: String(first),
        max: String(pageSize),
      });
      const url = `${admin(connection, path)}?${query}`;
      const answer = await askProvider(connection, {
        method: 'GET',
        url,
        authorize: () => headers(connection, signal),
        signal,
        wanted: [200],
        answerBytesMax: logPageBytesMax,
      });
      const page = readAs(answer, z.array(eventShape));
      const seen = Math.max(asNumber(cursor?.newest) ?? since, ...page.map(({ time }) => time));
      // An event of the future must not make the log begin there.
      const newest = Math.min(seen, now().getTime());
      const oldest = page.at(-1)?.time ?? 0;
      const more = page.length === pageSize && oldest >= floor;
      const onward: JsonObject = more ? { since, newest, first: first + page.length } : { since: newest };
      return {
        body: answer.body,
        cursor: onward,
        more,
        restSeconds: restSeconds(answer),
      };
    },
  };
}

export const keycloakPulls: readonly PullLog[] = [
  events('events', 'User events', '/events'),
  events('admin-events', 'Admin events', '/admin-events'),
];

const sessionShape = z.object({
  id: z.string(),
  userId: z.string().nullish(),
  start: z.number().nullish(),
  clients: z.record(z.string(), z.string()).nullish(),
});

/**
 * Keycloak: one session at a time. The 204 only tells that the session is gone at Keycloak: applications are told one after the
 * other in the same request, and one that does not answer changes nothing (see `reach`).
 */
export function connectKeycloak(connection: Connection): Capabilities {
  const call = async (method: 'GET' | 'DELETE', url: string, signal: AbortSignal, wanted: readonly number[]) =>
    askProvider(connection, { method, url, authorize: () => headers(connection, signal), signal, wanted });
  const sweeps = sharedSweeps(connection);
  return {
    // Each call makes Keycloak call every application of the session, in turn and in its own thread.
    limits: { concurrency: 4, perSecond: null },
    async endSession(id, signal) {
      const answer = await call(
        'DELETE',
        admin(connection, `/sessions/${encodeURIComponent(id)}`),
        signal,
        [200, 204, 404],
      );
      if (answer.status !== 404)
        return {
          outcome: 'accepted',
          status: answer.status,
          detail:
            'Keycloak removed the session and called the applications it could. Access tokens already given out go on until they expire.',
        };
      // The same id may live on as an offline session, which only its own flag reaches.
      const offline = await call(
        'DELETE',
        `${admin(connection, `/sessions/${encodeURIComponent(id)}`)}?isOffline=true`,
        signal,
        [200, 204, 404],
      );
      return offline.status === 404
        ? { outcome: 'gone', status: 404, detail: 'Keycloak has no such session any more, online or offline.' }
        : { outcome: 'accepted', status: offline.status, detail: 'Keycloak removed the offline session.' };
    },
    async lookUpSession(id, signal) {
      return (await sweeps.next(signal)).get(id) ?? null;
    },
    async listSessions({ subject, cursor }, signal) {
      if (subject) {
        const answer = await call(
          'GET',
          admin(connection, `/users/${encodeURIComponent(subject)}/sessions`),
          signal,
          [200, 404],
        );
        const found = answer.status === 404 ? [] : readAs(answer, z.array(sessionShape));
        return { sessions: found.map(readSession), next: null };
      }
      const all: ProviderSession[] = [];
      for await (const session of allSessions(connection, signal)) all.push(session);
      return { sessions: cursor ? [] : all, next: null };
    },
    async test(signal) {
      await call('GET', `${admin(connection, '/events')}?max=1`, signal, [200]);
      await call('GET', `${admin(connection, '/clients')}?first=0&max=1`, signal, [200]);
      // How many sessions each application has is the realm's to tell: a right of its own (view-realm).
      await call('GET', admin(connection, '/client-session-stats'), signal, [200]);
      return {
        ok: true,
        detail:
          'Events, applications and their sessions can be read. Ending a session also needs manage-users, which only shows at the first one.',
      };
    },
  };
}

/**
 * Keycloak cannot be asked for one session, only for all of a client's. So look-ups share sweeps over all of them: whoever asks while
 * one is under way waits for the next, because what the running one has read already may be older than the question.
 */
function sharedSweeps(connection: Connection) {
  let waiting: Promise<Map<string, ProviderSession>> | null = null;
  let running: Promise<unknown> = Promise.resolve();
  return {
    next(signal: AbortSignal): Promise<Map<string, ProviderSession>> {
      waiting ??= running
        .catch(() => undefined)
        .then(async () => {
          waiting = null;
          const found = new Map<string, ProviderSession>();
          for await (const session of allSessions(connection, signal)) found.set(session.sourceSessionId, session);
          return found;
        });
      running = waiting;
      return waiting;
    },
  };
}

const clientShape = z.object({ id: z.string() });

/** Every session of every client, once each; a page at a time. */
async function* allSessions(connection: Connection, signal: AbortSignal): AsyncGenerator<ProviderSession> {
  const seen = new Set<string>();
  const ask = async (path: string) =>
    askProvider(connection, {
      method: 'GET',
      url: admin(connection, path),
      authorize: () => headers(connection, signal),
      signal,
      wanted: [200],
    });
  const clients = readAs(await ask('/client-session-stats'), z.array(clientShape));
  for (const { id } of clients) {
    for (const kind of ['user-sessions', 'offline-sessions']) {
      for (let first = 0; ; first += pageSize) {
        const page = readAs(
          await ask(`/clients/${encodeURIComponent(id)}/${kind}?first=${first}&max=${pageSize}`),
          z.array(sessionShape),
        );
        for (const session of page) {
          if (seen.has(session.id)) continue;
          seen.add(session.id);
          yield readSession(session);
        }
        if (page.length < pageSize) break;
      }
    }
  }
}

function readSession(session: z.output<typeof sessionShape>): ProviderSession {
  return {
    sourceSessionId: session.id,
    alive: true,
    startedAt: session.start ? new Date(session.start) : null,
    subject: session.userId ?? null,
    clients: Object.values(session.clients ?? {}),
  };
}
