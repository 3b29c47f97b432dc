import type { Tx } from '#lib/kernel/db/database.ts';
import { newId } from '#lib/kernel/ids.ts';

/** What a notice is about; the desk shows and counts by it. */
export const noticeKinds = [
  'authenticators',
  'sign-in',
  'sessions',
  'access',
  'recovery',
  'break-glass',
  'invitation',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

export type NewNotice = {
  tenantId: string;
  /** The address it goes to. */
  to: string;
  subject: string;
  /** Plain text: what happened, what was not affected, what to do when it was not you. Never a password, key or session. */
  text: string;
  kind: NoticeKind;
  /** The operator whom it concerns: they see it in the desk too. */
  operatorId?: string | null;
};

/**
 * Writes a notice in the caller's transaction (one of this tenant): it exists exactly when the change it tells of does. The worker
 * sends it by SMTP where that is configured; else it is there to be read in the desk. @returns its id
 */
export async function queueNotice(tx: Tx, notice: NewNotice): Promise<string> {
  const id = newId();
  await tx.$executeRaw`
    INSERT INTO notices (tenant_id, id, kind, operator_id, address, subject, body, created_at, next_attempt_at)
    SELECT ${notice.tenantId}::uuid, ${id}::uuid, ${notice.kind}, ${notice.operatorId ?? null}::uuid, ${notice.to}, ${oneLine(notice.subject)}, ${notice.text}, at, at
    FROM (SELECT clock_timestamp() AS at) AS clock`;
  return id;
}

/** Writes the notice once for every address of an operator: the one they sign in with, the others, and `also` (one just removed). */
export async function notifyOperator(
  tx: Tx,
  notice: Omit<NewNotice, 'to'> & { operatorId: string; also?: readonly string[] },
): Promise<void> {
  const operator = await tx.operator.findUnique({
    where: { id: notice.operatorId },
    select: { email: true, notificationAddresses: true },
  });
  if (!operator) return;
  const addresses = new Set([operator.email, ...operator.notificationAddresses, ...(notice.also ?? [])]);
  for (const to of addresses) await queueNotice(tx, { ...notice, to });
}

/** Writes the notice to every administrator of the tenant: for what concerns the desk as a whole. */
export async function notifyAdministrators(tx: Tx, notice: Omit<NewNotice, 'to' | 'operatorId'>): Promise<void> {
  const administrators = await tx.operatorRole.findMany({
    where: { tenantId: notice.tenantId, role: 'administrator', operator: { disabledAt: null } },
    select: { operatorId: true },
    take: 200,
  });
  for (const { operatorId } of administrators) await notifyOperator(tx, { ...notice, operatorId });
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 200);
}
