import { Prisma, type Tx } from '#lib/kernel/db/database.ts';
import { countCap } from '#lib/kernel/db/listing.ts';
import type { RevocationScope } from '#lib/model/revocation-scope.ts';
import { type ScopeContext, scopeCondition, scopeJoins } from '#lib/revocation/scope.ts';

/** How many living sessions a scope holds at this moment, exact up to a cap: for the form, before anything is frozen. */
export async function countScope(
  tx: Tx,
  context: ScopeContext,
  scope: RevocationScope,
): Promise<{ sessions: number; isCapped: boolean }> {
  const condition = scopeCondition(context, { scope, exclude: { groups: [], people: [], sessions: [] } });
  const [counted] = await tx.$queryRaw<{ n: number }[]>(
    Prisma.sql`SELECT count(*)::int AS n FROM (SELECT 1 ${scopeJoins} WHERE ${condition} LIMIT ${countCap + 1}) AS counted`,
  );
  const n = counted?.n ?? 0;
  return { sessions: Math.min(n, countCap), isCapped: n > countCap };
}
