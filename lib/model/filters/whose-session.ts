import { accountTypes } from '#lib/model/event.ts';
import type { FilterDeclaration } from '#lib/model/filter.ts';

/** Whose session it was, on which device, at which provider, from which country: asked of events and of sessions by the same words. */
export const whoseSession: FilterDeclaration['fields'] = [
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
];
