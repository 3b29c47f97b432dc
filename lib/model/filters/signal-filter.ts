import type { FilterDeclaration } from '#lib/model/filter.ts';
import { severities, signalStates, signalStateWords } from '#lib/model/signal.ts';

export const signalFilter: FilterDeclaration = {
  noun: { one: 'signal', many: 'signals' },
  fields: [
    { name: 'q', label: 'Search', kind: 'search', example: 'Title, name or e-mail' },
    {
      name: 'severity',
      label: 'Severity',
      kind: 'ordered',
      choices: severities.map((value) => ({ value, label: value })),
      operators: ['is', 'min'],
    },
    {
      name: 'state',
      label: 'State',
      kind: 'choice',
      choices: signalStates.map((value) => ({ value, label: signalStateWords[value] })),
      operators: ['is', 'not'],
    },
    {
      name: 'assignee',
      label: 'Assignee',
      kind: 'choice',
      choices: [
        { value: 'me', label: 'me' },
        { value: 'nobody', label: 'nobody' },
        { value: 'others', label: 'somebody else' },
      ],
    },
    { name: 'detector', label: 'Detector', kind: 'choice', operators: ['is', 'not'], example: 'impossible-travel' },
    { name: 'person', label: 'Person', kind: 'id', linkOnly: true },
    { name: 'session', label: 'Session', kind: 'id', linkOnly: true },
    {
      name: 'ip',
      label: 'Address',
      kind: 'network',
      operators: ['is', 'not'],
      example: '192.0.2.0/24',
      group: 'addresses',
    },
    { name: 'from', label: 'Last since', kind: 'time', operators: ['from'] },
    { name: 'to', label: 'Last until', kind: 'time', operators: ['to'] },
  ],
};
