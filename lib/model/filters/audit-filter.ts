import type { FilterDeclaration } from '#lib/model/filter.ts';

export const auditOutcomes = ['success', 'refused', 'failure'] as const;

export const auditFilter: FilterDeclaration = {
  noun: { one: 'entry', many: 'entries' },
  fields: [
    { name: 'q', label: 'Search', kind: 'search', example: 'Action, actor, reason or target' },
    { name: 'action', label: 'Action', kind: 'choice', operators: ['is', 'not'], example: 'signal_decided' },
    {
      name: 'outcome',
      label: 'Outcome',
      kind: 'choice',
      choices: auditOutcomes.map((value) => ({ value, label: value })),
    },
    {
      name: 'actor',
      label: 'Actor',
      kind: 'choice',
      choices: [
        { value: 'operator', label: 'a person' },
        { value: 'token', label: 'a token' },
        { value: 'system', label: 'the desk itself' },
      ],
    },
    { name: 'target', label: 'Target', kind: 'text', linkOnly: true },
    { name: 'from', label: 'Since', kind: 'time', operators: ['from'] },
    { name: 'to', label: 'Until', kind: 'time', operators: ['to'] },
  ],
};
