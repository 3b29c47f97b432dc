import { answer, json } from '#app/api/answer.ts';
import { type FilterFields, type ListQuery, readListQuery } from '#app/list-query.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import type { Page } from '#lib/kernel/db/listing.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import type { Permission } from '#lib/model/permissions.ts';
import { requireCaller } from '#lib/staff/current-operator.ts';

/** A list of the API: `{"data":[…],"next":"cursor"|null}`, with the screen's own filters and names. */
export function listRoute<Row>(
  permission: Permission,
  fields: FilterFields,
  list: (tx: Tx, tenantId: string, query: ListQuery) => Promise<Page<Row>>,
) {
  return (request: Request): Promise<Response> =>
    answer(async () => {
      const actor = await requireCaller(request, permission);
      const query = readListQuery(new URL(request.url).searchParams, fields);
      const page = await pool('desk').inTenant(actor.tenantId, (tx) => list(tx, actor.tenantId, query));
      return json({ data: page.rows, next: page.next });
    });
}
