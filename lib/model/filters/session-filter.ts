import { accountTypes } from '#lib/model/event.ts';
import type { FilterDeclaration } from '#lib/model/filter.ts';

export const sessionStates = ['live', 'stale', 'ended', 'revoked'] as const;

/** The filter of sessions; also what a revocation's scope is made of. */
export const sessionFilter: FilterDeclaration = {
  noun: { one: 'session', many: 'sessions' },
  fields: [
    { name: 'q', label: 'Search', kind: 'search', example: 'Name, e-mail or session id' },
    {
      name: 'state',
      label: 'State',
      kind: 'choice',
      choices: sessionStates.map((value) => ({ value, label: value })),
      operators: ['is', 'not'],
    },
    { name: 'person', label: 'Person', kind: 'id', linkOnly: true },
    { name: 'session', label: 'Session', kind: 'id', linkOnly: true },
    { name: 'device', label: 'Device', kind: 'id', linkOnly: true },
    {
      name: 'sourceSessionId',
      label: 'Session id',
      kind: 'text',
      operators: ['is', 'not'],
      example: 'as the provider writes it',
    },
    { name: 'deviceLabel', label: 'Device', kind: 'text', operators: ['is', 'not'], example: 'Chrome on Windows' },
    {
      name: 'accountType',
      label: 'Account type',
      kind: 'choice',
      choices: accountTypes.map((value) => ({ value, label: value })),
      operators: ['is', 'not'],
    },
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
    { name: 'client', label: 'Application', kind: 'text', operators: ['is', 'not'], example: 'Payroll' },
    { name: 'from', label: 'Last seen since', kind: 'time', operators: ['from'] },
    { name: 'to', label: 'Last seen until', kind: 'time', operators: ['to'] },
  ],
};
