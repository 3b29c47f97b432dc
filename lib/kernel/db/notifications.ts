import pg from 'pg';

export type Notice = { tenantId: string; topic: 'events' | 'signals' | 'runs' };

/**
 * Listens for changes (NOTIFY gatehouse). Reconnects by itself; what happened meanwhile is announced as `null`, so that a listener
 * looks for itself. Notices are hints: nothing relies on none being lost.
 */
export function listenForNotices(url: string, onNotice: (notice: Notice | null) => void): { close(): Promise<void> } {
  let client: pg.Client | null = null;
  let closed = false;
  let again: NodeJS.Timeout | undefined;
  const connect = async () => {
    const next = new pg.Client({
      connectionString: url,
      application_name: 'gatehouse-notices',
      connectionTimeoutMillis: 2_000,
      keepAlive: true,
    });
    client = next;
    const retry = () => {
      if (closed || client !== next) return;
      client = null;
      again = setTimeout(() => void connect(), 500);
    };
    next.on('error', retry);
    next.on('end', retry);
    next.on('notification', ({ payload }) => {
      const [tenantId, topic] = (payload ?? '').split(' ');
      if (tenantId && topic) onNotice({ tenantId, topic: topic as Notice['topic'] });
    });
    try {
      await next.connect();
      await next.query('LISTEN gatehouse');
      onNotice(null);
    } catch {
      retry();
    }
  };
  void connect();
  return {
    async close() {
      closed = true;
      clearTimeout(again);
      await client?.end().catch(() => undefined);
    },
  };
}
