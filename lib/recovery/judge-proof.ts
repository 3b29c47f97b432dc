import { systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { databaseNow } from '#lib/kernel/clock.ts';
import { TokenRefused, verifyToken } from '#lib/kernel/crypto/json-web-token.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { httpAllowanceSchema, noAllowance } from '#lib/kernel/http/address-guard.ts';
import { OutboundCallFailed } from '#lib/kernel/http/outbound-call-failed.ts';
import { readKeySet } from '#lib/keys/read-key-set.ts';
import type { JsonObject } from '#lib/model/event.ts';
import type { ProofKind } from '#lib/model/recovery.ts';
import { proofHash } from '#lib/recovery/ask-proof.ts';
import { caseOfLink } from '#lib/recovery/case-of-link.ts';
import { noteCase } from '#lib/recovery/case-steps.ts';
import { loadCase, personOfCase, providerOfCase } from '#lib/recovery/load-case.ts';
import { proofs } from '#lib/recovery/proofs/registry.ts';

const wrongCode = 'That code is not right, was used already, or is too old. Ask the help desk for a new one.';

/**
 * The person enters a code. Judged by one conditional write, so of any number of parallel tries of the right code one passes; a
 * wrong one counts, and the fifth ends the code. The answer is the same for every reason. @throws Refusal `gone`, `forbidden`
 */
export async function enterCode(database: Database, input: { secret: string; code: string }): Promise<void> {
  const { tenantId, id } = await caseOfLink(database, input.secret, 'case');
  const code = input.code.replace(/\D/g, '');
  const passed = await database.inTenant(tenantId, async (tx) => {
    const open = await tx.recoveryProof.findFirst({
      where: { tenantId, caseId: id, kind: 'address-code', state: 'asked' },
    });
    if (!open) return false;
    const right = await passProof(tx, tenantId, { id: open.id, caseId: id, kind: 'address-code' }, code, {
      address: open.about,
    });
    if (!right) await countWrong(tx, tenantId, open.id, 'address-code');
    return right;
  });
  if (!passed) throw new Refusal('forbidden', wrongCode);
}

/**
 * The provider's assertion that the person used an authenticator there: signed by the provider's key, for this desk, this person
 * and the nonce of this very proof, five minutes old at most, and usable once. @throws Refusal `gone`, `forbidden`, `unavailable`
 */
export async function takeAssertion(database: Database, input: { secret: string; assertion: string }): Promise<void> {
  const { tenantId, id } = await caseOfLink(database, input.secret, 'case');
  const found = await database.inTenant(tenantId, async (tx) => {
    const row = await loadCase(tx, tenantId, id);
    const provider = await providerOfCase(tx, row);
    const open = await tx.recoveryProof.findFirst({
      where: { tenantId, caseId: id, kind: 'remaining-authenticator', state: 'asked' },
    });
    return provider?.capabilities.recovery && open
      ? {
          recovery: provider.capabilities.recovery,
          allowance: provider.allowance,
          open,
          of: await personOfCase(tx, row),
          at: await databaseNow(tx),
        }
      : null;
  });
  const refused = new Refusal(
    'forbidden',
    'This proof does not fit this case, or was used already. Open the link on this page again.',
  );
  if (!found) throw refused;
  const { recovery, open, of, at } = found;
  const claims = await readAssertion(
    input.assertion,
    recovery,
    httpAllowanceSchema.parse(found.allowance ?? noAllowance),
    at,
  ).catch((error: unknown) => {
    if (error instanceof TokenRefused) return null;
    if (error instanceof OutboundCallFailed)
      throw new Refusal(
        'unavailable',
        'The provider does not answer at the moment, so its proof could not be checked. Try again.',
      );
    throw error;
  });
  const nonce = typeof claims?.nonce === 'string' ? claims.nonce : '';
  const fits = claims !== null && claims.sub === of.subject;
  const passed = await database.inTenant(tenantId, async (tx) => {
    const evidence = {
      issuer: recovery.issuer,
      jti: String(claims?.jti ?? ''),
      amr: JSON.stringify(claims?.amr ?? []),
    };
    const right =
      fits &&
      (await passProof(tx, tenantId, { id: open.id, caseId: id, kind: 'remaining-authenticator' }, nonce, evidence));
    if (!right) await countWrong(tx, tenantId, open.id, 'remaining-authenticator');
    return right;
  });
  if (!passed) throw refused;
}

async function readAssertion(
  assertion: string,
  recovery: { issuer: string; jwksUri: string },
  allowance: Parameters<typeof readKeySet>[2],
  at: Date,
): Promise<JsonObject> {
  const keys = await readKeySet(recovery.jwksUri, AbortSignal.timeout(5_000), allowance);
  const verified = await verifyToken(assertion, keys, {
    issuer: recovery.issuer,
    audience: readEnv().GATEHOUSE_URL,
    typ: 'recovery-assertion+jwt',
    algorithms: ['RS256'],
    expiry: 'required',
    ageSecondsMax: 300,
    skewSeconds: 30,
    bytesMax: 8_192,
    at,
  });
  return verified.claims;
}

/** Marks a proof as passed when the secret fits, in time and not after too many tries; the first of several wins. */
export async function passProof(
  tx: Tx,
  tenantId: string,
  proof: { id: string; caseId: string; kind: ProofKind },
  secret: string | null,
  evidence: JsonObject,
): Promise<boolean> {
  const hash = secret === null ? null : new Uint8Array(proofHash(proof.id, secret));
  const passed = await tx.$executeRaw`
    UPDATE recovery_proofs p SET state = 'passed', evidence = ${JSON.stringify(evidence)}::jsonb
    WHERE p.tenant_id = ${tenantId}::uuid AND p.id = ${proof.id}::uuid AND p.state = 'asked' AND p.expires_at > clock_timestamp()
      AND p.tries < ${proofs[proof.kind].triesMax} AND p.secret_hash IS NOT DISTINCT FROM ${hash}
      AND EXISTS (SELECT 1 FROM recovery_cases c WHERE c.tenant_id = p.tenant_id AND c.id = p.case_id AND c.state = 'open')`;
  if (passed === 0) return false;
  // An attestation is the manager's answer, not the person's; whoever passes another proof is the person.
  const who = proof.kind === 'manager-attestation' ? 'Gatehouse' : 'The person';
  await noteCase(tx, tenantId, proof.caseId, who, `Passed: ${proofs[proof.kind].name}`);
  await appendAudit(tx, systemActor(tenantId, 'Recovery'), {
    action: 'recovery_proof_passed',
    outcome: 'success',
    target: { type: 'recovery_case', id: proof.caseId },
    detail: { proof: proof.id, kind: proof.kind },
  });
  return true;
}

async function countWrong(tx: Tx, tenantId: string, proofId: string, kind: ProofKind): Promise<void> {
  const most = proofs[kind].triesMax;
  const ended = await tx.$queryRaw<{ caseId: string; state: string }[]>`
    UPDATE recovery_proofs SET tries = tries + 1, state = CASE WHEN tries + 1 >= ${most} THEN 'failed' ELSE state END
    WHERE tenant_id = ${tenantId}::uuid AND id = ${proofId}::uuid AND state = 'asked' RETURNING case_id::text AS "caseId", state`;
  const [row] = ended;
  if (row?.state !== 'failed') return;
  await noteCase(tx, tenantId, row.caseId, 'Gatehouse', `Failed after ${most} wrong tries: ${proofs[kind].name}`);
  await appendAudit(tx, systemActor(tenantId, 'Recovery'), {
    action: 'recovery_proof_failed',
    outcome: 'failure',
    target: { type: 'recovery_case', id: row.caseId },
    detail: { proof: proofId, kind },
  });
}
