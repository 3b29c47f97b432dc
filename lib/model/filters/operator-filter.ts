import type { FilterDeclaration } from '#lib/model/filter.ts';

export const operatorFilter: FilterDeclaration = {
  noun: { one: 'operator', many: 'operators' },
  fields: [
    { name: 'q', label: 'Search', kind: 'search', example: 'Name or e-mail' },
    { name: 'role', label: 'Role', kind: 'choice', example: 'auditor' },
    {
      name: 'state',
      label: 'State',
      kind: 'choice',
      choices: [
        { value: 'active', label: 'active' },
        { value: 'suspended', label: 'suspended' },
        { value: 'disabled', label: 'disabled' },
      ],
    },
  ],
};
