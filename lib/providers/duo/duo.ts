import type { JsonObject, JsonValue, MappedEvent } from '#lib/model/event.ts';
import { type ProviderDefinition, RecordRejected } from '#lib/providers/definition.ts';
import { mapActivity, mapAdministration } from '#lib/providers/duo/administration.ts';
import { mapAuthentication } from '#lib/providers/duo/authentication.ts';
import { duoFields, duoPulls } from '#lib/providers/duo/duo-api.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { personRef } from '#lib/providers/person-ref.ts';
import { RecordReader, recordsUnder } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';

/** Cisco Duo: authentication, administrator, activity, telephony and Trust Monitor logs of the Admin API, versions 1 and 2. */
export const duo: ProviderDefinition = {
  kind: 'duo',
  name: 'Duo Security',
  map,
  pulls: duoPulls,
  connection: { address: 'https://api-00000000.duosecurity.com', fields: duoFields },
  unfold: { signs: ['"response"'], lists: ['response', 'authlogs', 'items', 'events'], split },
};

/** The API's own answers: `{response: […]}` (v1) and `{response: {authlogs | items | events: […]}}` (v2). */
function split(delivery: JsonObject): readonly JsonValue[] | null {
  return recordsUnder(delivery, 'response.authlogs', 'response.items', 'response.events', 'response');
}

function map(record: JsonObject): MappedEvent {
  const event = new RecordReader(record);
  if (event.has('sekey') || (event.has('surfaced_auth') && event.has('type'))) return mapTrustMonitor(event);
  if (event.has('action.name') && event.has('activity_id', 'actor', 'target', 'ts')) return mapActivity(event);
  if (event.has('action') && event.has('timestamp', 'isotimestamp') && !event.has('operationType', 'actor')) {
    return mapAdministration(event);
  }
  const isDuo = event.has('access_device', 'auth_device', 'txid', 'integration', 'new_enrollment');
  if (isDuo && event.has('result') && event.has('factor', 'reason')) return mapAuthentication(event);
  if (event.has('credits', 'telephony_id') && event.has('context')) return mapTelephony(event);
  throw new RecordRejected(
    'wrong_format',
    'This is no Duo record: an authentication ("factor", "result"), an administrator act ("action"), an activity ("activity_id"), a telephony or a Trust Monitor record was expected.',
  );
}

/** A call or text message that carries a code. */
function mapTelephony(event: RecordReader): MappedEvent {
  const { at, from } = eventTime(event, ['ts', 'isotimestamp', 'timestamp']);
  const context = event.text('context') ?? '';
  return {
    ...blank(at),
    sourceEventId: event.text('telephony_id'),
    type: /authentication|login/i.test(context) ? 'mfa_challenge' : 'other',
    providerType: `telephony.${context}`,
    outcome: 'success',
    detail: smallDetail({ way: event.text('type'), txid: event.text('txid'), time_from: from }),
  };
}

function mapTrustMonitor(event: RecordReader): MappedEvent {
  const { at, from } = eventTime(event, ['surfaced_timestamp', 'surfaced_auth.timestamp']);
  const auth = event.child('surfaced_auth');
  // A bypass is about whom it was switched on for; only an authentication has a user of its own.
  const about = auth.isEmpty ? event.child('enabled_for', 'user') : auth.child('user');
  const name = about.text('name');
  return {
    ...blank(at),
    sourceEventId: event.text('sekey'),
    type: 'risk_detected',
    providerType: `trust_monitor.${event.text('type') ?? 'event'}`,
    person: personRef({
      issuer: null,
      id: about.text('key') ?? name,
      login: name,
      displayName: name,
      email: auth.text('email'),
      accountType: 'human',
      outcome: 'unknown',
    }),
    actor: event.text('enabled_by.name', 'enabled_by.key'),
    sourceDeviceId: auth.text('access_device.epkey'),
    client: auth.text('application.name'),
    ip: readIp(auth.at('access_device.ip')),
    detail: smallDetail({
      explanations: event.list('explanations').flatMap((why) => why.text('summary') ?? []),
      triage: event.flag('triaged_as_interesting'),
      priority: event.flag('priority_event'),
      state: event.text('state'),
      time_from: from,
    }),
  };
}

function blank(at: Date): MappedEvent {
  return {
    sourceEventId: null,
    occurredAt: at,
    type: 'other',
    providerType: 'duo',
    outcome: 'unknown',
    reason: null,
    person: null,
    actor: null,
    sourceSessionId: null,
    sourceDeviceId: null,
    client: null,
    ip: null,
    userAgent: null,
    interactive: false,
    detail: {},
  };
}
