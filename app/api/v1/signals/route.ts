import { listRoute } from '#app/api/v1/list.ts';
import { signalFilters } from '#app/filters.ts';
import { listSignals } from '#lib/signals/list-signals.ts';

export const GET = listRoute('signals:read', signalFilters, listSignals);
