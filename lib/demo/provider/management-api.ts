import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSecret, sendJson } from '#lib/demo/page.ts';
import type { Authenticators } from '#lib/demo/provider/authenticators.ts';
import type { EventReporter } from '#lib/demo/provider/event-reporter.ts';
import { type KeySetReader, keysPolicy } from '#lib/demo/provider/keys-readers.ts';
import type { People } from '#lib/demo/provider/people.ts';
import type { Sessions } from '#lib/demo/provider/sessions.ts';
import { type SigningKey, type SigningKeys, WrongKeyState } from '#lib/demo/provider/signing-keys.ts';

export const managementPath = '/manage/v1';

type Parts = {
  issuer: string;
  token: string;
  sessions: Sessions;
  people: People;
  authenticators: Authenticators;
  keys: SigningKeys;
  readers: { list(): KeySetReader[] };
  reporter: Pick<EventReporter, 'waiting'>;
};
type Answer = [status: number, body: unknown];
type Handler = (ids: string[], query: URLSearchParams) => Answer | Promise<Answer>;

const missing = (what: string): Answer => [404, { error: 'not_found', message: `There is no such ${what}.` }];

/**
 * The provider's interface for administration (what Gatehouse calls): bearer token, JSON, every call safe to repeat.
 * Ending a session answers with what became of telling each application of it.
 */
export function managementApi(parts: Parts) {
  const { sessions, people, authenticators, keys } = parts;
  const limitOf = (query: URLSearchParams) =>
    Math.min(Math.max(Math.trunc(Number(query.get('limit') ?? 50)) || 50, 1), 200);
  const pageOf = <Row extends { id: string }>(rows: Row[], limit: number) => ({
    data: rows.slice(0, limit),
    next: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
  });
  const ofPerson =
    (work: (personId: string, ids: string[]) => Answer): Handler =>
    ([personId = '', ...ids]) =>
      people.find(personId) ? work(personId, ids) : missing('person');
  const onKey =
    (work: (kid: string) => SigningKey): Handler =>
    ([kid = '']) => [200, work(kid)];

  const routes: readonly [method: string, path: RegExp, handler: Handler][] = [
    [
      'GET',
      /^\/$/,
      () => [
        200,
        {
          issuer: parts.issuer,
          people: people.count(),
          sessions: sessions.count(),
          reportsWaiting: parts.reporter.waiting(),
        },
      ],
    ],
    [
      'GET',
      /^\/sessions$/,
      (_ids, query) => {
        const limit = limitOf(query);
        return [
          200,
          pageOf(
            sessions.list({ person: query.get('person'), after: query.get('cursor') ?? '', limit: limit + 1 }),
            limit,
          ),
        ];
      },
    ],
    [
      'GET',
      /^\/sessions\/([^/]+)$/,
      ([uid = '']) => {
        const session = sessions.find(uid);
        return session
          ? [200, session]
          : [404, { error: 'not_found', message: 'There is no such session.', ended: sessions.ended(uid) }];
      },
    ],
    [
      'DELETE',
      /^\/sessions\/([^/]+)$/,
      async ([uid = '']) => {
        const deliveries = await sessions.revoke(uid);
        return deliveries
          ? [200, { id: uid, ended: true, deliveries }]
          : [404, { error: 'not_found', message: 'There is no such session.', ended: sessions.ended(uid) }];
      },
    ],
    [
      'GET',
      /^\/people$/,
      (_ids, query) => {
        const limit = limitOf(query);
        return [
          200,
          pageOf(
            people.list({
              text: (query.get('q') ?? '').toLowerCase(),
              after: query.get('cursor') ?? '',
              limit: limit + 1,
            }),
            limit,
          ),
        ];
      },
    ],
    ['GET', /^\/people\/([^/]+)$/, ofPerson((id) => [200, people.find(id)])],
    ['GET', /^\/people\/([^/]+)\/authenticators$/, ofPerson((id) => [200, { data: authenticators.list(id) }])],
    [
      'DELETE',
      /^\/people\/([^/]+)\/authenticators\/([^/]+)$/,
      ofPerson((id, [authenticator = '']) =>
        authenticators.remove(id, authenticator) ? [200, { removed: true }] : missing('authenticator'),
      ),
    ],
    [
      'POST',
      /^\/people\/([^/]+)\/binding-codes$/,
      ofPerson((id) => [201, { ...authenticators.createCode(id), page: `${parts.issuer}/bind` }]),
    ],
    [
      'GET',
      /^\/people\/([^/]+)\/binding-codes\/([^/]+)$/,
      ofPerson((id, [code = '']) => {
        const found = authenticators.codeState(id, code);
        return found ? [200, found] : missing('binding code');
      }),
    ],
    [
      'GET',
      /^\/keys$/,
      () => [
        200,
        {
          data: keys.list(),
          issuer: parts.issuer,
          jwksUri: `${parts.issuer}/jwks`,
          policy: keysPolicy,
          readers: parts.readers.list(),
        },
      ],
    ],
    ['POST', /^\/keys$/, async (_ids, query) => [201, await keys.create(query.get('reference'))]],
    ['GET', /^\/keys\/([^/]+)$/, onKey(keys.find)],
    ['POST', /^\/keys\/([^/]+)\/publish$/, onKey(keys.publish)],
    ['POST', /^\/keys\/([^/]+)\/activate$/, onKey(keys.activate)],
    ['POST', /^\/keys\/([^/]+)\/retire$/, onKey(keys.retire)],
    ['DELETE', /^\/keys\/([^/]+)$/, onKey(keys.destroy)],
  ];

  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!isSecret(bearer, parts.token)) {
      response.setHeader('WWW-Authenticate', 'Bearer');
      return sendJson(response, 401, {
        error: 'unauthorized',
        message: 'The management interface needs its bearer token.',
      });
    }
    const path = url.pathname.slice(managementPath.length) || '/';
    const matches = routes.flatMap(([method, pattern, handler]) => {
      const found = pattern.exec(path);
      return found ? [{ method, handler, ids: found.slice(1).map(decodeURIComponent) }] : [];
    });
    const match = matches.find(({ method }) => method === request.method);
    if (!match)
      return sendJson(response, matches.length > 0 ? 405 : 404, {
        error: matches.length > 0 ? 'method_not_allowed' : 'not_found',
      });
    try {
      const [status, body] = await match.handler(match.ids, url.searchParams);
      sendJson(response, status, body);
    } catch (error) {
      if (!(error instanceof WrongKeyState)) throw error;
      sendJson(response, 409, { error: 'conflict', message: error.message });
    }
  };
}
