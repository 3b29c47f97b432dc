import { loadKeyEncryptionKey } from '#lib/kernel/crypto/key-encryption-key.ts';
import { openSecret } from '#lib/kernel/crypto/secret-box.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { durationWords } from '#lib/model/duration.ts';
import { type LoadedCase, personOfCase } from '#lib/recovery/load-case.ts';
import { vetoPlace } from '#lib/recovery/open-case.ts';
import { queueNotice } from '#lib/staff/outbox/queue-notice.ts';

export type Occasion = 'requested' | 'approved' | 'finished';

/**
 * Tells every address the person was ever known by, the replaced ones too, once an occasion (NIST SP 800-63B-4 section 4.6: all
 * notification addresses, with how to repudiate). In the caller's transaction. @returns how many were told
 */
export async function tellAddresses(tx: Tx, row: LoadedCase, occasion: Occasion): Promise<number> {
  const of = await personOfCase(tx, row);
  const addresses = await tx.personAddress.findMany({
    where: { tenantId: row.tenantId, personId: of.personId },
    orderBy: { firstSeenAt: 'asc' },
    take: 50,
  });
  const link = row.wrappedVeto
    ? `${readEnv().GATEHOUSE_URL}/recover/not-me#${openSecret(loadKeyEncryptionKey(readEnv()).key, row.wrappedVeto, vetoPlace(row.tenantId, row.id))}`
    : null;
  const { subject, text } = wordsOf(occasion, row, of.personName, link);
  let told = 0;
  for (const { address } of addresses) {
    const known = await tx.recoveryNotice.count({
      where: { tenantId: row.tenantId, caseId: row.id, occasion, address },
    });
    if (known > 0) continue;
    const noticeId = await queueNotice(tx, { tenantId: row.tenantId, to: address, kind: 'recovery', subject, text });
    await tx.recoveryNotice.create({ data: { tenantId: row.tenantId, caseId: row.id, occasion, address, noticeId } });
    told += 1;
  }
  return told;
}

function wordsOf(
  occasion: Occasion,
  row: LoadedCase,
  name: string,
  link: string | null,
): { subject: string; text: string } {
  const stop = link
    ? `If it was not you, stop it with one click; nobody has to sign in for that:\n${link}`
    : 'If it was not you, call the help desk at once.';
  switch (occasion) {
    case 'requested':
      return {
        subject: `Somebody asked for help with your sign-in (${row.number})`,
        text: `Somebody asked the help desk to give ${name} a new authenticator (${row.number}). Nothing was changed.\n\nIf it was you, there is nothing to do here.\n${stop}`,
      };
    case 'approved':
      return {
        subject: `A new authenticator was approved for you (${row.number})`,
        text: `The help desk approved a new authenticator for ${name} (${row.number}). It can be set up in ${durationWords((row.waitingMinutes ?? 0) * 60)}, and not before. Your old authenticators and sessions end with it.\n\nIf it was you, there is nothing to do here.\n${stop}`,
      };
    case 'finished':
      return {
        subject: `A new authenticator was set up for you (${row.number})`,
        text: `A new authenticator was set up for ${name} (${row.number}). All older ones were removed and every session from before was ended.\n\nIf it was not you, call the help desk at once.`,
      };
    default:
      return occasion satisfies never;
  }
}
