import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { closeEnrolment, requireEnoughLeft } from '#lib/staff/authenticators/enrolment-minimum.ts';
import { tellOfChange } from '#lib/staff/authenticators/tell-operator.ts';
import { hashPassword } from '#lib/staff/password/hash-password.ts';
import { judgePassword } from '#lib/staff/password/judge-password.ts';
import { beginTotp, confirmTotp } from '#lib/staff/totp.ts';

/** Sets or changes the operator's own password. It signs nobody in without a code. @throws Refusal `invalid_input` with what is wrong */
export const setPassword = defineCommand({
  action: 'authn_password_change',
  permission: 'operator',
  stepUp: true,
  input: z.strictObject({ password: z.string().max(2_000) }),
  async run({ tx, actor, input: { password } }) {
    const operator = await tx.operator.findUniqueOrThrow({ where: { id: actor.id } });
    const problem = judgePassword(password, [operator.email, operator.displayName]);
    if (problem)
      throw new Refusal('invalid_input', `${problem} Nothing was changed.`, {
        problems: [{ path: 'password', message: problem }],
      });
    const hash = await hashPassword(password);
    await tx.$executeRaw`
      INSERT INTO operator_passwords (operator_id, hash, changed_at) VALUES (${actor.id}::uuid, ${hash}, clock_timestamp())
      ON CONFLICT (operator_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`;
    await closeEnrolment(tx, actor.id);
    await tellOfChange(tx, actor, { kind: 'password_changed', what: 'the password was set or changed' });
    return { result: {}, audit: { target: { type: 'operator', id: actor.id } } };
  },
});

/** Begins a code generator: its secret, shown once. It serves after `confirmCodeGenerator`. */
export const beginCodeGenerator = defineCommand({
  action: 'user_authenticator_begun',
  permission: 'operator',
  stepUp: true,
  input: z.strictObject({}),
  async run({ tx, actor }) {
    const operator = await tx.operator.findUniqueOrThrow({ where: { id: actor.id } });
    const made = await beginTotp(tx, operator);
    return { result: made, audit: { target: { type: 'operator', id: actor.id }, detail: { kind: 'totp' } } };
  },
});

/** Puts the code generator in use, shown by one of its codes. @throws Refusal `invalid_input` */
export const confirmCodeGenerator = defineCommand({
  action: 'user_authenticator_added',
  permission: 'operator',
  stepUp: true,
  input: z.strictObject({
    code: z
      .string()
      .trim()
      .regex(/^\d{6}$/, 'Six digits, as your app shows them.'),
  }),
  async run({ tx, actor, input: { code } }) {
    if (!(await confirmTotp(tx, actor.id, code)))
      throw new Refusal(
        'invalid_input',
        'This code does not fit. Check that the clock of your device is right, and give the code it shows now. Nothing was changed.',
      );
    const completed = await closeEnrolment(tx, actor.id);
    await tellOfChange(tx, actor, { kind: 'factor_added', what: 'a code generator was set up' });
    return {
      result: { completed },
      audit: { target: { type: 'operator', id: actor.id }, detail: { kind: 'totp', enrolment_completed: completed } },
    };
  },
});

/** Takes password and code generator away; then this way in is closed. @throws Refusal `not_found`, `conflict` */
export const removePassword = defineCommand({
  action: 'user_authenticator_removed',
  permission: 'operator',
  stepUp: true,
  input: z.strictObject({}),
  async run({ tx, actor }) {
    const { count } = await tx.operatorPassword.deleteMany({ where: { operatorId: actor.id } });
    const totp = await tx.operatorTotp.deleteMany({ where: { operatorId: actor.id } });
    if (count + totp.count === 0) throw new Refusal('not_found', 'There is neither a password nor a code generator.');
    await requireEnoughLeft(tx, actor.id);
    await tellOfChange(tx, actor, { kind: 'factor_removed', what: 'the password and the code generator were removed' });
    return {
      result: {},
      audit: { target: { type: 'operator', id: actor.id }, detail: { kind: 'password and totp' } },
    };
  },
});
