import { listenForNotices, type Notice } from '#lib/kernel/db/notifications.ts';

export type Topic = Notice['topic'];
type Subscriber = { tenantId: string; onTopic: (topic: Topic | null) => void };
type Hub = { subscribers: Set<Subscriber>; listener: ReturnType<typeof listenForNotices> };

// Next loads a module once a bundle; one connection that listens is still enough for a process.
const shared = globalThis as { gatehouseNoticeHubs?: Map<string, Hub> };
shared.gatehouseNoticeHubs ??= new Map();
const hubs = shared.gatehouseNoticeHubs;

/**
 * Hears of changes in one tenant, over one listening connection of this process, opened with the first subscriber and closed with
 * the last. `null` means: something may have been missed, look for yourself. @returns the way to stop
 */
export function subscribeToNotices(url: string, tenantId: string, onTopic: (topic: Topic | null) => void): () => void {
  const subscriber = { tenantId, onTopic };
  let hub = hubs.get(url);
  if (!hub) {
    const subscribers = new Set<Subscriber>();
    const listener = listenForNotices(url, (notice) => {
      for (const one of subscribers) {
        if (notice === null) one.onTopic(null);
        else if (notice.tenantId === one.tenantId) one.onTopic(notice.topic);
      }
    });
    hub = { subscribers, listener };
    hubs.set(url, hub);
  }
  const joined = hub;
  joined.subscribers.add(subscriber);
  return () => {
    joined.subscribers.delete(subscriber);
    if (joined.subscribers.size > 0 || hubs.get(url) !== joined) return;
    hubs.delete(url);
    void joined.listener.close();
  };
}
