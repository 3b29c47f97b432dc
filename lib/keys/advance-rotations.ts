import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { databaseNow } from '#lib/kernel/clock.ts';
import type { PublicKeySet } from '#lib/kernel/crypto/json-web-token.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { failpoint } from '#lib/kernel/failpoint.ts';
import { log } from '#lib/kernel/log.ts';
import { lastTokenDeath } from '#lib/keys/dependants.ts';
import { type Issuer, keysOf, loadIssuer } from '#lib/keys/issuers.ts';
import { allowedFrom, StepRefused } from '#lib/keys/lifecycle.ts';
import { type Checked, problemAfter, problemBefore } from '#lib/keys/rotation-checks.ts';
import {
  type ClaimedRotation,
  claimRotations,
  moveStep,
  RotationLost,
  releaseRotation,
  type StepName,
} from '#lib/keys/rotation-ledger.ts';
import { takeOwnStep } from '#lib/keys/take-own-step.ts';
import { type RotationStep, rotationSteps } from '#lib/model/signing-key.ts';

/** What a rotation needs of the world. */
export type RotationPorts = {
  /** The key set as relying parties get it, over the network. */
  readKeySet(issuer: Issuer, signal: AbortSignal): Promise<PublicKeySet>;
  /** Takes a step at a provider that keeps its keys itself, and records its keys as it reports them. Safe to repeat. */
  takeProviderStep(
    issuer: Issuer,
    rotation: ClaimedRotation,
    signal: AbortSignal,
  ): Promise<{ newKeyId?: string; detail: string }>;
};

export type RotationContext = { database: Database; tenantId: string; ports: RotationPorts; signal: AbortSignal };

/** Looks after which a check that still fails halts the rotation, and the seconds between them. */
const looksMax = 4;
const lookAgainSeconds = [1, 2, 5, 10] as const;

/**
 * Takes the steps of rotations that are due. Each: check → "sending" committed → step → look from outside → next. A check that
 * fails halts the rotation loudly; it goes on only when a person says so. Safe in any number of workers, and to be killed at
 * any point: the step in hand is found as far as it came. @returns how many rotations were worked on
 */
export async function advanceRotations(context: RotationContext): Promise<number> {
  const { database, tenantId } = context;
  const due = await database.inTenant(tenantId, (tx) => claimRotations(tx, tenantId, 4));
  for (const rotation of due) {
    try {
      await advance(context, rotation);
    } catch (error) {
      if (error instanceof RotationLost) log.warn({ rotation: rotation.id }, 'the rotation is another’s now');
      else if (error instanceof StepRefused) await halt(context, rotation, error.message);
      else await lookLater(context, rotation, `The step could not be taken or looked at: ${wordsOf(error)}`);
    }
  }
  return due.length;
}

async function advance(context: RotationContext, claimed: ClaimedRotation): Promise<void> {
  const { database, tenantId, ports, signal } = context;
  const issuer = await database.inTenant(tenantId, (tx) => loadIssuer(tx, tenantId, claimed.issuerId));
  let rotation = claimed;
  if (rotation.stepState === 'planned') {
    const problem = rotation.step === 'kill' ? null : problemBefore(await look(context, issuer, rotation));
    if (problem) return halt(context, rotation, problem);
    const started = rotation;
    rotation = await database.inTenant(tenantId, (tx) =>
      moveStep(tx, tenantId, started, { state: 'sending', detail: 'Checked; taking the step' }),
    );
    failpoint(`rotate.${rotation.step}.after_sending`);
  }
  if (rotation.stepState === 'sending') {
    const sending = rotation;
    if (issuer.kind === 'own') {
      rotation = await database.inTenant(tenantId, async (tx) => {
        const taken = await takeOwnStep(tx, tenantId, sending);
        const confirmed = await moveStep(tx, tenantId, sending, { state: 'confirmed', ...taken });
        failpoint(`rotate.${sending.step}.before_commit`);
        await auditStep(tx, tenantId, confirmed, issuer, taken.detail);
        return confirmed;
      });
    } else {
      const taken = await ports.takeProviderStep(issuer, sending, signal);
      failpoint(`rotate.${sending.step}.after_provider_ok`);
      rotation = await database.inTenant(tenantId, async (tx) => {
        const confirmed = await moveStep(tx, tenantId, sending, { state: 'confirmed', ...taken });
        await auditStep(tx, tenantId, confirmed, issuer, taken.detail);
        return confirmed;
      });
    }
    failpoint(`rotate.${rotation.step}.after_confirmed`);
  }
  const problem = problemAfter(await look(context, issuer, rotation));
  if (problem) return lookLater(context, rotation, problem);
  await goOn(context, issuer, rotation);
}

