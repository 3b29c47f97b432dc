import { eventTypes, failureReasons, outcomes, timeQualities, timeQualityWords } from '#lib/model/event.ts';
import type { FilterDeclaration } from '#lib/model/filter.ts';
import { whoseSession } from '#lib/model/filters/whose-session.ts';

export const eventFilter: FilterDeclaration = {
  noun: { one: 'event', many: 'events' },
  fields: [
    { name: 'q', label: 'Search', kind: 'search', example: 'Name, e-mail or subject' },
    {
      name: 'name',
      label: 'Provider’s name for it',
      kind: 'text',
      operators: ['is', 'not'],
      example: 'user.session.start',
    },
    {
      name: 'type',
      label: 'Type',
      kind: 'choice',
      choices: eventTypes.map((value) => ({ value, label: value.replaceAll('_', ' ') })),
      operators: ['is', 'not'],
    },
    {
      name: 'outcome',
      label: 'Outcome',
      kind: 'choice',
      choices: outcomes.map((value) => ({ value, label: value })),
      operators: ['is', 'not'],
    },
    ...whoseSession,
    { name: 'client', label: 'Application', kind: 'text', operators: ['is', 'not'], example: 'Payroll' },
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
    {
      name: 'reason',
      label: 'Reason',
      kind: 'choice',
      choices: failureReasons.map((value) => ({ value, label: value.replaceAll('_', ' ') })),
      operators: ['is', 'not'],
    },
    {
      name: 'timeQuality',
      label: 'Time in the record',
      kind: 'choice',
      choices: timeQualities.map((value) => ({ value, label: timeQualityWords[value] })),
      operators: ['is', 'not'],
    },
    { name: 'received', label: 'Taken in', kind: 'time', operators: ['from', 'to'] },
    { name: 'from', label: 'Since', kind: 'time', operators: ['from'] },
    { name: 'to', label: 'Until', kind: 'time', operators: ['to'] },
  ],
};
