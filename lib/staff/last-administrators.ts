import type { Tx } from '#lib/kernel/db/database.ts';
import { describeChain, Refusal } from '#lib/kernel/errors.ts';

/** For the `catch` of a change that takes an administrator away: the database's refusal in words; anything else as it is. */
export function requireAdministratorsLeft(error: unknown): never {
  if (/two administrators or a sealed break-glass account/.test(describeChain(error)))
    throw new Refusal(
      'conflict',
      'Two administrators with a passkey, or a sealed break-glass account, must be left. Invite another administrator or seal a ' +
        'break-glass account first. Nothing was changed.',
      { cause: error },
    );
  throw error;
}

/** Whether a tenant could still be run if one administrator were lost: what the staff page and `doctor` warn about. */
export async function administratorsLeft(tx: Tx, tenantId: string): Promise<{ able: number; sealed: boolean }> {
  const [row] = await tx.$queryRaw<{ able: number; sealed: boolean }[]>`
    SELECT gatehouse_able_administrators(${tenantId}::uuid) AS able, gatehouse_break_glass_is_sealed(${tenantId}::uuid) AS sealed`;
  return row ?? { able: 0, sealed: false };
}
