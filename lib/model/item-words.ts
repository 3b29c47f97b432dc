import { type ItemState, kindWords, type ProposalKind } from '#lib/model/operations.ts';
import { itemStateWords } from '#lib/model/revocation.ts';

type Words = { label: string; sentence: string };

/** What a proved item and one that failed mean, for the kinds that end no session. */
const outcomes: Record<Exclude<ProposalKind, 'revoke-sessions'>, { verified: string; failed: string }> = {
  'rotate-key': {
    verified: 'Looked again: the rotation has begun. Its steps are on the page of the key.',
    failed: 'The rotation did not begin. The key signs as before.',
  },
  'kill-key': {
    verified: 'Looked again: the key is out of the key set, and another signs.',
    failed: 'The key may still be trusted.',
  },
  'recover-account': {
    verified: 'Looked again: the waiting time runs, and every known address is being told.',
    failed: 'The waiting time did not begin. Nothing was changed.',
  },
};

/** What people read of an item of a run of this kind. */
export function itemWords(kind: ProposalKind): Record<ItemState, Words> {
  if (kind === 'revoke-sessions') return itemStateWords;
  const { verified, failed } = outcomes[kind];
  return {
    planned: { label: 'Waiting', sentence: 'Not begun yet.' },
    sending: { label: 'Asking', sentence: 'Asked for; no answer yet.' },
    confirmed: { label: 'Checking', sentence: 'Done, and looked at once more before Gatehouse says so.' },
    verified: { label: kindWords[kind].verified, sentence: verified },
    failed: { label: 'Failed', sentence: failed },
    unknown: { label: 'Unknown', sentence: 'There was no clear answer. Gatehouse asks again.' },
    skipped: { label: 'Not done', sentence: 'The run was stopped before it was begun. Nothing was changed.' },
  };
}
