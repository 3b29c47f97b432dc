import { setTimeout } from 'node:timers/promises';
import { idParams, route } from '#app/api/api-route.ts';
import { streamed } from '#app/api/streamed.ts';
import { readRun } from '#lib/execution/read-run.ts';
import { authenticateCaller } from '#lib/staff/authenticate-caller.ts';

const everyMs = 1_000;
/** A stream ends by itself and the browser takes it up again; who signed out meanwhile is refused then, and within seconds anyway. */
const lifeMs = 10 * 60_000;

export const GET = route({
  method: 'GET',
  path: '/api/v1/runs/{id}/stream',
  summary: 'The progress of a run as server-sent events, one a second while it changes',
  tag: 'runs',
  permission: 'proposals:read',
  params: idParams,
  background: true,
  answers: {
    200: { description: 'Events `progress`; the last one after the run has ended.', contentType: 'text/event-stream' },
  },
})(async ({ actor, database, params, request }) => {
  const read = () => database.inTenant(actor.tenantId, (tx) => readRun(tx, actor, params.id));
  let progress = await read();
  async function* events() {
    yield 'retry: 2000\n\n';
    const until = performance.now() + lifeMs;
    let sent = '';
    for (let round = 0; ; round += 1) {
      const { at: _at, perSecond: _rate, secondsLeft: _left, ...lasting } = progress;
      const now = JSON.stringify(lasting);
      // A comment keeps proxies from closing a quiet stream, and tells us that the reader is gone.
      yield now === sent ? ': still here\n\n' : `event: progress\ndata: ${JSON.stringify(progress)}\n\n`;
      sent = now;
      if (progress.finishedAt || performance.now() > until || request.signal.aborted) return;
      await setTimeout(everyMs, undefined, { signal: request.signal }).catch(() => undefined);
      if (request.signal.aborted) return;
      if (round % 4 === 3) await authenticateCaller(database, request, { background: true });
      progress = await read();
    }
  }
  return new Response(streamed(events()), {
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
  });
});
