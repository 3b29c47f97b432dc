import { Section } from '#components/desk/section.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { Facts } from '#components/ui/facts.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { ProposalView } from '#lib/approvals/read-proposal.ts';
import { safeText } from '#lib/model/safe-text.ts';

/** What is signed, and by whom. */
export function Signatures({ proposal }: { proposal: ProposalView }) {
  return (
    <Section title="What is signed, and by whom">
      <Facts
        facts={[
          { label: 'Reason', value: safeText(proposal.reason) },
          {
            label: 'Proposed by',
            value: `${safeText(proposal.proposer.label)}${proposal.proposer.type === 'token' ? ' (a token)' : ''}`,
          },
          {
            label: 'Digest',
            value: proposal.digest ? <Copyable text={proposal.digest} what="digest" /> : 'not fixed yet',
          },
          {
            label: 'Signed',
            value:
              proposal.signatures.length === 0 ? (
                proposal.state === 'draft' || proposal.state === 'pending' ? (
                  'by nobody yet'
                ) : (
                  'nobody; who proposed it gave a passkey proof'
                )
              ) : (
                <ul>
                  {proposal.signatures.map((signature) => (
                    <li key={`${signature.part} ${signature.who}`}>
                      {safeText(signature.who)}, {signature.part === 'propose' ? 'who proposed it' : 'who approves'},{' '}
                      <RelativeTime at={signature.at} />
                    </li>
                  ))}
                </ul>
              ),
          },
          ...(proposal.decidedBy ? [{ label: 'Decided by', value: safeText(proposal.decidedBy) }] : []),
        ]}
      />
    </Section>
  );
}
