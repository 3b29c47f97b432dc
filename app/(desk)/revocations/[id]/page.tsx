import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound, redirect } from 'next/navigation';
import { TargetsPreview } from '#app/(desk)/proposals/[id]/targets-preview.tsx';
import { WatchProposal } from '#app/(desk)/proposals/watch-proposal.tsx';
import { RehearsalWarnings } from '#app/(desk)/revocations/[id]/rehearsal-warnings.tsx';
import { RevocationSummaryView } from '#app/(desk)/revocations/revocation-summary.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Section } from '#components/desk/section.tsx';
import { Figure } from '#components/operations/figure.tsx';
import { StepTrail } from '#components/operations/step-trail.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { Facts } from '#components/ui/facts.tsx';
import { readProposal } from '#lib/approvals/read-proposal.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { type RevocationSummary, sessionGroupWords } from '#lib/model/revocation-scope.ts';
import { safeText } from '#lib/model/safe-text.ts';
import type { RevocationParameters } from '#lib/revocation/scope.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Rehearsal' };

export default async function RehearsalPage({ params }: PageProps<'/revocations/[id]'>) {
  const { id } = await params;
  const { actor } = await requireOperator('revocations:propose', `/revocations/${id}`);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  const proposal = await readingAs(actor)
    .inTenant(actor.tenantId, (tx) => readProposal(tx, actor, id))
    .catch((error: unknown) =>
      error instanceof Refusal && error.code === 'not_found' ? notFound() : Promise.reject(error),
    );
  if (proposal.kind !== 'revoke-sessions') redirect(`/proposals/${id}`);
  const summary = proposal.summary as unknown as RevocationSummary;
  const { scope, exclude } = proposal.parameters as unknown as RevocationParameters;
  if (!proposal.frozenAt) {
    return (
      <>
        <PageHeader title="Rehearsal" />
        <StepTrail at="Rehearsal" />
        <p role="status">
          Freezing the scope: {proposal.targets.toLocaleString('en-US')} sessions so far. Nothing has happened to any of
          them.
        </p>
        <WatchProposal proposal={proposal} everySeconds={1} />
      </>
    );
  }
  return (
    <>
      <PageHeader title="Rehearsal">
        <Link className={buttonClass('quiet')} href="/revocations/new">
          Another scope
        </Link>
        {proposal.state === 'draft' ? (
          <Link className={buttonClass('primary')} href={`/proposals/${id}`}>
            Go on to sign
          </Link>
        ) : (
          <Link
            className={buttonClass('primary')}
            href={proposal.runId ? `/runs/${proposal.runId}` : `/proposals/${id}`}
          >
            See how it stands
          </Link>
        )}
      </PageHeader>
      <StepTrail at="Rehearsal" />
      <div className="mb-6 flex flex-wrap gap-x-10 gap-y-4">
        <Figure label="Sessions, frozen" value={summary.sessions.toLocaleString('en-US')} />
        <Figure label="People" value={summary.people.toLocaleString('en-US')} />
        <Figure
          label="Who signs"
          value={
            proposal.policy?.approvalsNeeded === 0 ? 'you alone' : `you and ${proposal.policy?.approvalsNeeded} more`
          }
          note={
            proposal.policy
              ? `${proposal.policy.why.charAt(0).toUpperCase()}${proposal.policy.why.slice(1)}.`
              : undefined
          }
        />
      </div>
      <div className="flex flex-col gap-6">
        <RehearsalWarnings warnings={summary.warnings} scope={scope} exclude={exclude} reason={proposal.reason} />
        <RevocationSummaryView summary={summary} />
        <Section title="Who is in it">
          <TargetsPreview proposalId={id} total={proposal.targets} />
        </Section>
        <Section title="What will be signed">
          <Facts
            facts={[
              { label: 'Reason', value: safeText(proposal.reason) },
              { label: 'Digest', value: <Copyable text={proposal.digest ?? ''} what="digest" /> },
              {
                label: 'Left out',
                value:
                  [
                    ...exclude.groups.map((group) => sessionGroupWords[group].label.toLowerCase()),
                    ...(exclude.people.length > 0 ? [countWords(exclude.people.length, 'person', 'people')] : []),
                    ...(exclude.sessions.length > 0
                      ? [countWords(exclude.sessions.length, 'session', 'sessions')]
                      : []),
                  ].join(', ') || 'nobody',
              },
            ]}
          />
        </Section>
      </div>
    </>
  );
}

function countWords(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
