import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';

/**
 * Whoever is the person of a case, or attested it, through whichever of their accounts, does not work on it (the database holds it
 * too). @throws Refusal `forbidden`
 */
export async function refusePartInCase(tx: Tx, tenantId: string, caseId: string, operatorId: string): Promise<void> {
  const [row] = await tx.$queryRaw<{ part: 'person' | 'attester' | null }[]>`
    SELECT gatehouse_part_in_recovery(${tenantId}::uuid, ${caseId}::uuid, ${operatorId}::uuid) AS part`;
  if (row?.part === 'person')
    throw new Refusal('forbidden', 'This case is about yourself. Somebody else has to handle it.');
  if (row?.part === 'attester')
    throw new Refusal(
      'forbidden',
      'You attested this case, with this account or another one of yours. Somebody else has to handle it.',
    );
}
