import type { FilterDeclaration } from '#lib/model/filter.ts';

export const deviceFilter: FilterDeclaration = {
  noun: { one: 'device', many: 'devices' },
  fields: [
    { name: 'q', label: 'Search', kind: 'search', example: 'Name, e-mail or device' },
    { name: 'first', label: 'First seen', kind: 'time', operators: ['from', 'to'] },
    { name: 'person', label: 'Person', kind: 'id', linkOnly: true },
    { name: 'provider', label: 'Provider', kind: 'choice', operators: ['is', 'not'], example: 'okta' },
    { name: 'country', label: 'Country', kind: 'country', operators: ['is', 'not'], example: 'DE' },
    {
      name: 'ip',
      label: 'Address',
      kind: 'network',
      operators: ['is', 'not'],
      example: '192.0.2.0/24',
      group: 'addresses',
    },
    { name: 'asn', label: 'Network', kind: 'asn', operators: ['is', 'not'], example: 'AS13335' },
    {
      name: 'email',
      label: 'E-mail',
      kind: 'text',
      operators: ['is', 'not'],
      example: 'ada@example.org',
      group: 'addresses',
    },
    { name: 'from', label: 'Last seen since', kind: 'time', operators: ['from'] },
    { name: 'to', label: 'Last seen until', kind: 'time', operators: ['to'] },
  ],
};
