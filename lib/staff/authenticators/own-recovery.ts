import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import { closeEnrolment } from '#lib/staff/authenticators/enrolment-minimum.ts';
import { tellOfChange } from '#lib/staff/authenticators/tell-operator.ts';
import { recoveryCodeCount, renewRecoveryCodes } from '#lib/staff/recovery-codes.ts';

/** Makes ten new recovery codes, shown once; the old ones are dead. Completes an open enrolment. */
export const renewCodes = defineCommand({
  action: 'user_recovery_codes_renewed',
  permission: 'operator',
  stepUp: true,
  input: z.strictObject({}),
  async run({ tx, actor }) {
    const codes = await renewRecoveryCodes(tx, actor.id);
    const completed = await closeEnrolment(tx, actor.id);
    await tellOfChange(tx, actor, {
      kind: 'factor_added',
      what: 'new recovery codes were made; earlier ones are dead',
    });
    return {
      result: { codes, completed },
      audit: {
        target: { type: 'operator', id: actor.id },
        detail: { codes: recoveryCodeCount, enrolment_completed: completed },
      },
    };
  },
});

const address = z
  .string()
  .trim()
  .transform((text) => text.normalize('NFKC').toLowerCase())
  .pipe(z.email({ error: 'This is not an e-mail address.' }).max(254));

/** Sets where notices go besides the e-mail the operator signs in with. Told at the old addresses and the new ones. */
export const setNotificationAddresses = defineCommand({
  action: 'user_updated',
  permission: 'operator',
  stepUp: true,
  input: z.strictObject({ addresses: z.array(address).max(3, 'Three at most.') }),
  async run({ tx, actor, input }) {
    const operator = await tx.operator.findUniqueOrThrow({ where: { id: actor.id } });
    const addresses = [...new Set(input.addresses)].filter((each) => each !== operator.email);
    await tx.operator.update({ where: { id: actor.id }, data: { notificationAddresses: addresses } });
    await tellOfChange(tx, actor, {
      kind: 'factor_added',
      what: 'the addresses for notices were changed',
      also: operator.notificationAddresses,
    });
    return {
      result: { addresses },
      audit: {
        target: { type: 'operator', id: actor.id },
        detail: { before: operator.notificationAddresses, after: addresses },
      },
    };
  },
});
