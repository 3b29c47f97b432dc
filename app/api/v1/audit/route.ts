import { listRoute } from '#app/api/list-route.ts';
import { auditFilters } from '#app/filters.ts';
import { listAudit } from '#lib/audit/list-audit.ts';

export const GET = listRoute(
  { path: '/api/v1/audit', summary: 'Audit entries', permission: 'audit:read', filters: auditFilters },
  listAudit,
);
