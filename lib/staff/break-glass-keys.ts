import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import { z } from 'zod';
import type { Actor } from '#lib/kernel/actor.ts';
import { defineCommand, execute, requirePermission, requireStepUp } from '#lib/kernel/command.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId } from '#lib/kernel/ids.ts';
import type { DeskSession } from '#lib/staff/desk-sessions.ts';
import { type NewPasskey, registrationOptions, verifyRegistration } from '#lib/staff/new-passkey.ts';
import { queueForEverybody } from '#lib/staff/notify-everybody.ts';

type Current = { actor: Actor; session: DeskSession };
const keysMax = 5;

/** A hardware key of the sealed account, as a page shows it; without `admittedBy` it waits for a second person and opens nothing. */
export type BreakGlassKey = {
  id: string;
  name: string;
  addedBy: string;
  addedById: string;
  addedAt: string;
  admittedBy: string | null;
  lastUsedAt: string | null;
};

/** The account's keys, oldest first. */
export async function listBreakGlassKeys(tx: Tx, tenantId: string): Promise<BreakGlassKey[]> {
  const keys = await tx.breakGlassKey.findMany({ where: { tenantId }, orderBy: { id: 'asc' }, take: keysMax });
  return keys.map(({ id, name, addedBy, addedById, addedAt, admittedBy, lastUsedAt }) => ({
    ...{ id, name, addedBy, addedById, admittedBy },
    addedAt: addedAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  }));
}

/** Options for a key of the sealed account, made on a key that is carried about. @throws Refusal `forbidden`, `step_up_required`, `conflict` */
export async function breakGlassKeyOptions(
  database: Database,
  { actor, session }: Current,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const subject = await accountToGive(database, actor);
  return registrationOptions(database, {
    purpose: 'break-glass-key',
    boundTo: session.id,
    subject,
    operatorId: subject,
    email: 'Break-glass account',
    displayName: 'Break-glass account',
    roaming: true,
  });
}

/**
 * Gives the sealed account a hardware key. It opens nothing before a second person admits it. A passkey that may be copied to
 * other devices (backup-eligible; Web Authentication Level 3, section 6.1.3) is refused. @throws Refusal `invalid_input`, `conflict`
 */
export async function giveBreakGlassKey(
  database: Database,
  { actor, session }: Current,
  input: { name: string; response: unknown },
): Promise<{ id: string }> {
  const passkey = await verifyRegistration(database, {
    purpose: 'break-glass-key',
    boundTo: session.id,
    subject: await accountToGive(database, actor),
    response: input.response,
  });
  if (!passkey)
    throw new Refusal('invalid_input', 'The key did not make a passkey that fits. Try again. Nothing was added.');
  return execute(database, keepKey, actor, { name: input.name, passkey });
}

const keepKey = defineCommand({
  action: 'break_glass_key_given',
  permission: 'staff:manage',
  stepUp: true,
  input: z.strictObject({ name: z.string().trim().min(2).max(100), passkey: z.custom<NewPasskey>() }),
  async run({ tx, actor, input: { name, passkey } }) {
    if (passkey.deviceType !== 'singleDevice')
      throw new Refusal(
        'conflict',
        'This passkey can be copied to other devices, so it may lie in somebody’s cloud. Use a hardware key. Nothing was added.',
      );
    await tx.$executeRaw`SELECT 1 FROM break_glass_accounts WHERE tenant_id = ${actor.tenantId}::uuid FOR UPDATE`;
    const there = await tx.breakGlassKey.findMany({
      where: { tenantId: actor.tenantId },
      select: { credentialId: true },
    });
    if (there.length >= keysMax)
      throw new Refusal('conflict', `${keysMax} keys are the most. Remove one first. Nothing was added.`);
    if (there.some(({ credentialId }) => Buffer.compare(credentialId, passkey.credentialId) === 0))
      throw new Refusal('conflict', 'The account has this key already. Nothing was added.');
    const id = newId();
    const { credentialId, publicKey, counter, transports, deviceType, aaguid } = passkey;
    await tx.breakGlassKey.create({
      data: {
        ...{ tenantId: actor.tenantId, id, name, credentialId, publicKey, transports, deviceType, aaguid },
        counter: BigInt(counter),
        addedBy: actor.label,
        addedById: actor.id,
      },
    });
    await queueForEverybody(tx, actor.tenantId, {
      subject: 'A hardware key was given to the break-glass account',
      text: `${actor.label} gave the break-glass account the hardware key "${name}". It opens nothing before another administrator admits it.`,
    });
    return { result: { id }, audit: { target: { type: 'break_glass_key', id }, detail: { name, aaguid } } };
  },
});

