import { listRoute } from '#app/api/list-route.ts';
import { operatorFilter } from '#lib/model/filters/operator-filter.ts';
import { listOperators } from '#lib/staff/list-operators.ts';

export const GET = listRoute(
  { path: '/api/v1/operators', summary: 'Operators of this tenant', permission: 'staff:read', filters: operatorFilter },
  listOperators,
);
