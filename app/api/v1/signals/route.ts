import { listRoute } from '#app/api/list-route.ts';
import { signalFilter } from '#lib/model/filters/signal-filter.ts';
import { listSignals } from '#lib/signals/list-signals.ts';

export const GET = listRoute(
  { path: '/api/v1/signals', summary: 'Signals: what looks wrong', permission: 'signals:read', filters: signalFilter },
  listSignals,
);