/** Admits a key that somebody else gave; from now on it opens the account while that is sealed. @throws Refusal `not_found`, `conflict`, `forbidden` */
export const admitBreakGlassKey = defineCommand({
  action: 'break_glass_key_admitted',
  permission: 'staff:manage',
  stepUp: true,
  input: z.strictObject({ keyId: z.uuid() }),
  async run({ tx, actor, input: { keyId } }) {
    await requirePerson(tx, actor);
    const [key] = await tx.$queryRaw<{ name: string; addedBy: string; waits: boolean; own: boolean }[]>`
      SELECT name, added_by AS "addedBy", admitted_at IS NULL AS waits, gatehouse_same_person(added_by_id, ${actor.id}::uuid) AS own
      FROM break_glass_keys WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${keyId}::uuid FOR UPDATE`;
    if (!key) throw new Refusal('not_found', 'There is no such key any more. Nothing was changed.');
    if (!key.waits) throw new Refusal('conflict', 'This key is admitted already. Nothing was changed.');
    if (key.own)
      throw new Refusal(
        'forbidden',
        'You gave this key yourself; another administrator admits it. Nothing was changed.',
      );
    await tx.$executeRaw`
      UPDATE break_glass_keys SET admitted_at = clock_timestamp(), admitted_by = ${actor.label}, admitted_by_id = ${actor.id}::uuid
      WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${keyId}::uuid AND admitted_at IS NULL`;
    await queueForEverybody(tx, actor.tenantId, {
      subject: 'A hardware key of the break-glass account was admitted',
      text: `${actor.label} admitted the hardware key "${key.name}", which ${key.addedBy} gave to the break-glass account. Whoever holds it, and knows its PIN, can open the account for an hour; everybody would be told.`,
    });
    return {
      result: { name: key.name },
      audit: { target: { type: 'break_glass_key', id: keyId }, detail: { name: key.name, given_by: key.addedBy } },
    };
  },
});

/** Takes a key away; it opens nothing any more. The halves stay. @throws Refusal `not_found` */
export const removeBreakGlassKey = defineCommand({
  action: 'break_glass_key_removed',
  permission: 'staff:manage',
  stepUp: true,
  input: z.strictObject({ keyId: z.uuid() }),
  async run({ tx, actor, input: { keyId } }) {
    const [gone] = await tx.$queryRaw<{ name: string }[]>`
      DELETE FROM break_glass_keys WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${keyId}::uuid RETURNING name`;
    if (!gone) throw new Refusal('not_found', 'There is no such key any more. Nothing was changed.');
    await queueForEverybody(tx, actor.tenantId, {
      subject: 'A hardware key of the break-glass account was removed',
      text: `${actor.label} removed the hardware key "${gone.name}" from the break-glass account. It opens nothing any more.`,
    });
    return { result: {}, audit: { target: { type: 'break_glass_key', id: keyId }, detail: { name: gone.name } } };
  },
});

async function accountToGive(database: Database, actor: Actor): Promise<string> {
  await requirePermission(database, actor, 'staff:manage', 'break_glass_key_given');
  await requireStepUp(database, actor, 'break_glass_key_given');
  return database.inTenant(actor.tenantId, (tx) => requirePerson(tx, actor));
}

/** The sealed account's operator; it gives itself nothing, whoever has opened it. */
async function requirePerson(tx: Tx, actor: Actor): Promise<string> {
  const account = await tx.breakGlassAccount.findUnique({ where: { tenantId: actor.tenantId } });
  if (!account) throw new Refusal('conflict', 'Seal a break-glass account first; then it can be given keys.');
  if (account.operatorId === actor.id)
    throw new Refusal('forbidden', 'The break-glass account gives itself no keys. Sign in as yourself.');
  return account.operatorId;
}
