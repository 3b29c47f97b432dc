import { accountTypes } from '#lib/model/event.ts';
import type { FilterDeclaration } from '#lib/model/filter.ts';

export const personFilter: FilterDeclaration = {
  noun: { one: 'person', many: 'people' },
  fields: [
    { name: 'q', label: 'Search', kind: 'search', example: 'Name, e-mail or subject' },
    {
      name: 'email',
      label: 'E-mail',
      kind: 'text',
      operators: ['is', 'not'],
      example: 'ada@example.org',
      group: 'addresses',
    },
    { name: 'id', label: 'Person', kind: 'id', linkOnly: true },
    { name: 'provider', label: 'Provider', kind: 'choice', operators: ['is', 'not'], example: 'okta' },
    {
      name: 'type',
      label: 'Account type',
      kind: 'choice',
      choices: accountTypes.map((value) => ({ value, label: value })),
      operators: ['is', 'not'],
    },
    { name: 'from', label: 'Last seen since', kind: 'time', operators: ['from'] },
    { name: 'to', label: 'Last seen until', kind: 'time', operators: ['to'] },
  ],
};
