import { listRoute } from '#app/api/list-route.ts';
import { sessionFilters } from '#app/filters.ts';
import { listSessions } from '#lib/events/list-sessions.ts';

export const GET = listRoute(
  {
    path: '/api/v1/sessions',
    summary: 'Sessions of people at the providers',
    permission: 'sessions:read',
    filters: sessionFilters,
  },
  listSessions,
);
