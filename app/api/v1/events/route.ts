import { listRoute } from '#app/api/list-route.ts';
import { listEvents } from '#lib/events/list-events.ts';
import { eventFilter } from '#lib/model/filters/event-filter.ts';

export const GET = listRoute(
  {
    path: '/api/v1/events',
    summary: 'Events as the providers reported them',
    permission: 'events:read',
    filters: eventFilter,
  },
  listEvents,
);
