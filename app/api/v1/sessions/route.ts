import { listRoute } from '#app/api/list-route.ts';
import { listSessions } from '#lib/events/list-sessions.ts';
import { sessionFilter } from '#lib/model/filters/session-filter.ts';

export const GET = listRoute(
  {
    path: '/api/v1/sessions',
    summary: 'Sessions of people at the providers',
    permission: 'sessions:read',
    filters: sessionFilter,
  },
  listSessions,
);
