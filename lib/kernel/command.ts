import type { z } from 'zod';
import type { Actor } from '#lib/kernel/actor.ts';
import { type AuditFact, appendAudit } from '#lib/kernel/audit.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { isWorthRepeating, Refusal } from '#lib/kernel/errors.ts';
import type { JsonObject } from '#lib/model/event.ts';
import { type Permission, tokenScopes } from '#lib/model/permissions.ts';

/** A state change: who may do it, what it takes, what it does, what the audit says of it. */
export type Command<Input extends z.ZodType, Result> = {
  /** The audit's name for it. */
  action: string;
  /** `operator`: any signed-in operator, about themselves alone; the command takes whom it concerns from the actor, never from the input. */
  permission: Permission | 'operator';
  /** Asks an operator for a passkey proof not older than `stepUpMinutes`. Nobody else may run the command, unless `withoutPerson` names them. */
  stepUp?: true;
  withoutPerson?: readonly Exclude<Actor['type'], 'operator'>[];
  input: Input;
  run(context: {
    tx: Tx;
    actor: Actor;
    input: z.output<Input>;
  }): Promise<{ result: Result; audit: Omit<AuditFact, 'action' | 'outcome'> }>;
};

/** Declares a command; gives it its types. */
export function defineCommand<Input extends z.ZodType, Result>(
  command: Command<Input, Result>,
): Command<Input, Result> {
  return command;
}

/**
 * The one way to change anything: permission → parse → step-up → transaction → audit, the change and its audit entry in one
 * transaction. A refusal for want of permission or of a fresh passkey proof, and any `forbidden`, is audited too. A serialization failure or deadlock is repeated up to three times.
 * @throws Refusal `forbidden`, `step_up_required`, `invalid_input` or what the command itself refuses
 */
export async function execute<Input extends z.ZodType, Result>(
  database: Database,
  command: Command<Input, Result>,
  actor: Actor,
  rawInput: unknown,
): Promise<Result> {
  await requirePermission(database, actor, command.permission, command.action);
  const parsed = command.input.safeParse(rawInput);
  if (!parsed.success) {
    throw new Refusal('invalid_input', 'Some fields are not right. Nothing was changed.', {
      problems: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    });
  }
  if (command.stepUp) await requireStepUp(database, actor, command.action, command.withoutPerson);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.inTenant(actor.tenantId, async (tx) => {
        const { result, audit } = await command.run({ tx, actor, input: parsed.data });
        await appendAudit(tx, actor, { ...audit, action: command.action, outcome: 'success' });
        return result;
      });
    } catch (error) {
      if (attempt < 3 && isWorthRepeating(error)) continue;
      // What somebody may not do is on record, also where only the data shows that they may not.
      if (error instanceof Refusal && error.code === 'forbidden')
        await refused(database, actor, { attempted: command.action, why: error.message });
      throw error;
    }
  }
}

async function refused(database: Database, actor: Actor, detail: JsonObject): Promise<void> {
  await database.inTenant(actor.tenantId, (tx) =>
    appendAudit(tx, actor, { action: 'authz_fail', outcome: 'refused', detail }),
  );
}

/**
 * Passes when the actor holds the permission; else writes an `authz_fail` entry and refuses.
 * Reads call it directly, changes through `execute`.
 * @throws Refusal `forbidden`
 */
export async function requirePermission(
  database: Database,
  actor: Actor,
  permission: Permission | 'operator',
  action: string,
): Promise<void> {
  // A token whose row was widened by hand still approves and manages nothing.
  if (permission === 'operator') {
    if (actor.type === 'operator') return;
  } else if (actor.permissions.has(permission) && (actor.type !== 'token' || tokenScopes.includes(permission))) return;
  await refused(database, actor, { permission, attempted: action });
  throw new Refusal(
    'forbidden',
    `This needs the permission ${permission}, which you do not have. Ask an administrator.`,
  );
}

/** How old the last passkey proof may be when something destructive or sensitive is done (the desk's bar: 5 minutes). */
export const stepUpMinutes = 5;

/**
 * Passes when the operator proved themselves with a passkey in the last `stepUpMinutes` by the database's clock (ASVS 7.5.3).
 * Tokens and the system pass only when `withoutPerson` names them. Else the attempt is audited and refused.
 * @throws Refusal `step_up_required` for an operator, `forbidden` for anybody else
 */
export async function requireStepUp(
  database: Database,
  actor: Actor,
  action: string,
  withoutPerson: readonly Actor['type'][] = [],
): Promise<void> {
  const age = actor.passkeyProofAgeSeconds ?? null;
  if (actor.type === 'operator' ? age !== null && age <= stepUpMinutes * 60 : withoutPerson.includes(actor.type))
    return;
  await database.inTenant(actor.tenantId, (tx) =>
    appendAudit(tx, actor, { action: 'step_up_required', outcome: 'refused', detail: { attempted: action, age } }),
  );
  if (actor.type !== 'operator')
    throw new Refusal('forbidden', 'Only a person with a passkey can do this. Nothing was changed.');
  throw new Refusal(
    'step_up_required',
    'Confirm with your passkey that it is you, then this goes on. Nothing was changed.',
  );
}
