import { describe, expect, it } from 'vitest';
import { CsvSplitter } from '#lib/events/csv-splitter.ts';
import { readRecord } from '#lib/events/read-record.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { unfoldRecords } from '#lib/events/unfold-records.ts';
import type { JsonObject, JsonValue, MappedEvent } from '#lib/model/event.ts';
import { allExamples } from '#lib/providers/all-examples.ts';
import { findProvider } from '#lib/providers/registry.ts';

/** What an upload of these bytes becomes, by the steps that an HTTP request and an import share. */
function read(kind: string, text: string, form: 'json' | 'lines' | 'csv' = 'json'): (MappedEvent | string)[] {
  const definition = findProvider(kind);
  if (!definition) throw new Error(kind);
  const rows = new CsvSplitter();
  const split =
    form === 'csv'
      ? [...rows.push(Buffer.from(text)), ...rows.end()]
      : splitRecords(Buffer.from(text), form === 'lines', definition.unfold?.lists);
  return unfoldRecords(split, definition).map((raw) => {
    const result = readRecord(raw, definition);
    return result.ok ? result.event : `${result.code}: ${result.message}`;
  });
}

const recordsOf = (kind: string): JsonObject[] => (allExamples[kind] ?? []).map(({ record }) => record);
const isObject = (value: JsonValue | undefined): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
const auth0Logs = recordsOf('auth0').map((record) => (isObject(record.data) ? record.data : record));
const deliveries = (kind: string): readonly [string, string][] => {
  const records = recordsOf(kind);
  const wrapped = (wrap: (list: JsonObject[]) => JsonValue) => JSON.stringify(wrap(records));
  switch (kind) {
    case 'okta':
      return [
        ['a hook', wrapped((events) => ({ eventType: 'com.okta.event_hook', source: 'x', data: { events } }))],
        ['hooks in an array', wrapped((events) => [{ data: { events } }])],
      ];
    case 'entra':
      return [
        ['an Event Hub batch', wrapped((list) => ({ records: list }))],
        ['a page of Graph', wrapped((value) => ({ '@odata.context': 'x', value, '@odata.nextLink': 'y' }))],
      ];
    case 'google':
      return [['a page of the Reports API', wrapped((items) => ({ kind: 'admin#reports#activities', items }))]];
    case 'duo':
      return [
        ['an answer of version 1', wrapped((response) => ({ stat: 'OK', response }))],
        [
          'an answer of version 2',
          wrapped((authlogs) => ({ stat: 'OK', response: { authlogs, metadata: { total_objects: 1 } } })),
        ],
        ['an answer of the activity log', wrapped((items) => ({ stat: 'OK', response: { items } }))],
      ];
    case 'onelogin':
      return [
        ['an answer of the API', wrapped((data) => ({ status: { code: 200 }, pagination: {}, data }))],
        ['a broadcast', wrapped((events) => ({ events }))],
      ];
    default:
      return [];
  }
};

describe.each(Object.keys(allExamples))('%s records', (kind) => {
  const expected = recordsOf(kind).map((record) => findProvider(kind)?.map(record));

  it('read the same in an array, line by line and one by one', () => {
    const records = recordsOf(kind);
    expect(read(kind, JSON.stringify(records))).toEqual(expected);
    expect(read(kind, JSON.stringify(records, null, 2))).toEqual(expected);
    expect(read(kind, records.map((record) => JSON.stringify(record)).join('\n'), 'lines')).toEqual(expected);
    expect(records.flatMap((record) => read(kind, JSON.stringify(record)))).toEqual(expected);
  });

  it.each(deliveries(kind))('read the same in %s', (_name, delivery) => {
    expect(read(kind, delivery)).toEqual(expected);
  });
});

describe('Auth0 logs', () => {
  const expected = auth0Logs.map((log) => findProvider('auth0')?.map(log));
  const streamed = auth0Logs.map((data) => ({ log_id: data.log_id ?? data._id ?? 'x', data }));

  it.each([
    ['a page with totals', JSON.stringify({ start: 0, limit: 50, length: auth0Logs.length, logs: auth0Logs })],
    ['a webhook', JSON.stringify({ logs: streamed })],
    ['a webhook with an array', JSON.stringify(streamed)],
    ['a webhook with lines', streamed.map((entry) => JSON.stringify(entry)).join('\n')],
    ['EventBridge', JSON.stringify(streamed.map((detail) => ({ 'detail-type': 'Auth0 log', detail })))],
  ])('read the same from %s', (_name, delivery) => {
    const ids = (event: unknown) =>
      isObject(event as JsonValue) ? { ...(event as object), sourceEventId: '' } : event;
    expect(read('auth0', delivery).map(ids)).toEqual(expected.map(ids));
  });
});

