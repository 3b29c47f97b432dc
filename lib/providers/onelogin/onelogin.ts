import type { EventType, JsonObject, JsonValue, MappedEvent, PersonRef } from '#lib/model/event.ts';
import { type ProviderDefinition, RecordRejected } from '#lib/providers/definition.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { oneLoginMeaning } from '#lib/providers/onelogin/event-types.ts';
import { oneLoginFields, oneLoginPulls } from '#lib/providers/onelogin/onelogin-api.ts';
import { isEmail, personRef } from '#lib/providers/person-ref.ts';
import { RecordReader, recordsUnder } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';

/** OneLogin: events of the Events API and of the event broadcaster's webhook. */
export const onelogin: ProviderDefinition = {
  kind: 'onelogin',
  name: 'OneLogin',
  map,
  pulls: oneLoginPulls,
  connection: { address: 'https://acme.onelogin.com', fields: oneLoginFields },
  unfold: { signs: ['"data"', '"events"'], lists: ['data', 'events'], split },
};

function split(delivery: JsonObject): readonly JsonValue[] | null {
  // The API answers {status, pagination, data}; the broadcaster's other forms nest the list under "events".
  return new RecordReader(delivery).has('event_type_id') ? null : recordsUnder(delivery, 'data', 'events');
}

/** The broadcaster's "SIEM (NDJSON)" form keeps the event under `event`, EventBridge under `detail`. */
function unwrap(outer: RecordReader): RecordReader {
  if (outer.has('event_type_id')) return outer;
  const inside = [outer.child('event'), outer.child('fields.event'), outer.child('detail')];
  return inside.find((event) => event.has('event_type_id')) ?? outer;
}

function map(record: JsonObject): MappedEvent {
  const outer = new RecordReader(record);
  const event = unwrap(outer);
  const id = event.number('event_type_id');
  if (id === null)
    throw new RecordRejected('wrong_format', 'This is no OneLogin event: it needs a number as "event_type_id".');
  const { at, from } = eventTime(event, ['created_at', 'event_timestamp'], outer);
  const { outcome, ...meaning } = oneLoginMeaning(id);
  const { person, actor } = readPeople(event, outcome === 'failure');
  const own = actor === null;
  const words = event.text('error_description', 'notes', 'custom_message');
  return {
    sourceEventId: event.text('uuid', 'id'),
    occurredAt: at,
    // The same number stands for a password changed by its owner and for one set by an administrator.
    type: meaning.type === 'password_changed' && !own ? 'password_reset' : meaning.type,
    providerType: String(id),
    outcome,
    reason: outcome === 'failure' ? readReason(meaning.reason, words) : null,
    person,
    actor,
    sourceSessionId: null,
    sourceDeviceId: null,
    client: event.text('app_name', 'app_id'),
    ip: readIp(event.at('ipaddr', 'ip_addr')),
    userAgent: event.text('user_agent'),
    interactive: own && interactiveTypes.has(meaning.type),
    detail: smallDetail({
      notes: words,
      role: event.text('role_name'),
      group: event.text('group_name'),
      policy: event.text('policy_name'),
      otp_device: event.text('otp_device_name'),
      factor: event.text('authentication_factor_description', 'authentication_factor_type'),
      privilege: event.text('privilege_name'),
      risk_score: event.number('risk_score'),
      risk_reasons: event.text('risk_reasons'),
      actor_system: event.text('actor_system'),
      assumed_by: event.text('assuming_acting_user_id'),
      proxy_ip: readIp(event.at('proxy_ip')),
      account: event.text('account_id'),
      time_from: from,
    }),
  };
}

const interactiveTypes: ReadonlySet<EventType> = new Set<EventType>([
  'sign_in',
  'sign_out',
  'mfa_verified',
  'password_changed',
  'impersonation_started',
]);

function readReason(listed: MappedEvent['reason'], words: string | null): NonNullable<MappedEvent['reason']> {
  const said = reasonFromText(words);
  // A wrong password is what "failed authentication" means unless the notes say better.
  return said && said !== 'other' ? said : (listed ?? 'other');
}

function readPeople(event: RecordReader, failure: boolean): { person: PersonRef | null; actor: string | null } {
  const outcome = failure ? ('failure' as const) : ('success' as const);
  const user = readUser(event, ['user_id'], ['user_name', 'login_name'], outcome);
  const acting = readUser(event, ['actor_user_id'], ['actor_user_name'], 'success');
  const system = event.text('actor_system');
  if (!user) return { person: acting, actor: null };
  // An administrator who has assumed somebody acts under that name; who it really was is said by id alone.
  const assuming = event.text('assuming_acting_user_id');
  if (assuming !== null && assuming !== '0' && acting?.subject === user.subject && assuming !== user.subject)
    return { person: user, actor: assuming };
  if (acting && acting.subject !== user.subject) return { person: user, actor: acting.displayName ?? acting.subject };
  return { person: user, actor: acting === null && system !== null && !failure ? system : null };
}

function readUser(
  event: RecordReader,
  ids: string[],
  names: string[],
  outcome: 'success' | 'failure',
): PersonRef | null {
  const name = event.text(...names)?.trim() ?? null;
  const id = event.text(...ids);
  return personRef({
    issuer: null,
    id: id === '0' ? null : id,
    login: name,
    displayName: name,
    email: name && isEmail(name) ? name : null,
    accountType: 'human',
    outcome,
  });
}
