import type { FilterDeclaration } from '#lib/model/filter.ts';
import { kindWords, proposalKinds, proposalStates, proposalStateWords } from '#lib/model/operations.ts';

/** The filter of proposals. */
export const proposalFilter: FilterDeclaration = {
  noun: { one: 'proposal', many: 'proposals' },
  fields: [
    { name: 'q', label: 'Search', kind: 'search', example: 'Reason or person' },
    {
      name: 'state',
      label: 'State',
      kind: 'choice',
      choices: proposalStates.map((value) => ({ value, label: proposalStateWords[value].label })),
      operators: ['is', 'not'],
    },
    {
      name: 'kind',
      label: 'Kind',
      kind: 'choice',
      choices: proposalKinds.map((value) => ({ value, label: kindWords[value].name })),
    },
    {
      name: 'waiting',
      label: 'Waiting',
      kind: 'choice',
      choices: [{ value: 'me', label: 'for my signature' }],
    },
    { name: 'from', label: 'Proposed since', kind: 'time', operators: ['from'] },
    { name: 'to', label: 'Proposed until', kind: 'time', operators: ['to'] },
  ],
};