describe('an Entra sign-in', () => {
  const tid = '2ad3fc79-0000-4aaa-8bbb-5011df8d2251';
  const graph: JsonObject = {
    id: 'sign-1',
    createdDateTime: '2026-03-02T09:15:30.120Z',
    userDisplayName: 'Ada Palmer',
    userPrincipalName: 'ada@acme.example',
    userId: 'user-ada',
    appId: 'app-1',
    appDisplayName: 'Portal',
    ipAddress: '203.0.113.5',
    userAgent: 'Mozilla/5.0 (X11)',
    isInteractive: true,
    sessionId: 'session-1',
    correlationId: 'corr-1',
    homeTenantId: tid,
    resourceDisplayName: 'Graph',
    status: { errorCode: 50126, failureReason: 'Invalid username or password.' },
    deviceDetail: { deviceId: 'device-1', operatingSystem: 'Linux' },
    location: { city: 'Ghent', countryOrRegion: 'BE' },
  };
  const { status: _status, location, createdDateTime, ...rest } = graph;
  const row: JsonObject = {
    TimeGenerated: createdDateTime as string,
    CreatedDateTime: createdDateTime as string,
    Type: 'SigninLogs',
    Category: 'SignInLogs',
    OperationName: 'Sign-in activity',
    ResultType: '50126',
    ResultDescription: 'Invalid username or password.',
    AADTenantId: tid,
    LocationDetails: location as JsonObject,
    ...Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [key.charAt(0).toUpperCase() + key.slice(1), value]),
    ),
  };
  const cell = (value: JsonValue) =>
    `"${(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('"', '""')}"`;
  const csv = `${Object.keys(row)
    .map((key) => (key === 'CreatedDateTime' || key === 'TimeGenerated' ? `"${key} [UTC]"` : key))
    .join(',')}\n${Object.values(row)
    .map((value) => cell(value))
    .join(',')}\n`;
  const diagnostic: JsonObject = {
    time: '2026-03-02T09:17:00.000Z',
    resourceId: `/tenants/${tid}/providers/Microsoft.aadiam`,
    operationName: 'Sign-in activity',
    category: 'SignInLogs',
    tenantId: tid,
    resultType: '50126',
    resultDescription: 'Invalid username or password.',
    callerIpAddress: '203.0.113.5',
    identity: 'Ada Palmer',
    properties: graph,
  };

  it('reads the same from Graph, diagnostic settings, a table row and its CSV export', () => {
    // The name of the log is the form's own.
    const plain = (events: (MappedEvent | string)[]) =>
      events.map((event) => (typeof event === 'string' ? event : { ...event, providerType: '' }));
    const expected = plain(read('entra', JSON.stringify(graph)));
    expect(expected).toMatchObject([
      {
        sourceEventId: 'sign-1',
        reason: 'invalid_credentials',
        person: { issuer: `https://login.microsoftonline.com/${tid}/v2.0`, subject: 'user-ada' },
        sourceSessionId: 'session-1',
        sourceDeviceId: 'device-1',
        interactive: true,
      },
    ]);
    expect(plain(read('entra', JSON.stringify({ records: [diagnostic] })))).toEqual(expected);
    expect(plain(read('entra', JSON.stringify(diagnostic)))).toEqual(expected);
    expect(plain(read('entra', JSON.stringify(row)))).toEqual(expected);
    expect(plain(read('entra', csv, 'csv'))).toEqual(expected);
  });
});

describe('a Keycloak login', () => {
  const line =
    'type="LOGIN", realmId="realm-1", realmName="acme", clientId="shop", userId="user-ada", sessionId="s-1", ipAddress="203.0.113.7", auth_method="openid-connect", username="ada"';
  const rest: JsonObject = {
    time: Date.UTC(2026, 2, 2, 9, 15, 30, 120),
    type: 'LOGIN',
    realmId: 'realm-1',
    realmName: 'acme',
    clientId: 'shop',
    userId: 'user-ada',
    sessionId: 's-1',
    ipAddress: '203.0.113.7',
    details: { auth_method: 'openid-connect', username: 'ada' },
  };
  const at = '2026-03-02T09:15:30.120Z';

  it.each([
    ['the JSON log', { timestamp: at, loggerName: 'org.keycloak.events', message: line }],
    ['the log in ECS', { '@timestamp': at, 'log.logger': 'org.keycloak.events', message: line }],
    ['the log in nested ECS', { '@timestamp': at, log: { logger: 'org.keycloak.events' }, message: line }],
    [
      "a container's log",
      { time: at, stream: 'stdout', log: `09:15:30,120 INFO [org.keycloak.events] (main) ${line}` },
    ],
    ['the log without quotes', { '@timestamp': at, message: line.replaceAll('"', '') }],
  ])('reads the same from REST and from %s', (_name, record) => {
    expect(read('keycloak', JSON.stringify(record))).toEqual(read('keycloak', JSON.stringify([rest])));
  });
});

