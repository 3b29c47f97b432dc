import type { FilterDeclaration } from '#lib/model/filter.ts';
import { kindWords, proposalKinds, runStates, runStateWords } from '#lib/model/operations.ts';

/** The filter of runs. */
export const runFilter: FilterDeclaration = {
  noun: { one: 'run', many: 'runs' },
  fields: [
    { name: 'q', label: 'Search', kind: 'search', example: 'Reason or person' },
    {
      name: 'state',
      label: 'State',
      kind: 'choice',
      choices: runStates.map((value) => ({ value, label: runStateWords[value].label })),
      operators: ['is', 'not'],
    },
    {
      name: 'kind',
      label: 'Kind',
      kind: 'choice',
      choices: proposalKinds.map((value) => ({ value, label: kindWords[value].name })),
    },
    { name: 'from', label: 'Started since', kind: 'time', operators: ['from'] },
    { name: 'to', label: 'Started until', kind: 'time', operators: ['to'] },
  ],
};
