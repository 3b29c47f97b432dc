import { listRoute } from '#app/api/v1/list.ts';
import { sessionFilters } from '#app/filters.ts';
import { listSessions } from '#lib/events/list-sessions.ts';

export const GET = listRoute('sessions:read', sessionFilters, listSessions);