describe('an OCSF logon', () => {
  const user = { uid: 'user-ada', name: 'ada', email_addr: 'ada@acme.example' };
  const logon = {
    class_uid: 3002,
    activity_id: 1,
    status_id: 2,
    status_detail: 'INVALID_CREDENTIALS',
    time: Date.UTC(2026, 2, 2, 9, 15, 30, 120),
    metadata: { version: '1.5.0', uid: 'ocsf-1' },
    user,
    session: { uid: 's-1' },
    src_endpoint: { ip: '203.0.113.7' },
  };
  const { time: _time, user: _user, session: _session, ...bare } = logon;
  const expected = read('ocsf', JSON.stringify(logon)).map((event) => ({ ...(event as MappedEvent), detail: {} }));

  it.each([
    [
      'the time as text (the datetime profile)',
      { ...bare, user, session: { uid: 's-1' }, time_dt: '2026-03-02T09:15:30.120Z' },
    ],
    ['the user as the actor', { ...bare, time: logon.time, actor: { user, session: { uid: 's-1' } } }],
    ['the user as both', { ...logon, actor: { user } }],
    ['the status in words', { ...logon, status_id: undefined, status: 'Failure' }],
    ['a status of its own beside the number', { ...logon, status: 'Blocked' }],
    ['numbers as text', { ...logon, class_uid: '3002', activity_id: '1', status_id: '2', time: String(logon.time) }],
    ['the class in the type alone', { ...logon, class_uid: undefined, activity_id: undefined, type_uid: 300201 }],
    [
      'version 1.0 with what it could not map',
      { ...logon, metadata: { version: '1.0.0', uid: 'ocsf-1' }, unmapped: { a: '1' } },
    ],
  ])('reads the same with %s', (_name, record) => {
    const plain = read('ocsf', JSON.stringify(record)).map((event) =>
      typeof event === 'string' ? event : { ...event, detail: {}, providerType: expected[0]?.providerType },
    );
    expect(plain).toEqual(expected);
  });
});

/** Twenty types nobody has, as each provider would write them. */
const invented: Readonly<Record<string, (n: number) => JsonObject>> = {
  okta: (n) => ({ ...recordsOf('okta')[0], uuid: `u-${n}`, eventType: `quantum.flux${n}.engage` }),
  auth0: (n) => ({ ...auth0Logs[0], log_id: `l-${n}`, type: `zz${n}` }),
  entra: (n) => ({
    id: `a-${n}`,
    activityDateTime: '2026-03-02T09:15:30Z',
    activityDisplayName: `Engage flux ${n}`,
    result: 'success',
    initiatedBy: { user: { id: 'user-root' } },
    targetResources: [],
  }),
  keycloak: (n) => ({ ...recordsOf('keycloak')[0], id: `k-${n}`, type: `QUANTUM_FLUX_${n}` }),
  google: (n) => ({ ...recordsOf('google')[0], events: [{ type: 'flux', name: `flux_${n}` }] }),
  duo: (n) => ({ action: `flux${n}_engaged`, timestamp: 1_772_442_930, username: 'Root', description: null }),
  onelogin: (n) => ({ ...recordsOf('onelogin')[0], id: n, event_type_id: 90_000 + n }),
  ocsf: (n) => ({ class_uid: 9_000 + n, activity_id: 1, time: 1_772_442_930_000, metadata: { uid: `o-${n}` } }),
  ssf: (n) => ({
    iss: 'https://idp.example',
    jti: `j-${n}`,
    iat: 1_772_442_930,
    events: { [`https://schemas.example/secevent/flux/event-type/flux-${n}`]: {} },
  }),
};

describe('types nobody listed', () => {
  it.each(Object.entries(invented))('are kept and told apart: %s', (kind, make) => {
    const events = read(kind, JSON.stringify(Array.from({ length: 20 }, (_, n) => make(n))));
    expect(events.filter((event) => typeof event === 'string')).toEqual([]);
    const mapped = events as MappedEvent[];
    expect(new Set(mapped.map(({ providerType }) => providerType)).size).toBe(20);
    for (const { type } of mapped) expect(['other', 'admin_action']).toContain(type);
  });
});
