import { type EventListRow, listEvents } from '#lib/events/list-events.ts';
import { findSession, type SessionRow } from '#lib/events/list-sessions.ts';
import { type OutlivedSignOut, outlivedSignOut } from '#lib/events/read-sign-outs.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { revocationOfSession, type SessionRevocation } from '#lib/revocation/revocation-of-session.ts';

export type SessionReading = {
  session: SessionRow & { userAgent: string | null; region: string | null };
  clients: { client: string; firstSeenAt: string; lastSeenAt: string }[];
  events: EventListRow[];
  eventsTotal: number;
  revocation: SessionRevocation | null;
  /** The person was signed out everywhere, and this session goes on. */
  outlived: OutlivedSignOut | null;
};

/** One session with its applications, latest events and the ledger of its latest revocation; `null` when it is not there. */
export async function readSession(tx: Tx, tenantId: string, id: string): Promise<SessionReading | null> {
  const session = await findSession(tx, tenantId, id);
  if (!session) return null;
  const clients = await tx.sessionClient.findMany({
    where: { tenantId, sessionId: id },
    orderBy: { lastSeenAt: 'desc' },
    take: 50,
  });
  const events = await listEvents(tx, tenantId, {
    conditions: [{ field: 'session', op: 'is', value: [id] }],
    cursor: null,
    limit: 20,
  });
  return {
    session,
    clients: clients.map(({ client, firstSeenAt, lastSeenAt }) => ({
      client,
      firstSeenAt: firstSeenAt.toISOString(),
      lastSeenAt: lastSeenAt.toISOString(),
    })),
    events: events.rows,
    eventsTotal: events.total,
    revocation: await revocationOfSession(tx, tenantId, id),
    outlived: await outlivedSignOut(tx, tenantId, id),
  };
}
