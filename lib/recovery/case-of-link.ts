import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { sha256 } from '#lib/kernel/ids.ts';

/** The case behind a link's secret, or its veto token. @throws Refusal `gone`, the same for every secret that is none */
export async function caseOfLink(
  database: Database,
  secret: string,
  kind: 'case' | 'veto',
): Promise<{ tenantId: string; id: string }> {
  const rows = /^[\w-]{43}$/.test(secret)
    ? await database.outsideTenants(
        (tx) => tx.$queryRaw<{ tenantId: string; id: string; isVeto: boolean }[]>`
          SELECT tenant_id::text AS "tenantId", id::text, is_veto AS "isVeto" FROM gatehouse_find_recovery_case(${new Uint8Array(sha256(secret))})`,
      )
    : [];
  const [row] = rows;
  if (!row || row.isVeto !== (kind === 'veto'))
    throw new Refusal('gone', 'This link does not lead to an open case. Nothing was changed. Ask the help desk.');
  return { tenantId: row.tenantId, id: row.id };
}
