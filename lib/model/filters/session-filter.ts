import type { FilterDeclaration } from '#lib/model/filter.ts';
import { whoseSession } from '#lib/model/filters/whose-session.ts';

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
    {
      name: 'signOut',
      label: 'Sign-out everywhere',
      kind: 'choice',
      choices: [
        { value: 'outlived', label: 'outlived' },
        { value: 'reached', label: 'what ended it' },
      ],
      operators: ['is'],
    },
    ...whoseSession,
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
