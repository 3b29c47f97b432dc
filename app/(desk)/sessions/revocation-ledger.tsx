import { Copyable } from '#components/ui/copyable.tsx';
import { exactTime } from '#components/ui/exact-time.ts';
import { Facts } from '#components/ui/facts.tsx';
import { itemStateWords } from '#lib/model/revocation.ts';
import { safeText } from '#lib/model/safe-text.ts';
import type { SessionRevocation } from '#lib/revocation/revocation-of-session.ts';

/** How a session was ended: who asked and why, and every step as the ledger wrote it before and after it was done. */
export function RevocationLedger({ revocation }: { revocation: SessionRevocation }) {
  const words = itemStateWords[revocation.state];
  return (
    <div className="flex flex-col gap-3">
      <p className={revocation.state === 'failed' ? 'text-critical text-sm' : 'text-sm'}>
        <span className="font-medium">{words.label}.</span>{' '}
        {revocation.error ? safeText(revocation.error) : words.sentence}
      </p>
      <Facts
        facts={[
          { label: 'Ordered by', value: safeText(revocation.orderedBy) },
          { label: 'Reason', value: safeText(revocation.reason) },
          {
            label: 'Digest',
            value: <Copyable text={revocation.digest} what="digest" shown={`${revocation.digest.slice(0, 16)}…`} />,
          },
        ]}
      />
      <ol className="text-sm">
        {revocation.steps.map((step) => (
          <li key={step.seq} className="border-line border-l-2 pb-2 pl-3">
            <span className="font-medium">{itemStateWords[step.state].label}</span>{' '}
            <span className="text-quiet text-xs">{exactTime(step.at)}</span>
            <span className="block text-quiet">{safeText(step.detail)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
