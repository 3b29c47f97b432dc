import type { MappedEvent } from '#lib/model/event.ts';
import { type EntraRecord, known, readIssuer } from '#lib/providers/entra/envelope.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { personRef } from '#lib/providers/person-ref.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';

/** An Identity Protection finding (Graph riskDetection; Azure Monitor UserRiskEvents and RiskyUsers). */
export function mapRiskDetection(record: EntraRecord): MappedEvent {
  const { outer, inner } = record;
  const { at, from } = eventTime(
    inner,
    ['activityDateTime', 'detectedDateTime', 'riskLastUpdatedDateTime', 'riskEventDateTime'],
    outer,
  );
  const upn = known(inner.text('userPrincipalName'));
  const name = known(inner.text('userDisplayName'));
  return {
    sourceEventId: inner.text('id'),
    occurredAt: at,
    type: 'risk_detected',
    providerType: inner.text('riskEventType', 'riskType') ?? outer.text('category') ?? 'riskDetection',
    outcome: 'unknown',
    reason: null,
    person: personRef({
      issuer: readIssuer(record),
      id: known(inner.text('userId')),
      login: upn ?? name,
      displayName: name ?? upn,
      accountType: 'human',
      outcome: 'unknown',
    }),
    actor: null,
    sourceSessionId: null,
    sourceDeviceId: null,
    client: null,
    ip: readIp(inner.at('ipAddress')),
    userAgent: null,
    interactive: false,
    detail: smallDetail({
      risk_level: inner.text('riskLevel'),
      risk_state: inner.text('riskState'),
      risk_detail: inner.text('riskDetail'),
      detection_timing: inner.text('detectionTimingType'),
      source: inner.text('source'),
      request_id: inner.text('requestId'),
      correlation_id: inner.text('correlationId') ?? outer.text('correlationId'),
      provider_place: { city: inner.text('location.city'), country: inner.text('location.countryOrRegion') },
      time_from: from,
    }),
  };
}