/** The step is proved: the next one is due when the keys, as they now are, allow it. */
async function goOn(context: RotationContext, issuer: Issuer, rotation: ClaimedRotation): Promise<void> {
  const { database, tenantId } = context;
  await database.inTenant(tenantId, async (tx) => {
    const verified = await moveStep(tx, tenantId, rotation, {
      state: 'verified',
      detail: 'Looked from outside: as it has to be',
    });
    failpoint(`rotate.${rotation.step}.before_verified_commit`);
    const next = nextStep(rotation.step);
    if (!next) {
      await releaseRotation(tx, tenantId, verified, { done: true });
      await appendAudit(tx, systemActor(tenantId, 'Gatehouse worker'), {
        action: rotation.kind === 'kill' ? 'key_kill_finished' : 'key_rotation_finished',
        outcome: 'success',
        target: { type: 'key_rotation', id: rotation.id },
        reason: rotation.reason,
        detail: { issuer: issuer.name, old_key: rotation.oldKeyId, new_key: verified.newKeyId },
      });
      return;
    }
    const keys = await keysOf(tx, tenantId, issuer.id);
    const from = allowedFrom(keys, issuer.policy, next);
    const at = from === null || !Number.isFinite(from) ? await databaseNow(tx) : new Date(from);
    await releaseRotation(tx, tenantId, verified, { next, at });
  });
  failpoint(`rotate.${rotation.step}.after_verified`);
}

function nextStep(step: StepName): RotationStep | null {
  if (step === 'kill') return null;
  return rotationSteps[rotationSteps.indexOf(step) + 1] ?? null;
}

async function look(context: RotationContext, issuer: Issuer, rotation: ClaimedRotation): Promise<Checked> {
  const { database, tenantId, ports, signal } = context;
  const keySet = await ports.readKeySet(issuer, signal);
  return database.inTenant(tenantId, async (tx) => ({
    step: rotation.step,
    keys: await keysOf(tx, tenantId, issuer.id),
    oldKeyId: rotation.oldKeyId,
    newKeyId: rotation.newKeyId,
    policy: issuer.policy,
    keySet,
    lastTokenDeath: await lastTokenDeath(tx, tenantId, rotation.oldKeyId),
    at: await databaseNow(tx),
  }));
}

async function lookLater(context: RotationContext, rotation: ClaimedRotation, problem: string): Promise<void> {
  const { database, tenantId } = context;
  if (rotation.attempts >= looksMax) return halt(context, rotation, problem);
  const again = lookAgainSeconds[rotation.attempts] ?? 10;
  await database.inTenant(tenantId, async (tx) => {
    // The step may have moved on since it was claimed; where it stands now is what is looked at again.
    const row = await tx.keyRotation.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id: rotation.id } } });
    const stepState = row.stepState as ClaimedRotation['stepState'];
    await releaseRotation(
      tx,
      tenantId,
      { ...rotation, stepState },
      { again, attempts: rotation.attempts + 1, detail: problem },
    );
  });
}

async function halt(context: RotationContext, rotation: ClaimedRotation, problem: string): Promise<void> {
  const { database, tenantId } = context;
  log.error({ rotation: rotation.id, step: rotation.step }, `a key rotation halted: ${problem}`);
  await database.inTenant(tenantId, async (tx) => {
    const row = await tx.keyRotation.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id: rotation.id } } });
    const stepState = row.stepState as ClaimedRotation['stepState'];
    await releaseRotation(tx, tenantId, { ...rotation, stepState }, { halt: problem });
    await appendAudit(tx, systemActor(tenantId, 'Gatehouse worker'), {
      action: 'key_rotation_halted',
      outcome: 'failure',
      target: { type: 'key_rotation', id: rotation.id },
      reason: rotation.reason,
      detail: { step: rotation.step, problem },
    });
  });
}

async function auditStep(
  tx: Tx,
  tenantId: string,
  rotation: ClaimedRotation,
  issuer: Issuer,
  detail: string,
): Promise<void> {
  await appendAudit(tx, systemActor(tenantId, 'Gatehouse worker'), {
    action: `key_${rotation.step}`,
    outcome: 'success',
    target: { type: 'key_rotation', id: rotation.id },
    reason: rotation.reason,
    detail: { issuer: issuer.name, old_key: rotation.oldKeyId, new_key: rotation.newKeyId, result: detail },
  });
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 300) : String(error);
}
