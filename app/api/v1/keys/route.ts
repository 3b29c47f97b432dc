import { listRoute } from '#app/api/list-route.ts';
import { listKeys } from '#lib/keys/list-keys.ts';
import { keyFilter } from '#lib/model/filters/key-filter.ts';

export const GET = listRoute(
  {
    path: '/api/v1/keys',
    summary: 'Signing keys: their public side, state and times',
    permission: 'keys:read',
    filters: keyFilter,
  },
  listKeys,
);
