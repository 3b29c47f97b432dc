import Link from 'next/link';
import { RiskBadge } from '#components/recovery/case-badges.tsx';
import { Facts } from '#components/ui/facts.tsx';
import { durationWords } from '#lib/model/duration.ts';
import type { JsonObject } from '#lib/model/event.ts';
import type { ProofKind, RiskLevel } from '#lib/model/recovery.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { proofs as proofDefinitions } from '#lib/recovery/proofs/registry.ts';

/** What the proposal of a recovery froze: what ends and when, what was proved, and what speaks against it. */
export function RecoverySummary({ summary, parameters }: { summary: JsonObject; parameters: JsonObject }) {
  const { privileged, risk, proofs, ends } = summary as unknown as Frozen;
  const { case: of, waitingMinutes } = parameters as unknown as Parameters;
  return (
    <div className="flex flex-col gap-4">
      <ol className="list-decimal pl-5">
        <li>Every known address is told at once and can say that it was not them.</li>
        <li>{durationWords(waitingMinutes * 60)} later the person alone can fetch a binding code.</li>
        <li>When the new authenticator is set up, these end: {(ends ?? []).map(safeText).join('; ')}.</li>
      </ol>
      <Facts
        facts={[
          {
            label: 'Case',
            value: (
              <Link className="text-accent underline" href={`/recovery/${of.id}`}>
                {of.number}
              </Link>
            ),
          },
          {
            label: 'Proved by',
            value: (
              <ul>
                {(proofs ?? []).map(({ id, kind, about }) => (
                  <li key={id}>
                    {proofDefinitions[kind].name} <span className="text-quiet">{safeText(about)}</span>
                  </li>
                ))}
              </ul>
            ),
          },
          { label: 'Privileged', value: privileged ? 'yes: this person can do much' : 'no' },
          {
            label: 'Risk',
            value: (
              <>
                <span className="inline-flex items-center gap-2">
                  {risk.score} of 100 <RiskBadge level={risk.level} />
                </span>
                <ul className="mt-1 list-disc pl-4">
                  {risk.reasons.map(({ fact, points }) => (
                    <li key={fact}>
                      {safeText(fact)}{' '}
                      <span className="text-quiet tabular-nums">{points > 0 ? `+${points}` : points}</span>
                    </li>
                  ))}
                </ul>
              </>
            ),
          },
        ]}
      />
    </div>
  );
}

type Frozen = {
  privileged: boolean;
  risk: { score: number; level: RiskLevel; reasons: { fact: string; points: number }[] };
  proofs?: { id: string; kind: ProofKind; about: string }[];
  ends?: string[];
};
type Parameters = { case: { id: string; number: string }; waitingMinutes: number };
