import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { type Issuer, keysOf, loadIssuer } from '#lib/keys/issuers.ts';
import type { RotationPlan } from '#lib/keys/start-rotation.ts';
import { type RotationState, type RotationStep, rotationSteps } from '#lib/model/signing-key.ts';

/** One line of a rotation's timetable. `at`: when it was taken, or when it is due as things stand; `null` when neither is known. */
export type TimetableLine = {
  step: RotationStep | 'kill';
  state: 'done' | 'now' | 'waiting' | 'halted' | 'dropped';
  at: string | null;
  afterSeconds: number;
};
export type RotationView = {
  id: string;
  kind: 'rotate' | 'kill';
  state: RotationState;
  reason: string;
  haltReason: string | null;
  proposalId: string;
  issuer: Pick<Issuer, 'id' | 'name' | 'issuer' | 'kind'>;
  oldKid: string | null;
  newKid: string | null;
  createdAt: string;
  finishedAt: string | null;
  timetable: TimetableLine[];
  ledger: { seq: number; at: string; step: string; state: string; detail: string }[];
  /** True while the rotation can be taken back: our own new key has not signed, a provider's stands nowhere yet. */
  canAbandon: boolean;
};

/** One rotation as its page shows it. @throws Refusal `not_found` */
export async function rotationView(tx: Tx, tenantId: string, id: string): Promise<RotationView> {
  const row = await tx.keyRotation.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (!row) throw new Refusal('not_found', 'There is no such rotation.');
  const issuer = await loadIssuer(tx, tenantId, row.issuerId);
  const keys = await keysOf(tx, tenantId, row.issuerId);
  const steps = await tx.keyRotationStep.findMany({
    where: { tenantId, rotationId: id },
    orderBy: { seq: 'asc' },
    take: 500,
  });
  const plan = row.timetable as RotationPlan;
  const after = { publish: 0, activate: plan.activateAfter, retire: plan.retireAfter, destroy: plan.destroyAfter };
  const ended = row.state === 'done' || row.state === 'abandoned';
  const names = row.kind === 'kill' ? (['kill'] as const) : rotationSteps;
  let expected: number | null = row.createdAt.getTime();
  const timetable = names.map((step): TimetableLine => {
    const afterSeconds = step === 'kill' ? 0 : after[step];
    const done = steps.find((line) => line.step === step && line.state === 'confirmed');
    const isNext = row.nextStep === step && !ended;
    const due: number | null =
      isNext && row.nextAt ? row.nextAt.getTime() : expected === null ? null : expected + afterSeconds * 1000;
    const at = done?.at.getTime() ?? due;
    expected = at;
    const state =
      done && !isNext
        ? 'done'
        : ended
          ? 'dropped'
          : isNext && row.state === 'halted'
            ? 'halted'
            : isNext
              ? 'now'
              : 'waiting';
    // While it is halted nobody knows when the steps that are left will come.
    const isUnknown = state === 'dropped' || (row.state === 'halted' && !done);
    return { step, state, at: isUnknown || at === null ? null : new Date(at).toISOString(), afterSeconds };
  });
  const newKey = keys.find((key) => key.id === row.newKeyId);
  return {
    id,
    kind: row.kind === 'kill' ? 'kill' : 'rotate',
    state: row.state as RotationState,
    reason: row.reason,
    haltReason: row.haltReason,
    proposalId: row.proposalId,
    issuer: { id: issuer.id, name: issuer.name, issuer: issuer.issuer, kind: issuer.kind },
    oldKid: keys.find((key) => key.id === row.oldKeyId)?.kid ?? null,
    newKid: newKey?.kid ?? null,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    timetable,
    ledger: steps.map(({ seq, at, step, state, detail }) => ({ seq, at: at.toISOString(), step, state, detail })),
    canAbandon:
      row.kind === 'rotate' &&
      !ended &&
      (issuer.kind === 'own' ? !newKey || newKey.activatedAt === null : row.newKeyId === null),
  };
}

export type RotationLine = { id: string; kind: string; state: RotationState; reason: string; createdAt: string };

/** The last rotations of an issuer, newest first. */
export async function rotationsOfIssuer(tx: Tx, tenantId: string, issuerId: string): Promise<RotationLine[]> {
  const rows = await tx.keyRotation.findMany({
    where: { tenantId, issuerId },
    orderBy: { createdAt: 'desc' },
    take: 20,
  });
  return rows.map(({ id, kind, state, reason, createdAt }) => ({
    id,
    kind,
    state: state as RotationState,
    reason,
    createdAt: createdAt.toISOString(),
  }));
}

/** How many issuers wait for a person: their rotation halted, or one is due by their policy and none is open. */
export async function countIssuersWaiting(tx: Tx, { tenantId }: { tenantId: string }): Promise<number> {
  const [row] = await tx.$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM signing_issuers i LEFT JOIN key_rotations r ON r.tenant_id = i.tenant_id AND r.issuer_id = i.id AND r.state IN ('running', 'halted')
    WHERE i.tenant_id = ${tenantId}::uuid AND (r.state = 'halted' OR r.state IS NULL AND EXISTS (SELECT 1 FROM signing_keys k
      WHERE k.tenant_id = i.tenant_id AND k.issuer_id = i.id AND k.state = 'active' AND k.activated_at + make_interval(secs => i.period_seconds) <= clock_timestamp()))`;
  return row?.n ?? 0;
}
