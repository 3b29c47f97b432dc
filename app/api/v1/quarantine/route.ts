import { listRoute } from '#app/api/list-route.ts';
import { listQuarantine } from '#lib/events/sources/list-quarantine.ts';
import { quarantineFilter } from '#lib/model/filters/quarantine-filter.ts';

export const GET = listRoute(
  {
    path: '/api/v1/quarantine',
    summary: 'Records that could not become events, with the reason',
    permission: 'providers:read',
    filters: quarantineFilter,
  },
  listQuarantine,
);
