import { listRoute } from '#app/api/list-route.ts';
import { eventFilters } from '#app/filters.ts';
import { listEvents } from '#lib/events/list-events.ts';

export const GET = listRoute(
  {
    path: '/api/v1/events',
    summary: 'Events as the providers reported them',
    permission: 'events:read',
    filters: eventFilters,
  },
  listEvents,
);
