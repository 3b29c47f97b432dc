import type { RiskLevel } from '#lib/model/recovery.ts';

/** What is known when a case is judged. Counts and hours, nothing to look up. */
export type RiskFacts = {
  privileged: boolean;
  openSignals: number;
  highSignals: number;
  /** Sessions of the person alive right now: who is signed in seldom needs to recover. */
  liveSessions: number;
  /** Hours since an address on record changed; `null`: not within three days. */
  addressChangedHours: number | null;
  /** Hours since an authenticator was removed or added; `null`: not within three days. */
  factorChangedHours: number | null;
  /** Other cases from the same network within a day, and for other people among them. */
  casesFromNetwork: number;
  /** Earlier cases for the same person within thirty days. */
  casesOfPerson: number;
  /** True when the person signed in from the network of the request within ninety days. */
  networkKnown: boolean;
  /** True when an earlier case of the person was stopped by a veto within a year. */
  vetoedBefore: boolean;
};

export type RiskReason = { fact: string; points: number };
export type Risk = { score: number; level: RiskLevel; reasons: RiskReason[] };

/** Points that make a case medium and high. */
export const riskSteps = { medium: 25, high: 50 } as const;

/** Scores a case from 0 to 100, each point with its reason; facts that speak for the person take points away. Pure. */
export function scoreRisk(facts: RiskFacts): Risk {
  const rules: (RiskReason | null)[] = [
    facts.vetoedBefore ? { fact: 'An earlier recovery of this person was stopped: it was not them', points: 40 } : null,
    facts.highSignals > 0
      ? { fact: `Open signals of high severity about this person: ${facts.highSignals}`, points: 35 }
      : facts.openSignals > 0
        ? { fact: `Open signals about this person: ${facts.openSignals}`, points: 15 }
        : null,
    facts.addressChangedHours !== null
      ? { fact: `An address on record changed ${hoursWords(facts.addressChangedHours)} ago`, points: 30 }
      : null,
    facts.factorChangedHours !== null
      ? { fact: `An authenticator was changed ${hoursWords(facts.factorChangedHours)} ago`, points: 20 }
      : null,
    facts.casesFromNetwork >= 3
      ? { fact: `Many other requests from the same network within a day: ${facts.casesFromNetwork}`, points: 30 }
      : facts.casesFromNetwork > 0
        ? { fact: `Other requests from the same network within a day: ${facts.casesFromNetwork}`, points: 10 }
        : null,
    facts.casesOfPerson > 0
      ? { fact: `Earlier requests for this person within thirty days: ${facts.casesOfPerson}`, points: 10 }
      : null,
    facts.liveSessions > 0
      ? { fact: `The person is signed in right now; living sessions: ${facts.liveSessions}`, points: 15 }
      : null,
    facts.networkKnown
      ? { fact: 'The request came from a network the person uses', points: -10 }
      : { fact: 'The request came from a network the person has not used in ninety days', points: 10 },
    facts.privileged ? { fact: 'The person holds privileges, so harm would be greater', points: 25 } : null,
  ];
  const reasons = rules.flatMap((reason) => reason ?? []).sort((a, b) => b.points - a.points);
  const score = Math.min(
    100,
    Math.max(
      0,
      reasons.reduce((sum, { points }) => sum + points, 0),
    ),
  );
  const level = score >= riskSteps.high ? 'high' : score >= riskSteps.medium ? 'medium' : 'low';
  return { score, level, reasons };
}

function hoursWords(hours: number): string {
  return hours < 1 ? 'less than an hour' : `${Math.round(hours)} h`;
}
