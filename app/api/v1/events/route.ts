import { listRoute } from '#app/api/v1/list.ts';
import { eventFilters } from '#app/filters.ts';
import { listEvents } from '#lib/events/list-events.ts';

export const GET = listRoute('events:read', eventFilters, listEvents);
