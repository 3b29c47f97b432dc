import { z } from 'zod';
import type { Actor } from '#lib/kernel/actor.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newSecret, sha256, stableId } from '#lib/kernel/ids.ts';
import { type BreakGlassKey, listBreakGlassKeys } from '#lib/staff/break-glass-keys.ts';
import { requireAdministratorsLeft } from '#lib/staff/last-administrators.ts';
import { queueForEverybody } from '#lib/staff/notify-everybody.ts';

/** How long the account stays open. Nothing prolongs it; it is sealed anew afterwards. */
export const breakGlassMinutes = 60;

const holder = z.string().trim().min(2, 'Name the person.').max(100);

/** What is known of the account, never the halves. */
export type BreakGlass = {
  state: 'none' | 'sealed' | 'open' | 'used';
  holders: string[];
  sealedAt: string | null;
  sealedBy: string | null;
  openedUntil: string | null;
  reason: string | null;
  openedWith: string | null;
  keys: BreakGlassKey[];
};

/**
 * Seals the tenant's break-glass account, or seals it anew: two halves of a code, 256 bits each, returned once, for two different
 * people; the desk keeps their hashes. Earlier halves stop working, an open session of the account ends; its hardware keys serve again.
 */
export const sealBreakGlass = defineCommand({
  action: 'break_glass_sealed',
  permission: 'staff:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z
    .strictObject({ firstHolder: holder, secondHolder: holder })
    .refine(({ firstHolder, secondHolder }) => firstHolder.toLowerCase() !== secondHolder.toLowerCase(), {
      path: ['secondHolder'],
      message: 'The halves belong to two different people.',
    }),
  async run({ tx, actor, input }) {
    const operatorId = await accountOf(tx, actor.tenantId);
    const halves = [newSecret(), newSecret()] as const;
    const [first, second] = halves.map((half) => new Uint8Array(sha256(half)));
    const holders = [input.firstHolder, input.secondHolder];
    await tx.$executeRaw`
      INSERT INTO break_glass_accounts (tenant_id, operator_id, state, first_half, second_half, holders, sealed_at, sealed_by)
      VALUES (${actor.tenantId}::uuid, ${operatorId}::uuid, 'sealed', ${first}, ${second}, ${holders}::text[], clock_timestamp(), ${actor.label})
      ON CONFLICT (tenant_id) DO UPDATE SET state = 'sealed', first_half = excluded.first_half, second_half = excluded.second_half,
        holders = excluded.holders, sealed_at = excluded.sealed_at, sealed_by = excluded.sealed_by, opened_at = NULL, opened_until = NULL, reason = NULL, opened_with = NULL`;
    await close(tx, actor.tenantId, operatorId, 'the break-glass account was sealed anew');
    await queueForEverybody(tx, actor.tenantId, {
      subject: 'The break-glass account was sealed',
      text: `${actor.label} sealed the break-glass account. Its halves are held by ${holders.join(' and ')}. Halves made before do not work any more.`,
    });
    return {
      result: { halves: [...halves], holders },
      audit: { target: { type: 'operator', id: operatorId }, detail: { holders } },
    };
  },
});

/** Takes the account away. @throws Refusal `not_found`; `conflict` when it is the last way in */
export const removeBreakGlass = defineCommand({
  action: 'break_glass_removed',
  permission: 'staff:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({}),
  async run({ tx, actor }) {
    const account = await tx.breakGlassAccount.findUnique({ where: { tenantId: actor.tenantId } });
    if (!account) throw new Refusal('not_found', 'There is no break-glass account.');
    await close(tx, actor.tenantId, account.operatorId, 'the break-glass account was removed');
    await tx.breakGlassAccount.deleteMany({ where: { tenantId: actor.tenantId } }).catch(requireAdministratorsLeft);
    return { result: {}, audit: { target: { type: 'operator', id: account.operatorId }, detail: {} } };
  },
});

/** The account as a page shows it. */
export async function readBreakGlass(tx: Tx, tenantId: string): Promise<BreakGlass> {
  const [row] = await tx.$queryRaw<
    {
      state: BreakGlass['state'];
      holders: string[];
      sealedAt: Date;
      sealedBy: string;
      openedUntil: Date | null;
      reason: string | null;
      openedWith: string | null;
    }[]
  >`
    SELECT CASE WHEN state = 'sealed' THEN 'sealed' WHEN opened_until > clock_timestamp() THEN 'open' ELSE 'used' END AS state,
      holders, sealed_at AS "sealedAt", sealed_by AS "sealedBy", opened_until AS "openedUntil", reason, opened_with AS "openedWith"
    FROM break_glass_accounts WHERE tenant_id = ${tenantId}::uuid`;
  const none = { sealedAt: null, sealedBy: null, openedUntil: null, reason: null, openedWith: null };
  if (!row) return { state: 'none', holders: [], ...none, keys: [] };
  const keys = await listBreakGlassKeys(tx, tenantId);
  return { ...row, sealedAt: row.sealedAt.toISOString(), openedUntil: row.openedUntil?.toISOString() ?? null, keys };
}

/** The operator behind the account: made once, without any authenticator, so that it can sign in no other way. */
async function accountOf(tx: Tx, tenantId: string): Promise<string> {
  const id = stableId('break-glass', tenantId);
  await tx.operator.upsert({
    where: { id },
    create: { id, email: `break-glass-${tenantId}@invalid`, displayName: 'Break-glass account' },
    update: {},
  });
  return id;
}

async function close(tx: Tx, tenantId: string, operatorId: string, reason: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE operator_sessions SET ended_at = clock_timestamp(), end_reason = ${reason}
    WHERE operator_id = ${operatorId}::uuid AND tenant_id = ${tenantId}::uuid AND ended_at IS NULL`;
  await tx.operatorRole.deleteMany({ where: { tenantId, operatorId } });
}

/** The account as an actor, for the audit. */
export function breakGlassActor(tenantId: string, operatorId: string, ip: string | null): Actor {
  return {
    type: 'operator',
    id: operatorId,
    label: 'Break-glass account',
    tenantId,
    permissions: new Set(),
    ip,
    requestId: null,
  };
}
