import type { Tx } from '#lib/kernel/db/database.ts';

/** A notice as lists show it. Times are ISO 8601 UTC. */
export type NoticeRow = {
  id: string;
  kind: string;
  address: string;
  subject: string;
  body: string;
  createdAt: string;
  state: string;
  attempts: number;
  error: string | null;
};

/** The newest 100 notices: those that concern one operator, or all of the tenant (for administrators). */
export async function listNotices(
  tx: Tx,
  tenantId: string,
  by: { operatorId: string } | 'everybody',
): Promise<NoticeRow[]> {
  const rows = await tx.notice.findMany({
    where: { tenantId, ...(by === 'everybody' ? {} : { operatorId: by.operatorId }) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: 100,
    select: {
      id: true,
      kind: true,
      address: true,
      subject: true,
      body: true,
      createdAt: true,
      state: true,
      attempts: true,
      error: true,
    },
  });
  return rows.map((row) => ({
    ...row,
    // A one-time link is for its addressee alone; whoever runs the desk sees that there was one (ASVS 6.4.6).
    body:
      by === 'everybody'
        ? row.body.replace(/(https?:\/\/[^\s#]+)#\S+/g, '$1#… (only the addressee gets the rest)')
        : row.body,
    createdAt: row.createdAt.toISOString(),
  }));
}
