import type { AccountType, MappedEvent, Outcome, PersonRef } from '#lib/model/event.ts';
import { type EntraRecord, known, readIssuer } from '#lib/providers/entra/envelope.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { personRef } from '#lib/providers/person-ref.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { safePath, smallDetail } from '#lib/providers/small-detail.ts';

/** A call of Microsoft Graph (MicrosoftGraphActivityLogs, AADGraphActivityLogs): whose token was used for what, from where. */
export function mapGraphActivity(record: EntraRecord): MappedEvent {
  const { outer, inner } = record;
  const { at, from } = eventTime(inner, ['timeGenerated', 'time'], outer);
  const status = inner.number('responseStatusCode') ?? outer.number('resultSignature');
  const outcome: Outcome = status === null ? 'unknown' : status >= 400 ? 'failure' : 'success';
  return {
    sourceEventId: inner.text('requestId', 'operationId'),
    occurredAt: at,
    type: 'other',
    providerType: outer.text('category', 'type') ?? 'MicrosoftGraphActivityLogs',
    outcome,
    reason: outcome !== 'failure' ? null : status === 401 || status === 403 ? 'policy_denied' : 'other',
    person: readPerson(record, outcome),
    actor: null,
    sourceSessionId: known(inner.text('sessionId')),
    sourceDeviceId: known(inner.text('deviceId')),
    client: known(inner.text('appId')),
    ip: readIp(inner.at('ipAddress')) ?? readIp(outer.at('callerIpAddress')),
    userAgent: inner.text('userAgent'),
    interactive: false,
    detail: smallDetail({
      method: inner.text('requestMethod'),
      path: safePath(inner.text('requestUri')),
      status_code: status,
      scope: inner.text('scopes'),
      roles: inner.text('roles'),
      token_id: inner.text('signInActivityId'),
      correlation_id: inner.text('clientRequestId') ?? outer.text('correlationId'),
      time_from: from,
    }),
  };
}

function readPerson(record: EntraRecord, outcome: Outcome): PersonRef | null {
  const { inner } = record;
  const user = known(inner.text('userId'));
  const service = known(inner.text('servicePrincipalId'));
  const accountType: AccountType = user === null ? 'service' : 'human';
  return personRef({ issuer: readIssuer(record), id: user ?? service, login: null, accountType, outcome });
}
