import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import { loadKeyEncryptionKey } from '#lib/kernel/crypto/key-encryption-key.ts';
import { openSecret, sealSecret } from '#lib/kernel/crypto/secret-box.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newId, sha256 } from '#lib/kernel/ids.ts';
import { proofKinds } from '#lib/model/recovery.ts';
import { noteCase } from '#lib/recovery/case-steps.ts';
import { lockCase, personOfCase, providerOfCase } from '#lib/recovery/load-case.ts';
import { refusePartInCase } from '#lib/recovery/part-in-case.ts';
import { proofs } from '#lib/recovery/proofs/registry.ts';

const place = (tenantId: string, proofId: string) => `recovery-proof ${tenantId} ${proofId}`;

/** What is compared and kept instead of a proof's secret: bound to its proof, so equal codes have different hashes. */
export function proofHash(proofId: string, secret: string): Buffer {
  return sha256(`gatehouse-recovery-proof\n${proofId}\n${secret}`);
}

/** The secret of a proof that has still to reach the person. @throws Error when it does not open */
export function unwrapProofSecret(tenantId: string, proofId: string, wrapped: Uint8Array): string {
  return openSecret(loadKeyEncryptionKey(readEnv()).key, wrapped, place(tenantId, proofId));
}

/**
 * Asks the person (or their manager) for a proof. One of a kind is open at a time; asking again replaces it. Nothing that comes
 * back to the help desk holds a secret. @throws Refusal `not_found`, `conflict`, `forbidden`
 */
export const askProof = defineCommand({
  action: 'recovery_proof_asked',
  permission: 'recovery:review',
  input: z.strictObject({
    caseId: z.uuid(),
    kind: z.enum(proofKinds),
    wanted: z.string().trim().max(254).nullable().default(null),
  }),
  async run({ tx, actor, input }) {
    const { tenantId } = actor;
    const row = await lockCase(tx, tenantId, input.caseId);
    if (row.state !== 'open') throw new Refusal('conflict', 'This case is past its proofs. Nothing was changed.');
    const of = await personOfCase(tx, row);
    await refusePartInCase(tx, tenantId, row.id, actor.id);
    const definition = proofs[input.kind];
    const provider = (await providerOfCase(tx, row))?.capabilities.recovery ?? null;
    const cannot = await definition.unavailable(tx, { of, provider });
    if (cannot) throw new Refusal('conflict', cannot);
    const asked = await definition.ask(tx, { of, actor, wanted: input.wanted });
    const id = newId();
    await tx.$executeRaw`
      UPDATE recovery_proofs SET state = 'replaced' WHERE tenant_id = ${tenantId}::uuid AND case_id = ${row.id}::uuid AND kind = ${input.kind} AND state = 'asked'`;
    const wrapped = asked.secret
      ? new Uint8Array(sealSecret(loadKeyEncryptionKey(readEnv()).key, asked.secret, place(tenantId, id)))
      : null;
    await tx.$executeRaw`
      INSERT INTO recovery_proofs (tenant_id, id, case_id, kind, method, state, about, asked_by, asked_of, secret_hash, wrapped_secret, expires_at)
      VALUES (${tenantId}::uuid, ${id}::uuid, ${row.id}::uuid, ${input.kind}, ${asked.method}, 'asked', ${asked.about}, ${actor.id}::uuid, ${asked.askedOf}::uuid,
        ${asked.secret ? new Uint8Array(proofHash(id, asked.secret)) : null}, ${wrapped}, clock_timestamp() + make_interval(mins => ${asked.minutes}))`;
    await tx.$executeRaw`
      UPDATE recovery_cases SET reviewer_id = ${actor.id}::uuid, updated_at = clock_timestamp() WHERE tenant_id = ${tenantId}::uuid AND id = ${row.id}::uuid`;
    await noteCase(tx, tenantId, row.id, actor.label, `Asked for: ${definition.name} (${asked.about})`);
    return {
      result: { id, kind: input.kind, about: asked.about },
      audit: {
        target: { type: 'recovery_case', id: row.id },
        detail: { proof: id, kind: input.kind, about: asked.about },
      },
    };
  },
});
