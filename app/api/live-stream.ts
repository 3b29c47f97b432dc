import type { Topic } from '#lib/kernel/db/notice-hub.ts';

/** How often a stream asks whether its session still lives: it ends within five seconds of it. */
export const sessionCheckMs = 4_000;
const flushMs = 400;

/**
 * Server-sent events that are hints alone: which topics changed, never what. Topics that come faster than they can be sent are
 * merged, so the buffer holds one entry a topic and no reader can make it grow. `isAlive` false ends the stream with `ended`.
 */
export function liveStream(options: {
  subscribe: (onTopic: (topic: Topic | null) => void) => () => void;
  topics: ReadonlySet<Topic>;
  isAlive: () => Promise<boolean>;
  /** True when the reader had a stream before: what happened meanwhile is unknown, so every topic is announced. */
  resumed: boolean;
  signal: AbortSignal;
  onClose?: () => void;
}): ReadableStream<Uint8Array> {
  const { topics } = options;
  const encoder = new TextEncoder();
  const waiting = new Set<Topic>(options.resumed ? topics : []);
  let serial = 0;
  let stop: () => void = () => undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let closed = false;
        const send = (event: string, data: unknown) => {
          serial += 1;
          controller.enqueue(encoder.encode(`id: ${serial}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
        };
        const flush = () => {
          if (waiting.size === 0 || (controller.desiredSize ?? 0) <= 0) return;
          send('changed', [...waiting]);
          waiting.clear();
        };
        const unsubscribe = options.subscribe((topic) => {
          for (const one of topic === null ? topics : [topic]) if (topics.has(one)) waiting.add(one);
        });
        const flushing = setInterval(flush, flushMs);
        const checking = setInterval(() => {
          void options.isAlive().then(
            (alive) => {
              if (!alive) end('ended');
              else if (!closed && (controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': alive\n\n'));
            },
            // The database is away for the moment: the next look decides.
            () => undefined,
          );
        }, sessionCheckMs);
        stop = () => {
          if (closed) return;
          closed = true;
          clearInterval(flushing);
          clearInterval(checking);
          unsubscribe();
          options.onClose?.();
        };
        const end = (event: string) => {
          if (closed) return;
          send(event, null);
          stop();
          controller.close();
        };
        options.signal.addEventListener('abort', () => {
          if (closed) return;
          stop();
          controller.close();
        });
        controller.enqueue(encoder.encode('retry: 2000\n\n'));
        send('hello', [...topics]);
      },
      cancel: () => stop(),
    },
    { highWaterMark: 16 },
  );
}
