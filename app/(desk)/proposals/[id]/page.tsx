import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { DriftNote } from '#app/(desk)/proposals/[id]/drift-note.tsx';
import { KeySummary } from '#app/(desk)/proposals/[id]/key-summary.tsx';
import { RecoverySummary } from '#app/(desk)/proposals/[id]/recovery-summary.tsx';
import { SignPanel } from '#app/(desk)/proposals/[id]/sign-panel.tsx';
import { Signatures } from '#app/(desk)/proposals/[id]/signatures.tsx';
import { TargetsPreview } from '#app/(desk)/proposals/[id]/targets-preview.tsx';
import { proposalTones } from '#app/(desk)/proposals/proposal-tones.ts';
import { WatchProposal } from '#app/(desk)/proposals/watch-proposal.tsx';
import { RevocationSummaryView } from '#app/(desk)/revocations/revocation-summary.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Section } from '#components/desk/section.tsx';
import { Figure } from '#components/operations/figure.tsx';
import { StepTrail } from '#components/operations/step-trail.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { Countdown } from '#components/ui/countdown.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { type ProposalView, readProposal } from '#lib/approvals/read-proposal.ts';
import { approvalRules } from '#lib/approvals/rules.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { kindWords, proposalStateWords } from '#lib/model/operations.ts';
import type { RevocationSummary } from '#lib/model/revocation-scope.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { readDrift } from '#lib/revocation/drift.ts';
import { followUpHref } from '#lib/revocation/follow-up.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Proposal' };

export default async function ProposalPage({ params }: PageProps<'/proposals/[id]'>) {
  const { id } = await params;
  const { actor } = await requireOperator('proposals:read', `/proposals/${id}`);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  const proposal = await readingAs(actor)
    .inTenant(actor.tenantId, (tx) => readProposal(tx, actor, id))
    .catch((error: unknown) =>
      error instanceof Refusal && error.code === 'not_found' ? notFound() : Promise.reject(error),
    );
  const { kind, state, policy } = proposal;
  const open = state === 'draft' || state === 'pending';
  const drift = open
    ? await readingAs(actor)
        .inTenant(actor.tenantId, (tx) => readDrift(tx, actor, id))
        .catch(() => null)
    : null;
  const canDecide = actor.permissions.has(approvalRules[kind].permissions.approve);
  return (
    <>
      <PageHeader
        title={`${kindWords[kind].name}: ${proposal.targets.toLocaleString('en-US')} ${kindWords[kind].item}${proposal.targets === 1 ? '' : 's'}`}
        counted={<Badge tone={proposalTones[state]}>{proposalStateWords[state].label}</Badge>}
      >
        {proposal.runId ? (
          <Link className={buttonClass('primary')} href={`/runs/${proposal.runId}`}>
            See the run
          </Link>
        ) : null}
      </PageHeader>
      {kind === 'revoke-sessions' ? <StepTrail at="Signatures" /> : null}
      <p className="mb-1 max-w-3xl break-words">
        <strong>{safeText(proposal.reason)}</strong>
        <span className="text-quiet">
          {' '}
          · asked for by {safeText(proposal.proposer.label)}
          {proposal.proposer.type === 'token' ? ' (a token)' : ''}, <RelativeTime at={proposal.createdAt} />
        </span>
      </p>
      <p className="mb-4 max-w-3xl">
        {proposalStateWords[state].sentence}{' '}
        {proposal.decisionNote ? <strong>{safeText(proposal.decisionNote)}</strong> : null}
      </p>
      <div className="mb-6 flex flex-wrap gap-x-10 gap-y-4">
        <Figure
          label="Signatures of others"
          value={
            policy?.approvalsNeeded === 0 ? 'None needed' : `${othersOf(proposal)} of ${policy?.approvalsNeeded ?? 1}`
          }
          note={policy ? sentence(policy.why) : undefined}
        />
        {open ? (
          <Figure
            label="Time left"
            value={<Countdown until={proposal.expiresAt} over="expired" />}
            note="Time never approves."
          />
        ) : null}
      </div>
      {open ? (
        <Section title="Your part">
          {proposal.cannotSign && state === 'pending' ? <p className="mb-2">{proposal.cannotSign}</p> : null}
          <SignPanel
            id={id}
            digest={proposal.digest ?? ''}
            act={actWords(proposal)}
            isDraft={state === 'draft'}
            isMine={proposal.isMine}
            canSign={proposal.cannotSign === null}
            canReject={state === 'pending' && canDecide && !proposal.isMine}
            canWithdraw={proposal.isMine}
            alone={policy?.approvalsNeeded === 0}
          />
        </Section>
      ) : null}
      <div className="mt-6 grid gap-6 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-6">
          {kind === 'revoke-sessions' ? (
            <RevocationSummaryView summary={proposal.summary as unknown as RevocationSummary} />
          ) : (
            <Section title="What will happen">
              {kind === 'recover-account' ? (
                <RecoverySummary summary={proposal.summary} parameters={proposal.parameters} />
              ) : (
                <KeySummary summary={proposal.summary} />
              )}
            </Section>
          )}
          <Section title={kind === 'rotate-key' || kind === 'kill-key' ? 'Which key' : 'To whom'}>
            <TargetsPreview proposalId={id} total={proposal.targets} />
          </Section>
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <Signatures proposal={proposal} />
          {drift ? (
            <Section title="Since it was frozen">
              <DriftNote drift={drift} since="freezing" followUp={followUpHref(proposal.parameters)} />
            </Section>
          ) : null}
        </div>
      </div>
      {open || state === 'approved' ? <WatchProposal proposal={proposal} everySeconds={2} /> : null}
    </>
  );
}

/** The rule of a policy as a sentence of its own. */
function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function othersOf(proposal: ProposalView): number {
  return proposal.signatures.filter(({ part }) => part === 'approve').length;
}

function actWords({ kind, targets }: ProposalView): string {
  if (kind === 'revoke-sessions')
    return `revoke ${targets.toLocaleString('en-US')} ${targets === 1 ? 'session' : 'sessions'}`;
  return kindWords[kind].act;
}
