import { expect, test } from 'vitest';
import { auditColumns } from '#lib/audit/list-audit.ts';
import { deviceColumns } from '#lib/events/list-devices.ts';
import { eventColumns } from '#lib/events/list-events.ts';
import { personColumns } from '#lib/events/list-people.ts';
import { sessionColumns } from '#lib/events/list-sessions.ts';
import { keyColumns } from '#lib/keys/list-keys.ts';
import { auditFilter } from '#lib/model/filters/audit-filter.ts';
import { deviceFilter } from '#lib/model/filters/device-filter.ts';
import { eventFilter } from '#lib/model/filters/event-filter.ts';
import { keyFilter } from '#lib/model/filters/key-filter.ts';
import { operatorFilter } from '#lib/model/filters/operator-filter.ts';
import { personFilter } from '#lib/model/filters/person-filter.ts';
import { recoveryFilter } from '#lib/model/filters/recovery-filter.ts';
import { sessionFilter } from '#lib/model/filters/session-filter.ts';
import { signalFilter } from '#lib/model/filters/signal-filter.ts';
import { tokenFilter } from '#lib/model/filters/token-filter.ts';
import { recoveryColumns } from '#lib/recovery/list-cases.ts';
import { signalColumns } from '#lib/signals/list-signals.ts';
import { operatorColumns } from '#lib/staff/list-operators.ts';
import { tokenColumns } from '#lib/staff/list-tokens.ts';

test.each([
  ['keys', keyFilter, keyColumns],
  ['recovery cases', recoveryFilter, recoveryColumns],
  ['sessions', sessionFilter, sessionColumns],
  ['devices', deviceFilter, deviceColumns],
  ['events', eventFilter, eventColumns],
  ['signals', signalFilter, signalColumns(null)],
  ['people', personFilter, personColumns],
  ['audit', auditFilter, auditColumns],
  ['operators', operatorFilter, operatorColumns],
  ['tokens', tokenFilter, tokenColumns],
] as const)('each filter field of %s has its SQL, and nothing else has', (_name, declaration, rules) => {
  expect(declaration.fields.map(({ name }) => name).sort()).toEqual(Object.keys(rules).sort());
});
