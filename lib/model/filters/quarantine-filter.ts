import type { FilterDeclaration } from '#lib/model/filter.ts';

export const quarantineFilter: FilterDeclaration = {
  noun: { one: 'quarantined record', many: 'quarantined records' },
  fields: [
    { name: 'q', label: 'Search', kind: 'search', example: 'Words of the reason' },
    { name: 'code', label: 'Reason', kind: 'choice', operators: ['is', 'not'], example: 'missing_time' },
    { name: 'provider', label: 'Provider', kind: 'choice', operators: ['is', 'not'], example: 'okta' },
    { name: 'from', label: 'Received since', kind: 'time', operators: ['from'] },
    { name: 'to', label: 'Received until', kind: 'time', operators: ['to'] },
  ],
};
