import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { CaseActs } from '#app/(desk)/recovery/[id]/case-acts.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Watch } from '#components/desk/watch.tsx';
import { RiskBadge, StateBadge } from '#components/recovery/case-badges.tsx';
import { ContextPanel } from '#components/recovery/context-panel.tsx';
import { PathsPanel } from '#components/recovery/paths-panel.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { Countdown } from '#components/ui/countdown.tsx';
import { exactTime } from '#components/ui/exact-time.ts';
import { Facts } from '#components/ui/facts.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { durationWords } from '#lib/model/duration.ts';
import { recoveryStateWords } from '#lib/model/recovery.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { caseView } from '#lib/recovery/case-view.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Recovery case' };

export default async function CasePage({ params }: PageProps<'/recovery/[id]'>) {
  const { id } = await params;
  const { actor } = await requireOperator('recovery:read', `/recovery/${id}`);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  const shown = await readingAs(actor)
    .inTenant(actor.tenantId, (tx) => caseView(tx, actor.tenantId, id))
    .catch((error: unknown) =>
      error instanceof Refusal && error.code === 'not_found' ? notFound() : Promise.reject(error),
    );
  const { person, context } = shown;
  const complete = shown.paths.some((path) => path.complete);
  const mayReview = actor.permissions.has('recovery:review') && shown.state === 'open';
  return (
    <>
      <PageHeader
        title={`${shown.number} ${person ? safeText(person.name) : 'nobody found'}`}
        counted={<StateBadge state={shown.state} />}
      >
        <RiskBadge level={context.risk.level} />
        {shown.proposalId && shown.state !== 'open' ? (
          <Link href={`/proposals/${shown.proposalId}`} className={buttonClass('primary')}>
            See the proposal
          </Link>
        ) : null}
      </PageHeader>
      <p className="mb-4 text-quiet">
        {recoveryStateWords[shown.state].sentence}
        {shown.closedReason ? ` ${safeText(shown.closedReason)}.` : ''}
      </p>
      {shown.problem ? (
        <p role="alert" className="mb-4 text-critical">
          It could not go on, and is tried again: {safeText(shown.problem)}
        </p>
      ) : null}
      {shown.state === 'waiting' && shown.releaseAt ? (
        <p className="mb-4">
          The person can fetch the code in{' '}
          <strong className="text-lg">
            <Countdown until={shown.releaseAt} over="this moment" />
          </strong>
          .
        </p>
      ) : null}
      {shown.closedReason === null ? (
        <Watch
          url={`/api/v1/recovery-cases/${shown.id}`}
          shown={{
            state: shown.state,
            proofs: shown.proofs,
            steps: shown.steps,
            notices: shown.notices,
            problem: shown.problem,
          }}
          everySeconds={3}
        />
      ) : null}
      <div className="grid gap-6 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          <PathsPanel paths={shown.paths} proofs={shown.proofs} />
          {mayReview && person ? (
            <CaseActs
              caseId={shown.id}
              offers={shown.offers}
              addresses={context.addresses
                .filter(({ replacedAt, isFresh }) => !replacedAt && !isFresh)
                .map(({ address }) => address)}
              complete={complete && shown.canRecover}
              missing={
                shown.canRecover
                  ? 'Nothing can be approved until one of the three paths is complete.'
                  : 'The provider of this person cannot be asked for a binding code. Recover them there.'
              }
              secondPerson={context.facts.privileged || context.risk.level === 'high'}
              waiting={durationWords(shown.waitingMinutes * 60)}
            />
          ) : null}
          {mayReview && !person ? (
            <CaseActs
              caseId={shown.id}
              offers={[]}
              addresses={[]}
              complete={false}
              missing="Nobody is known by what was typed. Reject it, or let it expire."
              secondPerson={false}
              waiting=""
            />
          ) : null}
          <section>
            <h2 className="mb-2 font-semibold text-lg">What happened</h2>
            <ol>
              {shown.steps.map(({ seq, at, who, what }) => (
                <li
                  key={seq}
                  className="grid gap-x-3 border-line border-b py-1.5 text-sm sm:grid-cols-[12rem_minmax(0,1fr)]"
                >
                  <span className="whitespace-nowrap font-mono text-quiet text-xs">{exactTime(at)}</span>
                  <span className="min-w-0 break-words">
                    <span className="font-medium">{safeText(who)}</span>: {safeText(what)}
                  </span>
                </li>
              ))}
            </ol>
          </section>
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <section>
            <h2 className="mb-2 font-semibold text-lg">Asked</h2>
            <Facts
              facts={[
                { label: 'Typed', value: safeText(shown.identifier) },
                { label: 'Says', value: shown.story ? safeText(shown.story) : 'nothing' },
                { label: 'From', value: shown.ip ?? 'unknown address' },
                { label: 'With', value: safeText(shown.userAgent ?? 'unknown') },
                { label: 'When', value: <RelativeTime at={shown.createdAt} /> },
                {
                  label: 'Person',
                  value: person ? (
                    <Link className="text-accent underline" href={`/people/${person.id}`}>
                      {safeText(person.name)}
                    </Link>
                  ) : (
                    'nobody found'
                  ),
                },
                { label: 'Provider', value: shown.provider ?? 'not connected' },
              ]}
            />
          </section>
          <ContextPanel context={context} isRiskFrozen={shown.isRiskFrozen} notices={shown.notices} />
        </div>
      </div>
    </>
  );
}
