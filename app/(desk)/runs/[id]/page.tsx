import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { DriftNote } from '#app/(desk)/proposals/[id]/drift-note.tsx';
import { RunLive } from '#app/(desk)/runs/[id]/run-live.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Section } from '#components/desk/section.tsx';
import { StepTrail } from '#components/operations/step-trail.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { readProposal } from '#lib/approvals/read-proposal.ts';
import { approvalRules } from '#lib/approvals/rules.ts';
import { readRun } from '#lib/execution/read-run.ts';
import { mayReadAddresses, readingAs } from '#lib/kernel/addresses.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { kindWords } from '#lib/model/operations.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { readDrift } from '#lib/revocation/drift.ts';
import { followUpHref } from '#lib/revocation/follow-up.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Run' };

export default async function RunPage({ params }: PageProps<'/runs/[id]'>) {
  const { id } = await params;
  const { actor } = await requireOperator('proposals:read', `/runs/${id}`);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  const inTenant = readingAs(actor).inTenant;
  const { run, proposal } = await inTenant(actor.tenantId, async (tx) => {
    const found = await readRun(tx, actor, id);
    return { run: found, proposal: await readProposal(tx, actor, found.proposalId) };
  }).catch((error: unknown) =>
    error instanceof Refusal && error.code === 'not_found' ? notFound() : Promise.reject(error),
  );
  const drift = await inTenant(actor.tenantId, (tx) => readDrift(tx, actor, run.proposalId)).catch(() => null);
  return (
    <>
      <PageHeader title={`${kindWords[run.kind].name}: ${safeText(run.reason)}`}>
        <Link className={buttonClass('quiet')} href={`/proposals/${run.proposalId}`}>
          The proposal and who signed
        </Link>
        {run.finishedAt && mayReadAddresses(actor) ? (
          <a className={buttonClass('primary')} href={`/api/v1/runs/${id}/receipt`} download>
            Download the receipt
          </a>
        ) : null}
      </PageHeader>
      {run.kind === 'revoke-sessions' ? <StepTrail at="Progress" /> : null}
      <RunLive initial={run} maySteer={actor.permissions.has(approvalRules[run.kind].permissions.propose)}>
        {drift ? (
          <Section title="What appeared meanwhile">
            <DriftNote drift={drift} since="cut-off" followUp={followUpHref(proposal.parameters)} />
          </Section>
        ) : null}
      </RunLive>
    </>
  );
}
