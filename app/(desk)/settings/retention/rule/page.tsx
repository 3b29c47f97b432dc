import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { SetRule } from '#app/(desk)/settings/retention/rule/set-rule.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { Facts } from '#components/ui/facts.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { isRetentionType, readRetention, rehearseRule } from '#lib/events/read-retention.ts';
import { keepDaysMax } from '#lib/events/retention.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { countWords } from '#lib/model/count.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'A rule of retention' };

/** What a rule would take away, before anybody sets it. The address holds the rule. */
export default async function RulePage({ searchParams }: PageProps<'/settings/retention/rule'>) {
  const { actor } = await requireOperator('policies:manage', '/settings/retention');
  const { type, days } = await searchParams;
  const keepDays = Number(days);
  if (typeof type !== 'string' || !isRetentionType(type)) notFound();
  if (!Number.isInteger(keepDays) || keepDays < 1 || keepDays > keepDaysMax) notFound();
  const [{ over, oldestAt, tenantIsHeld, peopleHeld }, { rules }] = await readingAs(actor).inTenant(
    actor.tenantId,
    async (tx) => [
      await rehearseRule(tx, actor.tenantId, { eventType: type, keepDays }),
      await readRetention(tx, actor.tenantId),
    ],
  );
  const now = rules.find(({ eventType }) => eventType === type);
  const others = rules.find(({ eventType }) => eventType === '*');
  const daysOf = (rule: { keepDays: number }) => `${rule.keepDays.toLocaleString('en-US')} days`;
  const name = type === '*' ? 'all types without a rule of their own' : type.replaceAll('_', ' ');
  const own = rules.map(({ eventType }) => eventType).filter((one) => one !== '*');
  const since = new URLSearchParams({ to: `-${Math.min(keepDays, 9_999)}d` });
  if (type !== '*') since.set('type', type);
  else if (own.length > 0) since.set('type.not', own.join(','));
  return (
    <>
      <PageHeader title={`Keep ${name} for ${keepDays.toLocaleString('en-US')} days`} />
      <Facts
        className="mb-6 max-w-3xl"
        facts={[
          {
            label: 'Until now',
            value: now
              ? `kept ${daysOf(now)}`
              : others && type !== '*'
                ? `kept as long as all others, ${daysOf(others)}`
                : 'kept for ever',
          },
          {
            label: 'Over by this rule',
            value:
              over.n === 0 ? (
                'no event'
              ) : (
                <>
                  <Link className="text-accent underline" href={`/events?${since}`}>
                    {countWords(over, { one: 'event', many: 'events' })}
                  </Link>
                  , the oldest of <RelativeTime at={oldestAt ?? ''} />
                </>
              ),
          },
          {
            label: 'Held back',
            value: tenantIsHeld
              ? 'everything: a legal hold covers the whole tenant, so nothing goes until it is released'
              : peopleHeld > 0
                ? `what legal holds keep of ${countWords({ n: peopleHeld, isCapped: false }, { one: 'person', many: 'people' })}, and what open signals stand on`
                : 'what open signals stand on',
          },
        ]}
      />
      <p className="mb-4 max-w-3xl text-sm">
        What is over goes with the next hourly run and cannot be brought back: the events, and the people, sessions and
        devices that only they spoke of. The audit says how many went, when, and by whose rule.
      </p>
      <div className="flex flex-wrap items-center gap-3">
        <Link href="/settings/retention" className={buttonClass('quiet', '-ml-3')}>
          Back without setting it
        </Link>
        <SetRule eventType={type} keepDays={keepDays} name={name} />
      </div>
    </>
  );
}
