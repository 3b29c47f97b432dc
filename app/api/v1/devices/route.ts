import { listRoute } from '#app/api/list-route.ts';
import { listDevices } from '#lib/events/list-devices.ts';
import { deviceFilter } from '#lib/model/filters/device-filter.ts';

export const GET = listRoute(
  {
    path: '/api/v1/devices',
    summary: 'Devices people sign in from',
    permission: 'devices:read',
    filters: deviceFilter,
  },
  listDevices,
);
