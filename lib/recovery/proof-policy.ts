import type { ProofKind, ProofState } from '#lib/model/recovery.ts';

/** What a path of NIST SP 800-63B-4 (recovery at AAL2) asks for, as data. `gatehouse_recovery_is_proved` in the database says the same. */
export type RecoveryPath = {
  id: 'two-codes' | 'code-and-factor' | 'repeated-proofing';
  name: string;
  /** Each need is met by one passed proof of one of its kinds; no proof meets two. */
  needs: readonly { words: string; kinds: readonly ProofKind[]; otherMethodThanBefore?: true }[];
};

export const recoveryPaths: readonly RecoveryPath[] = [
  {
    id: 'code-and-factor',
    name: 'One issued code and one bound factor',
    needs: [
      { words: 'a code sent to an address on record', kinds: ['address-code'] },
      { words: 'a sign-in with an authenticator that is left', kinds: ['remaining-authenticator'] },
    ],
  },
  {
    id: 'repeated-proofing',
    name: 'Proofing again',
    needs: [
      { words: 'the manager attests who it is, by passkey', kinds: ['manager-attestation'] },
      { words: 'one more proof', kinds: ['address-code', 'remaining-authenticator'] },
    ],
  },
  {
    id: 'two-codes',
    name: 'Two issued codes by different methods',
    needs: [
      { words: 'a code by one method', kinds: ['address-code'] },
      { words: 'a code by another method', kinds: ['address-code'], otherMethodThanBefore: true },
    ],
  },
];

/** How long a passed proof counts. Hours. An issued code by e-mail may serve 24 h; nothing here serves longer. */
export const proofCountsHours = 24;
/** An address that changed this recently gets notices, but no code sent to it proves anything. Hours. */
export const freshAddressHours = 72;

/** Minutes between approval and the binding code, by risk: time for whoever it really is to say no. */
export const waitingMinutes = { low: 60, medium: 240, high: 1440 } as const;
/** How long a case may take from the request to its end. Hours. */
export const caseHours = 72;

export type KnownProof = { kind: ProofKind; method: string; state: ProofState; passedAt: number | null };
export type PathState = {
  id: RecoveryPath['id'];
  name: string;
  complete: boolean;
  needs: { words: string; met: boolean; untilMs: number | null }[];
};

/** Which paths are how far. `at` and the times in milliseconds. A proof counts for a day after it passed. Pure. */
export function judgePaths(proofs: readonly KnownProof[], at: number): PathState[] {
  return recoveryPaths.map((path) => {
    const left = proofs.filter(
      ({ state, passedAt }) => state === 'passed' && passedAt !== null && at - passedAt < proofCountsHours * 3_600_000,
    );
    const methods: string[] = [];
    const needs = path.needs.map(({ words, kinds, otherMethodThanBefore }) => {
      const index = left.findIndex(
        ({ kind, method }) => kinds.includes(kind) && !(otherMethodThanBefore && methods.includes(method)),
      );
      const [proof] = index >= 0 ? left.splice(index, 1) : [];
      if (proof) methods.push(proof.method);
      return {
        words,
        met: proof !== undefined,
        untilMs: proof?.passedAt ? proof.passedAt + proofCountsHours * 3_600_000 : null,
      };
    });
    return { id: path.id, name: path.name, complete: needs.every(({ met }) => met), needs };
  });
}
