import { listRoute } from '#app/api/list-route.ts';
import { deviceFilters } from '#app/filters.ts';
import { listDevices } from '#lib/events/list-devices.ts';

export const GET = listRoute(
  {
    path: '/api/v1/devices',
    summary: 'Devices people sign in from',
    permission: 'devices:read',
    filters: deviceFilters,
  },
  listDevices,
);
