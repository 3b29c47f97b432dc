import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { liveStream, sessionCheckMs } from '#app/api/live-stream.ts';
import type { Topic } from '#lib/kernel/db/notice-hub.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function opened(options: { topics?: Topic[]; resumed?: boolean; isAlive?: () => Promise<boolean> } = {}) {
  let announce: (topic: Topic | null) => void = () => undefined;
  const unsubscribe = vi.fn();
  const stream = liveStream({
    subscribe: (onTopic) => {
      announce = onTopic;
      return unsubscribe;
    },
    topics: new Set(options.topics ?? ['events', 'signals']),
    isAlive: options.isAlive ?? (async () => true),
    resumed: options.resumed ?? false,
    signal: new AbortController().signal,
  });
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  const next = async () => decoder.decode((await reader.read()).value);
  return { announce: (topic: Topic | null) => announce(topic), unsubscribe, reader, next };
}

test('a thousand changes become one hint a topic, and a topic one may not read is never named', async () => {
  const { announce, next } = opened();
  await next();
  expect(await next()).toContain('event: hello');
  for (let at = 0; at < 1_000; at += 1) announce(at % 2 ? 'signals' : 'runs');
  await vi.advanceTimersByTimeAsync(500);
  const hint = await next();
  expect(hint).toContain('event: changed');
  expect(hint).toContain('data: ["signals"]');
});

test('whoever comes back, and whoever may have missed something, is told to look at everything', async () => {
  const again = opened({ resumed: true });
  await again.next();
  await again.next();
  await vi.advanceTimersByTimeAsync(500);
  expect(await again.next()).toContain('data: ["events","signals"]');
  again.announce(null);
  await vi.advanceTimersByTimeAsync(500);
  expect(await again.next()).toContain('data: ["events","signals"]');
});

test('the stream ends with its session, and listens no longer', async () => {
  let alive = true;
  const { next, reader, unsubscribe } = opened({ isAlive: async () => alive });
  await next();
  await next();
  alive = false;
  await vi.advanceTimersByTimeAsync(sessionCheckMs);
  expect(await next()).toContain('event: ended');
  expect((await reader.read()).done).toBe(true);
  expect(unsubscribe).toHaveBeenCalledOnce();
});

test('a reader that does not read makes nothing grow', async () => {
  const { announce, reader } = opened();
  for (let at = 0; at < 200; at += 1) {
    announce('events');
    await vi.advanceTimersByTimeAsync(500);
  }
  let chunks = 0;
  void (async () => {
    for (;;) {
      if ((await reader.read()).done) return;
      chunks += 1;
    }
  })();
  await vi.advanceTimersByTimeAsync(0);
  expect(chunks).toBeLessThanOrEqual(17);
});
