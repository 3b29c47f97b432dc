import { listRoute } from '#app/api/list-route.ts';
import { listPeople } from '#lib/events/list-people.ts';
import { personFilter } from '#lib/model/filters/person-filter.ts';

export const GET = listRoute(
  {
    path: '/api/v1/people',
    summary: 'People: identities at the providers',
    permission: 'people:read',
    filters: personFilter,
  },
  listPeople,
);
