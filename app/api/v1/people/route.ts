import { listRoute } from '#app/api/list-route.ts';
import { personFilters } from '#app/filters.ts';
import { listPeople } from '#lib/events/list-people.ts';

export const GET = listRoute(
  {
    path: '/api/v1/people',
    summary: 'People: identities at the providers',
    permission: 'people:read',
    filters: personFilters,
  },
  listPeople,
);
