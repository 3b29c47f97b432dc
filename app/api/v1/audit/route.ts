import { listRoute } from '#app/api/v1/list.ts';
import { auditFilters } from '#app/filters.ts';
import { listAudit } from '#lib/audit/list-audit.ts';

export const GET = listRoute('audit:read', auditFilters, listAudit);
