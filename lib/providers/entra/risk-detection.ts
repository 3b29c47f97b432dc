import type { AccountType, MappedEvent, PersonRef } from '#lib/model/event.ts';
import { type EntraRecord, known, readIssuer } from '#lib/providers/entra/envelope.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { personRef } from '#lib/providers/person-ref.ts';
import type { RecordReader } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';

/**
 * An Identity Protection finding: a detection (Graph riskDetection; Azure Monitor UserRiskEvents, ServicePrincipalRiskEvents) or the
 * risk of an account as a whole (riskyUser, RiskyUsers, RiskyServicePrincipals).
 */
export function mapRiskDetection(record: EntraRecord): MappedEvent {
  const { outer, inner } = record;
  const { at, from } = eventTime(
    inner,
    ['activityDateTime', 'detectedDateTime', 'riskLastUpdatedDateTime', 'riskEventDateTime'],
    outer,
  );
  const isAccount = isRiskyAccount(record);
  return {
    sourceEventId: isAccount ? accountRiskId(inner) : detectionId(inner),
    occurredAt: at,
    type: 'risk_detected',
    providerType:
      inner.text('riskEventType', 'riskType') ?? outer.text('category') ?? (isAccount ? 'riskyUser' : 'riskDetection'),
    outcome: 'unknown',
    reason: null,
    person: readPerson(record, isAccount),
    actor: null,
    sourceSessionId: null,
    sourceDeviceId: null,
    client: null,
    ip: readIp(inner.at('ipAddress')),
    userAgent: readUserAgent(inner),
    interactive: false,
    detail: smallDetail({
      risk_level: inner.text('riskLevel'),
      risk_state: inner.text('riskState'),
      risk_detail: known(inner.text('riskDetail')),
      detection_timing: inner.text('detectionTimingType'),
      activity: inner.text('activity'),
      source: inner.text('source'),
      request_id: inner.text('requestId'),
      correlation_id: inner.text('correlationId') ?? outer.text('correlationId'),
      provider_place: { city: inner.text('location.city'), country: inner.text('location.countryOrRegion') },
      time_from: from,
    }),
  };
}

function isRiskyAccount({ outer, inner }: EntraRecord): boolean {
  const category = `${outer.text('category') ?? ''} ${outer.text('type') ?? ''}`;
  return /risky(users|service-?principals)/i.test(category) || (!inner.has('riskEventType') && !inner.has('riskType'));
}

/** An account keeps its id for as long as it lives, so each report on it is told apart by when its risk changed. */
function accountRiskId(inner: RecordReader): string | null {
  const [id, changed] = [inner.text('id'), inner.text('riskLastUpdatedDateTime')];
  return id && changed && `${id}/${changed}`;
}

/** A detection is reported again under its id when it is dismissed, remediated or confirmed: each state is an event. */
function detectionId(inner: RecordReader): string | null {
  const [id, state] = [inner.text('id'), inner.text('riskState')];
  return id && (state === null || /^(atRisk|none)$/i.test(state) ? id : `${id}/${state}`);
}

function readPerson(record: EntraRecord, isAccount: boolean): PersonRef | null {
  const { inner } = record;
  const service = inner.has('servicePrincipalId', 'servicePrincipalDisplayName', 'accountEnabled');
  const upn = known(inner.text('userPrincipalName'));
  const name = known(inner.text('userDisplayName')) ?? known(inner.text('servicePrincipalDisplayName', 'displayName'));
  const accountType: AccountType = service && upn === null ? 'service' : 'human';
  return personRef({
    issuer: readIssuer(record),
    id: known(inner.text('userId', 'servicePrincipalId')) ?? (isAccount ? known(inner.text('id')) : null),
    login: upn ?? name,
    displayName: name ?? upn,
    accountType,
    outcome: 'unknown',
  });
}

/** `additionalInfo` is a list of `{Key, Value}` as JSON text. */
function readUserAgent(inner: RecordReader): string | null {
  const found = inner.list('additionalInfo').find((entry) => entry.text('key')?.toLowerCase() === 'useragent');
  return known(found?.text('value') ?? null);
}
