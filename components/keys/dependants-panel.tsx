import { Badge } from '#components/ui/badge.tsx';
import { Countdown } from '#components/ui/countdown.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { safeText } from '#lib/model/safe-text.ts';

export type ShownDependants = {
  tokens: readonly { typ: string; audience: string; tokens: number; lastAt: string; aliveUntil: string | null }[];
  readers: readonly { reader: string; fetches: number; lastAt: string; knowsNext: boolean | null }[];
  readersTotal: number;
};

/** Who relies on a key: the tokens it signed and who reads the key set. Nothing here is a guess; what is not seen says so. */
export function DependantsPanel({
  dependants,
  of,
  hasNext,
}: {
  dependants: ShownDependants;
  of: string;
  hasNext: boolean;
}) {
  const { tokens, readers, readersTotal } = dependants;
  return (
    <section>
      <h2 className="mb-2 font-semibold text-lg">Who relies on {of}</h2>
      <h3 className="mt-2 font-medium text-quiet text-sm">Tokens signed with it</h3>
      {tokens.length === 0 ? <p className="py-1 text-sm">None, as far as Gatehouse counts them.</p> : null}
      <ul>
        {tokens.map(({ typ, audience, tokens: count, lastAt, aliveUntil }) => (
          <li key={`${typ} ${audience}`} className="flex flex-wrap gap-x-3 border-line border-b py-1.5 text-sm">
            <span className="min-w-0 grow break-all">
              <span className="tabular-nums">{count.toLocaleString('en-US')}</span> ×{' '}
              <code className="text-xs">{safeText(typ)}</code>
              {audience ? ` for ${safeText(audience)}` : ''}
            </span>
            <span className="text-quiet">
              last <RelativeTime at={lastAt} />,{' '}
              {aliveUntil ? (
                <>
                  the last one dies in <Countdown until={aliveUntil} over="no time: all are dead" />
                </>
              ) : (
                'no expiry: verified with the archived key'
              )}
            </span>
          </li>
        ))}
      </ul>
      <h3 className="mt-4 font-medium text-quiet text-sm">Readers of the key set</h3>
      {readers.length === 0 ? <p className="py-1 text-sm">Nobody has fetched it yet.</p> : null}
      <ul>
        {readers.map(({ reader, fetches, lastAt, knowsNext }) => (
          <li key={reader} className="flex flex-wrap items-baseline gap-x-3 border-line border-b py-1.5 text-sm">
            <span className="min-w-0 grow break-all">{safeText(reader)}</span>
            <span className="text-quiet">
              {fetches.toLocaleString('en-US')}×, last <RelativeTime at={lastAt} />
            </span>
            {hasNext && knowsNext !== null ? (
              <Badge tone={knowsNext ? 'good' : 'medium'}>
                {knowsNext ? 'has seen the next key' : 'not since the next key'}
              </Badge>
            ) : null}
          </li>
        ))}
      </ul>
      {readersTotal > readers.length ? (
        <p className="mt-1 text-quiet text-sm">and {(readersTotal - readers.length).toLocaleString('en-US')} more</p>
      ) : null}
    </section>
  );
}
