import { listRoute } from '#app/api/v1/list.ts';
import { deviceFilters } from '#app/filters.ts';
import { listDevices } from '#lib/events/list-devices.ts';

export const GET = listRoute('devices:read', deviceFilters, listDevices);
