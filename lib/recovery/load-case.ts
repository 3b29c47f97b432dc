import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import type { ProofKind, ProofState, RecoveryState } from '#lib/model/recovery.ts';
import { capabilitiesOf } from '#lib/providers/connection.ts';
import type { Capabilities } from '#lib/providers/definition.ts';
import { findProvider } from '#lib/providers/registry.ts';
import type { KnownProof } from '#lib/recovery/proof-policy.ts';
import type { ProvedCase } from '#lib/recovery/proofs/proof-definition.ts';

/** A case's row with its state typed. @throws Refusal `not_found` */
export async function loadCase(tx: Tx, tenantId: string, id: string) {
  const row = await tx.recoveryCase.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (!row) throw new Refusal('not_found', 'There is no such recovery case.');
  return { ...row, state: row.state as RecoveryState };
}
export type LoadedCase = Awaited<ReturnType<typeof loadCase>>;

/** The same, held for this transaction so that two decisions take turns. @throws Refusal `not_found` */
export async function lockCase(tx: Tx, tenantId: string, id: string): Promise<LoadedCase> {
  await tx.$queryRaw`SELECT 1 FROM recovery_cases WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid FOR UPDATE`;
  return loadCase(tx, tenantId, id);
}

/** Whom a case is about. @throws Refusal `conflict` when nobody was found by what was typed */
export async function personOfCase(tx: Tx, row: LoadedCase): Promise<ProvedCase & { email: string | null }> {
  const person = row.personId
    ? await tx.person.findUnique({ where: { tenantId_id: { tenantId: row.tenantId, id: row.personId } } })
    : null;
  if (!person)
    throw new Refusal('conflict', 'Nobody is known by what was typed, so there is nobody to prove anything about.');
  return {
    tenantId: row.tenantId,
    id: row.id,
    number: row.number,
    personId: person.id,
    subject: person.subject,
    personName: person.displayName ?? person.email ?? person.subject,
    email: person.email,
  };
}

/** What the provider of a case's person can be asked to do, or `null`. */
export async function providerOfCase(
  tx: Tx,
  row: Pick<LoadedCase, 'tenantId' | 'providerId'>,
): Promise<{ capabilities: Capabilities; name: string; allowance: unknown } | null> {
  const provider = row.providerId
    ? await tx.provider.findUnique({ where: { tenantId_id: { tenantId: row.tenantId, id: row.providerId } } })
    : null;
  const capabilities = provider ? capabilitiesOf(findProvider(provider.kind), provider) : null;
  return provider && capabilities ? { capabilities, name: provider.name, allowance: provider.httpAllowance } : null;
}

/** The proofs of a case, newest first. */
export async function proofsOf(tx: Tx, tenantId: string, caseId: string) {
  const rows = await tx.recoveryProof.findMany({ where: { tenantId, caseId }, orderBy: { askedAt: 'desc' }, take: 50 });
  return rows.map((row) => ({ ...row, kind: row.kind as ProofKind, state: row.state as ProofState }));
}
export type StoredProof = Awaited<ReturnType<typeof proofsOf>>[number];

export function knownProof({ kind, method, state, passedAt }: StoredProof): KnownProof {
  return { kind, method, state, passedAt: passedAt?.getTime() ?? null };
}
