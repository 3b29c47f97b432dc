import type { EventType, JsonObject, MappedEvent } from '#lib/model/event.ts';
import { type ProviderDefinition, RecordRejected } from '#lib/providers/definition.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { readDetail } from '#lib/providers/okta/detail.ts';
import { known, unwrap } from '#lib/providers/okta/envelope.ts';
import { clearsSessions } from '#lib/providers/okta/event-types.ts';
import { readMeaning } from '#lib/providers/okta/meaning.ts';
import { connectOkta, oktaFields, oktaPulls } from '#lib/providers/okta/okta-api.ts';
import { readPeople } from '#lib/providers/okta/people.ts';
import { RecordReader, recordsUnder } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';

/** Okta: System Log events as the API gives them, with lowered keys, as a hook's inner events, or wrapped by EventBridge. */
export const okta: ProviderDefinition = {
  kind: 'okta',
  name: 'Okta',
  map,
  connect: connectOkta,
  pulls: oktaPulls,
  connection: { address: 'https://acme.okta.com', fields: oktaFields },
  reach: {
    ends: "Okta's own session: the next sign-in to anything behind Okta asks again. Sessions of Identity Engine (ids that begin with idx) cannot be ended one by one.",
    remains:
      'Sessions that applications keep themselves, and access and refresh tokens already given out, until they expire.',
  },
  unfold: { signs: ['"data"'], lists: ['events'], split: (delivery) => recordsUnder(delivery, 'data.events') },
};

function map(record: JsonObject): MappedEvent {
  const outer = new RecordReader(record);
  const event = unwrap(outer);
  const providerType = event.text('eventType');
  if (
    !providerType?.includes('.') ||
    !event.has('actor', 'outcome', 'uuid', 'published', 'displayMessage', 'debugContext')
  ) {
    throw new RecordRejected(
      'wrong_format',
      'This is no Okta System Log event: it needs "eventType" with an actor, an outcome or a uuid.',
    );
  }
  const { at, from } = eventTime(event, ['published'], outer);
  const { type, outcome, reason } = readMeaning(event, providerType);
  const { person, actor } = readPeople(event, providerType, outcome);
  const session = readSession(event, providerType);
  // What the system notes of a sign-in (through another identity provider, say) is of the session that it opens.
  const isOwn = actor === null || isSignInBySystem(event, providerType);
  return {
    sourceEventId: event.text('uuid'),
    occurredAt: at,
    type,
    providerType,
    outcome,
    reason,
    person,
    actor,
    // The session and the device of a record are the actor's: they say nothing of the account acted upon.
    sourceSessionId: isOwn ? session : null,
    endsSessionsUntil: clearsSessions(providerType) ? at : null,
    sourceDeviceId: isOwn ? known(event.text('device.id')) : null,
    client: readClient(event),
    ip: readIp(event.at('client.ipAddress')) ?? readIp(event.at('request.ipChain.0.ip')),
    userAgent: known(event.text('client.userAgent.rawUserAgent', 'client.rawUserAgent')),
    interactive: person?.accountType === 'human' && interactiveTypes.has(type),
    detail: readDetail(event, { timeFrom: from, actorSession: isOwn ? null : session }),
  };
}

/** API calls and the system's own work run in a session that ends with them (`trs…`): only a sign-in may call such a one its own. */
function readSession(event: RecordReader, providerType: string): string | null {
  const ids = [
    event.text('authenticationContext.externalSessionId'),
    event.text('authenticationContext.rootSessionId'),
  ].map(known);
  const passing = /^user\.session\.start$/i.test(providerType) ? /^$/ : /^trs[\w-]{10,}$/;
  return ids.find((id) => id !== null && !passing.test(id)) ?? null;
}

function isSignInBySystem(event: RecordReader, providerType: string): boolean {
  return (
    event.text('actor.type') === 'SystemPrincipal' &&
    /^user\.(authentication\.auth_|session\.start)/i.test(providerType)
  );
}

const interactiveTypes: ReadonlySet<EventType> = new Set<EventType>([
  'sign_in',
  'sign_out',
  'session_started',
  'mfa_challenge',
  'mfa_verified',
  'mfa_denied',
  'password_changed',
  'impersonation_started',
]);

function readClient(event: RecordReader): string | null {
  const app = event
    .list('target')
    .find((target) => /^(AppInstance|PublicClientApp|App)$/.test(target.text('type') ?? ''));
  // An instance is called what the organisation calls it in `alternateId`; `displayName` may be the kind ("OpenID Connect Client").
  const label = known(app?.text('alternateId') ?? null);
  const named = label && !/^0o[a-z0-9]{16,}$/i.test(label) ? label : known(app?.text('displayName', 'id') ?? null);
  return named ?? known(event.text('client.id'));
}
