import { randomInt } from 'node:crypto';
import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { freshAddressHours } from '#lib/recovery/proof-policy.ts';
import type { ProofDefinition } from '#lib/recovery/proofs/proof-definition.ts';

/** Issued codes (NIST SP 800-63B-4 section 4.2.2.1): at least six digits; ours serve ten minutes (ASVS 6.5.5). */
const codeDigits = 8;
const codeMinutes = 10;

/** A code to an address that has been on record for longer than three days. Kept as a hash; gone from here once it is sent. */
export const addressCode: ProofDefinition = {
  kind: 'address-code',
  name: 'Code to an address on record',
  explanation: 'A code goes to the address; the person enters it on their case page. You never see it.',
  triesMax: 5,
  async unavailable(tx, { of }) {
    if (!readEnv().SMTP_URL) return 'No mail server is configured (SMTP_URL), so no code can reach anybody.';
    const usable = await tx.personAddress.count({
      where: { tenantId: of.tenantId, personId: of.personId, ...onRecord() },
    });
    return usable > 0 ? null : `No address has been on record for ${freshAddressHours} hours.`;
  },
  async ask(tx, { of, wanted }) {
    const found = await tx.personAddress.findFirst({
      where: { tenantId: of.tenantId, personId: of.personId, ...onRecord(), ...(wanted ? { address: wanted } : {}) },
      orderBy: { firstSeenAt: 'asc' },
    });
    if (!found)
      throw new Refusal(
        'conflict',
        `That address is not on record, or only since less than ${freshAddressHours} hours.`,
      );
    return {
      method: 'email',
      about: found.address,
      minutes: codeMinutes,
      askedOf: null,
      secret: String(randomInt(10 ** codeDigits)).padStart(codeDigits, '0'),
      isSent: true,
    };
  },
};

function onRecord() {
  return { replacedAt: null, firstSeenAt: { lt: new Date(Date.now() - freshAddressHours * 3_600_000) } };
}
