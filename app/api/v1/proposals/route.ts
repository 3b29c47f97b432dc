import { listRoute } from '#app/api/list-route.ts';
import { listProposals } from '#lib/approvals/list-proposals.ts';
import { proposalFilter } from '#lib/model/filters/proposal-filter.ts';

export const GET = listRoute(
  {
    path: '/api/v1/proposals',
    summary: 'Proposals of the kinds you may see',
    permission: 'proposals:read',
    filters: proposalFilter,
  },
  (tx, _tenantId, request, _operatorId, actor) => listProposals(tx, actor, request),
);
