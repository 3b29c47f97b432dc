import { Watch } from '#components/desk/watch.tsx';
import type { ProposalView } from '#lib/approvals/read-proposal.ts';

/** Keeps a page about a proposal true: signatures, decisions, the growing frozen set and the run show up by themselves. */
export function WatchProposal({ proposal, everySeconds }: { proposal: ProposalView; everySeconds: number }) {
  const { id, state, targets, frozenAt, signatures, runId } = proposal;
  return (
    <Watch
      url={`/api/v1/proposals/${id}`}
      shown={{ state, targets, frozenAt, signatures, runId }}
      everySeconds={everySeconds}
    />
  );
}
