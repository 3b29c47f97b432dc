import { pool } from '#lib/kernel/db/pools.ts';
import { permissions } from '#lib/model/permissions.ts';
import { testOperator } from '#lib/staff/test-operator.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
const role = 'benchmark';

/** An operator who sees everything, signed in. A session belongs to one browser, so each measurement makes its own. */
export async function benchOperator(): Promise<{ name: string; value: string }> {
  const database = pool('cli');
  await database.inTenant(tenantId, (tx) =>
    tx.customRole.createMany({
      data: [
        {
          tenantId,
          name: role,
          description: 'sees everything',
          permissions: [...permissions],
          createdBy: role,
          updatedBy: role,
        },
      ],
      skipDuplicates: true,
    }),
  );
  const { cookie } = await testOperator(database, tenantId, [role]);
  const at = cookie.indexOf('=');
  return { name: cookie.slice(0, at), value: cookie.slice(at + 1) };
}
