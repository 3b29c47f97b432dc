import { listRoute } from '#app/api/list-route.ts';
import { listRuns } from '#lib/execution/list-runs.ts';
import { runFilter } from '#lib/model/filters/run-filter.ts';

export const GET = listRoute(
  {
    path: '/api/v1/runs',
    summary: 'Runs of the kinds you may see',
    permission: 'proposals:read',
    filters: runFilter,
  },
  (tx, _tenantId, request, _operatorId, actor) => listRuns(tx, actor, request),
);
