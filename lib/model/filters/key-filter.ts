import type { FilterDeclaration } from '#lib/model/filter.ts';
import { keyStateNames, keyStates } from '#lib/model/signing-key.ts';

export const keyFilter: FilterDeclaration = {
  noun: { one: 'key', many: 'keys' },
  fields: [
    {
      name: 'state',
      label: 'State',
      kind: 'choice',
      operators: ['is', 'not'],
      choices: keyStates.map((value) => ({ value, label: keyStateNames[value] })),
    },
    { name: 'issuer', label: 'Issuer', kind: 'id', linkOnly: true },
    { name: 'from', label: 'Made since', kind: 'time', operators: ['from'] },
    { name: 'to', label: 'Made until', kind: 'time', operators: ['to'] },
  ],
};
