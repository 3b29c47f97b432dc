import { route } from '#app/api/api-route.ts';
import { liveStream } from '#app/api/live-stream.ts';
import { subscribeToNotices, type Topic } from '#lib/kernel/db/notice-hub.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import type { Permission } from '#lib/model/permissions.ts';
import { isDeskSessionAlive } from '#lib/staff/desk-sessions.ts';

const topicPermissions: Record<Topic, Permission> = {
  events: 'sessions:read',
  signals: 'signals:read',
  runs: 'revocations:read',
};
/** Streams one desk session may hold: a browser shares one among its tabs. */
const streamsMax = 6;
const open = new Map<string, number>();

export const GET = route({
  method: 'GET',
  path: '/api/v1/live',
  summary: 'What changes, as it changes: topics as server-sent events, hints to look again',
  tag: 'live',
  permission: 'operator',
  background: true,
  answers: {
    200: {
      description:
        'Events `hello`, `changed` (a list of topics) and `ended`. Does not keep the session alive; ends with it.',
      contentType: 'text/event-stream',
    },
  },
})(async ({ request, actor, session, database }) => {
  const url = process.env.DATABASE_URL;
  if (!session || !url) throw new Refusal('not_signed_in', 'You are not signed in any more.');
  const count = open.get(session.id) ?? 0;
  if (count >= streamsMax)
    throw new Refusal('rate_limited', 'This session has enough live streams open already.', { retryAfterSeconds: 30 });
  open.set(session.id, count + 1);
  const topics = new Set(
    (Object.keys(topicPermissions) as Topic[]).filter((topic) => actor.permissions.has(topicPermissions[topic])),
  );
  const body = liveStream({
    subscribe: (onTopic) => subscribeToNotices(url, actor.tenantId, onTopic),
    topics,
    isAlive: () => isDeskSessionAlive(database, session.id, actor.tenantId),
    resumed: request.headers.has('last-event-id'),
    signal: request.signal,
    onClose: () => {
      const left = (open.get(session.id) ?? 1) - 1;
      if (left > 0) open.set(session.id, left);
      else open.delete(session.id);
    },
  });
  return new Response(body, {
    headers: {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    },
  });
});
