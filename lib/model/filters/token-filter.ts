import type { FilterDeclaration } from '#lib/model/filter.ts';

export const tokenFilter: FilterDeclaration = {
  noun: { one: 'token', many: 'tokens' },
  fields: [
    { name: 'q', label: 'Search', kind: 'search', example: 'Name' },
    { name: 'scope', label: 'Scope', kind: 'choice', example: 'events:write' },
    {
      name: 'state',
      label: 'State',
      kind: 'choice',
      choices: [
        { value: 'active', label: 'active' },
        { value: 'expired', label: 'expired' },
        { value: 'revoked', label: 'revoked' },
      ],
    },
  ],
};
