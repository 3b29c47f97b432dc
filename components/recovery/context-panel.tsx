import Link from 'next/link';
import { RiskBadge } from '#components/recovery/case-badges.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { safeText } from '#lib/model/safe-text.ts';

type Context = {
  risk: { score: number; level: 'low' | 'medium' | 'high'; reasons: readonly { fact: string; points: number }[] };
  signals: readonly { id: string; title: string; severity: string; lastAt: string }[];
  sessions: readonly {
    id: string;
    lastSeenAt: string;
    country: string | null;
    city: string | null;
    ip: string | null;
  }[];
  addresses: readonly { address: string; firstSeenAt: string; replacedAt: string | null; isFresh: boolean }[];
  siblings: readonly { id: string; number: string; identifier: string; state: string; createdAt: string }[];
};
type Notice = { occasion: string; address: string; at: string; state: string };

const occasions: Record<string, string> = {
  requested: 'of the request',
  approved: 'of the approval',
  finished: 'of the new authenticator',
};

/** What stands around a case: why it is risky or not, signals, sessions, addresses, other cases, who was told. */
export function ContextPanel({
  context,
  isRiskFrozen,
  notices,
}: {
  context: Context;
  isRiskFrozen: boolean;
  notices: readonly Notice[];
}) {
  const { risk, signals, sessions, addresses, siblings } = context;
  return (
    <>
      <section>
        <h2 className="mb-2 flex items-center gap-2 font-semibold text-lg">
          Risk <span className="tabular-nums">{risk.score}</span> of 100 <RiskBadge level={risk.level} />
        </h2>
        {isRiskFrozen ? <p className="mb-1 text-quiet text-sm">As it was when the recovery was proposed.</p> : null}
        <ul>
          {risk.reasons.map(({ fact, points }) => (
            <li key={fact} className="flex gap-3 border-line border-b py-1 text-sm">
              <span className="w-10 shrink-0 text-right tabular-nums">{points > 0 ? `+${points}` : points}</span>
              {safeText(fact)}
            </li>
          ))}
        </ul>
      </section>
      <Block title="Open signals" none="None about this person.">
        {signals.map(({ id, title, severity, lastAt }) => (
          <Row key={id} href={`/signals/${id}`} text={title} more={severity} at={lastAt} />
        ))}
      </Block>
      <Block title="Living sessions" none="None: the person is not signed in anywhere.">
        {sessions.map(({ id, city, country, ip, lastSeenAt }) => (
          <Row
            key={id}
            text={[city, country].filter(Boolean).join(', ') || 'Unknown place'}
            more={ip ?? ''}
            at={lastSeenAt}
          />
        ))}
      </Block>
      <Block title="Addresses on record" none="None is known.">
        {addresses.map(({ address, firstSeenAt, replacedAt, isFresh }) => (
          <li key={address} className="flex flex-wrap items-baseline gap-x-3 border-line border-b py-1 text-sm">
            <span className="min-w-0 grow break-all">{safeText(address)}</span>
            {isFresh ? <Badge tone="high">changed within 72 h</Badge> : null}
            {replacedAt ? <Badge>replaced</Badge> : null}
            <span className="text-quiet">
              since <RelativeTime at={firstSeenAt} />
            </span>
          </li>
        ))}
      </Block>
      <Block title="Other requests within a day" none="None from this network or for this person.">
        {siblings.map(({ id, number, identifier, state, createdAt }) => (
          <Row
            key={id}
            href={`/recovery/${id}`}
            text={`${number} ${identifier}`}
            more={state.replaceAll('_', ' ')}
            at={createdAt}
          />
        ))}
      </Block>
      <Block title="Who was told" none="Nobody yet.">
        {notices.map(({ occasion, address, at, state }) => (
          <Row
            key={`${occasion} ${address}`}
            text={`${address}, ${occasions[occasion] ?? occasion}`}
            more={state === 'shown' ? 'no mail server: not sent' : state}
            at={at}
          />
        ))}
      </Block>
    </>
  );
}

function Block({ title, none, children }: { title: string; none: string; children: React.ReactNode[] }) {
  return (
    <section>
      <h2 className="mb-1 font-semibold text-lg">{title}</h2>
      {children.length === 0 ? <p className="text-quiet text-sm">{none}</p> : <ul>{children}</ul>}
    </section>
  );
}

function Row({ href, text, more, at }: { href?: string; text: string; more: string; at: string }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 border-line border-b py-1 text-sm">
      <span className="min-w-0 grow break-words">
        {href ? (
          <Link href={href} className="text-accent underline">
            {safeText(text)}
          </Link>
        ) : (
          safeText(text)
        )}
      </span>
      <span className="text-quiet">{safeText(more)}</span>
      <span className="text-quiet">
        <RelativeTime at={at} />
      </span>
    </li>
  );
}
