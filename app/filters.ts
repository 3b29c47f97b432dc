import type { FilterFields } from '#app/list-query.ts';

/** The filters of each list, by the names the address and the API use. */
export const sessionFilters = {
  q: 'text',
  state: 'word',
  person: 'id',
  device: 'id',
  provider: 'word',
  country: 'country',
  ip: 'network',
  client: 'text',
  from: 'time',
  to: 'time',
} as const satisfies FilterFields;
export const deviceFilters = {
  q: 'text',
  person: 'id',
  provider: 'word',
  country: 'country',
  ip: 'network',
  first: 'word',
  from: 'time',
  to: 'time',
} as const satisfies FilterFields;
export const signalFilters = {
  q: 'text',
  severity: 'word',
  state: 'word',
  detector: 'word',
  person: 'id',
  session: 'id',
  ip: 'network',
  from: 'time',
  to: 'time',
} as const satisfies FilterFields;
export const eventFilters = {
  q: 'text',
  type: 'word',
  outcome: 'word',
  person: 'id',
  session: 'id',
  device: 'id',
  provider: 'word',
  country: 'country',
  client: 'text',
  ip: 'network',
  from: 'time',
  to: 'time',
} as const satisfies FilterFields;
export const auditFilters = {
  q: 'text',
  action: 'word',
  outcome: 'word',
  actor: 'word',
  target: 'text',
  from: 'time',
  to: 'time',
} as const satisfies FilterFields;
export const personFilters = {
  q: 'text',
  provider: 'word',
  type: 'word',
  from: 'time',
  to: 'time',
} as const satisfies FilterFields;
