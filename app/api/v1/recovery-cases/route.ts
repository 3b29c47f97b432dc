import { listRoute } from '#app/api/list-route.ts';
import { recoveryFilter } from '#lib/model/filters/recovery-filter.ts';
import { listRecoveryCases } from '#lib/recovery/list-cases.ts';

export const GET = listRoute(
  {
    path: '/api/v1/recovery-cases',
    summary: 'Recovery cases: people who cannot sign in',
    permission: 'recovery:read',
    filters: recoveryFilter,
  },
  listRecoveryCases,
);
