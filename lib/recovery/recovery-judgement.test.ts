import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { proofKinds, proofStates } from '#lib/model/recovery.ts';
import { judgePaths, type KnownProof, proofCountsHours } from '#lib/recovery/proof-policy.ts';
import { type RiskFacts, scoreRisk } from '#lib/recovery/risk.ts';

const at = Date.parse('2026-11-24T12:00:00Z');
const passed = (kind: KnownProof['kind'], hoursAgo = 1, method: string = kind): KnownProof => ({
  kind,
  method,
  state: 'passed',
  passedAt: at - hoursAgo * 3_600_000,
});
const complete = (proofs: KnownProof[]) => judgePaths(proofs, at).flatMap((path) => (path.complete ? [path.id] : []));
const nothing: RiskFacts = {
  privileged: false,
  openSignals: 0,
  highSignals: 0,
  liveSessions: 0,
  addressChangedHours: null,
  factorChangedHours: null,
  casesFromNetwork: 0,
  casesOfPerson: 0,
  networkKnown: true,
  vetoedBefore: false,
};

describe('paths', () => {
  test.each([
    ['nothing', [], []],
    ['one code alone', [passed('address-code')], []],
    ['two codes by one method', [passed('address-code', 1, 'email'), passed('address-code', 2, 'email')], []],
    [
      'two codes by two methods',
      [passed('address-code', 1, 'email'), passed('address-code', 2, 'post')],
      ['two-codes'],
    ],
    ['a code and a factor', [passed('address-code'), passed('remaining-authenticator')], ['code-and-factor']],
    ['the manager alone', [passed('manager-attestation')], []],
    ['the manager twice', [passed('manager-attestation'), passed('manager-attestation')], []],
    [
      'the manager and a factor',
      [passed('manager-attestation'), passed('remaining-authenticator')],
      ['repeated-proofing'],
    ],
    ['a code that is a day old', [passed('address-code', proofCountsHours), passed('remaining-authenticator')], []],
  ] as const)('%s', (_what, proofs, paths) => expect(complete([...proofs])).toEqual([...paths]));

  test('what did not pass counts for nothing, and more proofs never take a path away', () => {
    const proofs = fc.array(
      fc.record({
        kind: fc.constantFrom(...proofKinds),
        method: fc.constantFrom('email', 'post', 'otp'),
        state: fc.constantFrom(...proofStates),
        passedAt: fc.option(fc.integer({ min: at - 100_000_000, max: at })),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(proofs, proofs, (some, more) => {
        expect(complete(some.filter(({ state }) => state !== 'passed'))).toEqual([]);
        for (const path of complete(some)) expect(complete([...some, ...more])).toContain(path);
      }),
    );
  });
});

describe('risk', () => {
  test('says nothing of an ordinary case and names the worst first', () => {
    expect(scoreRisk(nothing)).toMatchObject({ score: 0, level: 'low' });
    const risk = scoreRisk({ ...nothing, networkKnown: false, addressChangedHours: 5, highSignals: 1 });
    expect(risk).toMatchObject({ level: 'high', score: 75 });
    expect(risk.reasons[0]?.fact).toContain('high severity');
  });

  test('no fact against a person ever lowers the score, and it stays between 0 and 100', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.nat(9), fc.nat(9), fc.boolean(), (signals, network, person, privileged) => {
        const base = { ...nothing, openSignals: signals, casesFromNetwork: network, casesOfPerson: person, privileged };
        const { score } = scoreRisk(base);
        for (const worse of [
          { vetoedBefore: true },
          { highSignals: 1 },
          { addressChangedHours: 1 },
          { factorChangedHours: 1 },
          { liveSessions: 1 },
          { networkKnown: false },
          { privileged: true },
        ])
          expect(scoreRisk({ ...base, ...worse }).score).toBeGreaterThanOrEqual(score);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
      }),
    );
  });
});
