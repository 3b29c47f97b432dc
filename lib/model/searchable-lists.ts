import type { FilterDeclaration } from '#lib/model/filter.ts';
import { auditFilter } from '#lib/model/filters/audit-filter.ts';
import { deviceFilter } from '#lib/model/filters/device-filter.ts';
import { eventFilter } from '#lib/model/filters/event-filter.ts';
import { operatorFilter } from '#lib/model/filters/operator-filter.ts';
import { personFilter } from '#lib/model/filters/person-filter.ts';
import { proposalFilter } from '#lib/model/filters/proposal-filter.ts';
import { quarantineFilter } from '#lib/model/filters/quarantine-filter.ts';
import { recoveryFilter } from '#lib/model/filters/recovery-filter.ts';
import { sessionFilter } from '#lib/model/filters/session-filter.ts';
import { signalFilter } from '#lib/model/filters/signal-filter.ts';
import { tokenFilter } from '#lib/model/filters/token-filter.ts';
import type { Permission } from '#lib/model/permissions.ts';

/** A list whose filters can be kept: what it is narrowed by, the screen it stands on, and what one needs to see it. */
type SearchableListing = { filter: FilterDeclaration; path: `/${string}`; permission: Permission };

/** Every list screen that has a filter, by the list's name in the API. A test holds it together with the screens. */
export const searchableLists = {
  events: { filter: eventFilter, path: '/events', permission: 'events:read' },
  sessions: { filter: sessionFilter, path: '/sessions', permission: 'sessions:read' },
  devices: { filter: deviceFilter, path: '/devices', permission: 'devices:read' },
  people: { filter: personFilter, path: '/people', permission: 'people:read' },
  signals: { filter: signalFilter, path: '/signals', permission: 'signals:read' },
  proposals: { filter: proposalFilter, path: '/proposals', permission: 'proposals:read' },
  // The kind is what the screen is about, so its filter has none.
  revocations: {
    filter: { ...proposalFilter, fields: proposalFilter.fields.filter(({ name }) => name !== 'kind') },
    path: '/revocations',
    permission: 'revocations:read',
  },
  'recovery-cases': { filter: recoveryFilter, path: '/recovery', permission: 'recovery:read' },
  audit: { filter: auditFilter, path: '/audit', permission: 'audit:read' },
  quarantine: { filter: quarantineFilter, path: '/quarantine', permission: 'providers:read' },
  operators: { filter: operatorFilter, path: '/settings/staff', permission: 'staff:read' },
  tokens: { filter: tokenFilter, path: '/settings/tokens', permission: 'tokens:manage' },
} as const satisfies Record<string, SearchableListing>;

export type SearchableList = keyof typeof searchableLists;
export const searchableListNames = Object.keys(searchableLists) as [SearchableList, ...SearchableList[]];
