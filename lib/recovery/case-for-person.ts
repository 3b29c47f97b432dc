import { databaseNow } from '#lib/kernel/clock.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { readEnv } from '#lib/kernel/env.ts';
import type { ProofKind, RecoveryState } from '#lib/model/recovery.ts';
import { unwrapProofSecret } from '#lib/recovery/ask-proof.ts';
import { caseOfLink } from '#lib/recovery/case-of-link.ts';
import { loadCase, proofsOf, providerOfCase } from '#lib/recovery/load-case.ts';
import { proofs } from '#lib/recovery/proofs/registry.ts';

/** What the person who asked sees of their own case. The same for known and unknown people until the help desk asks for something. */
export type PersonalCase = {
  number: string;
  state: RecoveryState;
  proofs: { kind: ProofKind; name: string; state: string; expiresAt: string; link: string | null }[];
  releaseAt: string | null;
  canFetchCode: boolean;
};

/** The case behind a link's secret, for the person. @throws Refusal `gone` */
export async function caseForPerson(database: Database, secret: string): Promise<PersonalCase> {
  const { tenantId, id } = await caseOfLink(database, secret, 'case');
  return database.inTenant(tenantId, async (tx) => {
    const row = await loadCase(tx, tenantId, id);
    const recovery = (await providerOfCase(tx, row))?.capabilities.recovery ?? null;
    const at = await databaseNow(tx);
    const newest = new Map((await proofsOf(tx, tenantId, id)).reverse().map((proof) => [proof.kind, proof]));
    return {
      number: row.number,
      state: row.state,
      proofs: [...newest.values()].map((proof) => {
        const isOpen = proof.state === 'asked' && proof.expiresAt > at;
        const nonce =
          isOpen && proof.kind === 'remaining-authenticator' && proof.wrappedSecret
            ? unwrapProofSecret(tenantId, proof.id, proof.wrappedSecret)
            : null;
        return {
          kind: proof.kind,
          name: proofs[proof.kind].name,
          state: proof.state === 'asked' && !isOpen ? 'expired' : proof.state,
          expiresAt: proof.expiresAt.toISOString(),
          link:
            nonce && recovery
              ? recovery.proofPage({ nonce, returnTo: `${readEnv().GATEHOUSE_URL}/recover/case` })
              : null,
        };
      }),
      releaseAt: row.releaseAt?.toISOString() ?? null,
      canFetchCode: row.state === 'waiting' && row.releaseAt !== null && row.releaseAt <= at,
    };
  });
}
