import type { JsonObject, JsonValue } from '#lib/model/event.ts';
import { RecordReader, recordsUnder } from '#lib/providers/record-reader.ts';

/** One event of an activity report, whoever shipped it. `parameters` are by name, lower case where Google writes upper. */
export type GoogleActivity = {
  outer: RecordReader;
  application: string;
  name: string;
  eventType: string | null;
  parameters: RecordReader;
  actor: RecordReader;
  ip: JsonValue | undefined;
  id: string | null;
  timeFields: [string, ...string[]];
};

/** `null` when the record is no activity of Google Workspace. */
export function readActivity(record: JsonObject): GoogleActivity | null {
  const outer = new RecordReader(record);
  return outer.has('protoPayload') ? readCloudLog(outer) : readReport(outer);
}

/** The Reports API: `events` is a list, or one object where a shipper has split it, or its fields stand beside `id`. */
function readReport(outer: RecordReader): GoogleActivity | null {
  const application = outer.text('id.applicationName');
  if (application === null && outer.text('kind') !== 'admin#reports#activity') return null;
  const event = outer.list('events')[0] ?? outer;
  const name = event.text('name') ?? 'activity';
  const [time, qualifier] = [outer.text('id.time'), outer.text('id.uniqueQualifier')];
  const part = event.text('part');
  return {
    outer,
    application: (application ?? 'unknown').toLowerCase(),
    name,
    eventType: event.text('type'),
    parameters: readParameters(event),
    actor: outer.child('actor'),
    ip: outer.at('ipAddress'),
    // Google says time, qualifier and application identify an activity; an activity may hold several events.
    id: time && qualifier ? [application, time, qualifier, name, ...(part ? [part] : [])].join('/') : null,
    timeFields: ['id.time'],
  };
}

/** Cloud Logging's form of the same events: `protoPayload.metadata.event`. */
function readCloudLog(outer: RecordReader): GoogleActivity | null {
  const service = outer.text('protoPayload.serviceName') ?? '';
  const event = outer.list('protoPayload.metadata.event')[0];
  if (!event || !/^(login|admin|oauth2?|cloudidentity)\.googleapis\.com$/.test(service)) return null;
  const name = event.text('eventName') ?? outer.text('protoPayload.methodName') ?? 'activity';
  const part = event.text('part');
  const id = outer.text('insertId');
  return {
    outer,
    application: service.startsWith('oauth') ? 'token' : (service.split('.')[0] ?? 'login'),
    name:
      name.toLowerCase() === name || name.toUpperCase() === name
        ? name
        : name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase(),
    eventType: event.text('eventType'),
    parameters: readParameters(event),
    actor: new RecordReader({ email: outer.text('protoPayload.authenticationInfo.principalEmail') }),
    ip: outer.at('protoPayload.requestMetadata.callerIp'),
    id: id && (part ? `${id}/${part}` : id),
    timeFields: ['timestamp', 'receiveTimestamp'],
  };
}

/** Parameters come as a list of `{name, value | intValue | boolValue | multiValue …}`, or flat by name. */
function readParameters(event: RecordReader): RecordReader {
  const listed = event.list('parameters', 'parameter').filter((parameter) => parameter.text('name') !== null);
  if (listed.length === 0) return event.child('parameters');
  const byName: JsonObject = {};
  for (const parameter of listed) {
    const value = parameter.at('value', 'intValue', 'boolValue', 'multiValue', 'multiStrValue', 'multiIntValue');
    if (value === undefined) continue;
    Object.defineProperty(byName, parameter.text('name') ?? '', { value, enumerable: true, configurable: true });
  }
  return new RecordReader(byName);
}

/** An activity of several events as activities of one each; the second of a name is marked, so that each has an id. */
export function unfoldActivity(delivery: JsonObject): readonly JsonValue[] | null {
  const outer = new RecordReader(delivery);
  if (outer.has('items') && !outer.has('id', 'events')) {
    const isActivity = (item: JsonValue): item is JsonObject => item !== null && typeof item === 'object';
    return (
      recordsUnder(delivery, 'items')?.flatMap((item) => (isActivity(item) ? unfoldActivity(item) : null) ?? [item]) ??
      null
    );
  }
  const { events } = delivery;
  if (!Array.isArray(events) || events.length < 2) return null;
  const seen = new Map<string, number>();
  return outer.list('events').map((event) => {
    const name = event.text('name') ?? '';
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { ...delivery, events: [count === 1 ? event.source : { ...event.source, part: count }] };
  });
}
