import type { FilterDeclaration } from '#lib/model/filter.ts';
import { recoveryStates, recoveryStateWords, riskLevels } from '#lib/model/recovery.ts';

export const recoveryFilter: FilterDeclaration = {
  noun: { one: 'case', many: 'cases' },
  fields: [
    { name: 'q', label: 'Search', kind: 'search', example: 'Number, name or what was typed' },
    {
      name: 'state',
      label: 'State',
      kind: 'choice',
      operators: ['is', 'not'],
      choices: recoveryStates.map((value) => ({ value, label: recoveryStateWords[value].label })),
    },
    {
      name: 'risk',
      label: 'Risk when proposed',
      kind: 'choice',
      operators: ['is', 'not'],
      choices: riskLevels.map((value) => ({ value, label: value })),
    },
    {
      name: 'known',
      label: 'Person',
      kind: 'choice',
      choices: [
        { value: 'yes', label: 'found' },
        { value: 'no', label: 'nobody found' },
      ],
    },
    { name: 'person', label: 'Person', kind: 'id', linkOnly: true },
    {
      name: 'ip',
      label: 'Asked from',
      kind: 'network',
      operators: ['is', 'not'],
      example: '192.0.2.0/24',
      group: 'addresses',
    },
    { name: 'from', label: 'Asked since', kind: 'time', operators: ['from'] },
    { name: 'to', label: 'Asked until', kind: 'time', operators: ['to'] },
  ],
};
