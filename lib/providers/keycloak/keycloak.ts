import type { JsonObject, MappedEvent } from '#lib/model/event.ts';
import { type ProviderDefinition, RecordRejected } from '#lib/providers/definition.ts';
import { mapAdminEvent } from '#lib/providers/keycloak/admin-event.ts';
import { connectKeycloak, keycloakFields, keycloakPulls } from '#lib/providers/keycloak/keycloak-api.ts';
import { parseEventLine } from '#lib/providers/keycloak/log-line.ts';
import { mapUserEvent } from '#lib/providers/keycloak/user-event.ts';
import { RecordReader } from '#lib/providers/record-reader.ts';

/** Keycloak: user and admin events from the admin REST interface or a webhook, or the server's own JSON log. */
export const keycloak: ProviderDefinition = {
  kind: 'keycloak',
  name: 'Keycloak',
  map,
  connect: connectKeycloak,
  pulls: keycloakPulls,
  connection: { address: 'https://id.example.org', fields: keycloakFields },
  reach: {
    ends: "Keycloak's session with its refresh tokens; applications with a back-channel logout address are called once, one after the other.",
    remains:
      'Access tokens until they expire (Keycloak cannot take them back), applications that were not reachable, and those without a back-channel logout address.',
  },
};

function map(record: JsonObject): MappedEvent {
  const outer = new RecordReader(record);
  const event = readLogLine(outer) ?? outer;
  const operation = event.text('operationType');
  if (
    operation &&
    /^(CREATE|UPDATE|DELETE|ACTION)$/.test(operation) &&
    event.has('resourceType', 'resourcePath', 'authDetails')
  ) {
    return mapAdminEvent(event, outer);
  }
  const type = event.text('type');
  if (
    type &&
    /^(access\.)?[A-Z][A-Z0-9_]*$/.test(type) &&
    event.has('realmId', 'realmName', 'clientId', 'ipAddress', 'userId', 'authDetails')
  ) {
    return mapUserEvent(event, outer);
  }
  throw new RecordRejected(
    'wrong_format',
    'This is no Keycloak event: a user event ("type", "realmId"), an admin event ("operationType", "resourceType") or a JSON log line of org.keycloak.events was expected.',
  );
}

/** A server's JSON log holds every logger's lines; only those of the event listener are events. */
function readLogLine(outer: RecordReader): RecordReader | null {
  // Containers' log drivers keep the line as `log`.
  const message = outer.text('message', 'log');
  if (message === null || outer.has('realmId', 'operationType')) return null;
  const logger = outer.text('loggerName', 'log.logger', 'logger');
  const event = logger === null || /(^|\.)events(\.|$)/.test(logger) ? parseEventLine(message) : null;
  if (event) return new RecordReader(event);
  if (logger === null) return null;
  throw new RecordRejected('not_an_event', 'This is a line of the server log, but not one its event listener wrote.');
}
