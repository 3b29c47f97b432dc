import { listRoute } from '#app/api/list-route.ts';
import { listAudit } from '#lib/audit/list-audit.ts';
import { auditFilter } from '#lib/model/filters/audit-filter.ts';

export const GET = listRoute(
  { path: '/api/v1/audit', summary: 'Audit entries', permission: 'audit:read', filters: auditFilter },
  listAudit,
);
