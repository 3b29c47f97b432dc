import type { JsonObject, JsonValue } from '#lib/model/event.ts';
import { known } from '#lib/providers/okta/envelope.ts';
import type { RecordReader } from '#lib/providers/record-reader.ts';
import { safePath, smallDetail } from '#lib/providers/small-detail.ts';

/** The small extras of an event that are worth showing: what the request was, what Okta made of it, and where it came from. */
export function readDetail(
  event: RecordReader,
  extra: { timeFrom: string | null; actorSession: string | null },
): JsonObject {
  const debug = event.child('debugContext.debugData');
  const place = event.child('client.geographicalContext');
  return smallDetail({
    message: event.text('displayMessage'),
    reason: event.text('outcome.reason'),
    result: event.text('outcome.result'),
    dt_hash: debug.text('dtHash'),
    device_fingerprint: debug.text('deviceFingerprint'),
    risk: plain(debug.at('risk', 'logOnlySecurityData.risk')),
    behaviors: plain(debug.at('behaviors', 'logOnlySecurityData.behaviors')),
    threat_suspected: debug.flag('threatSuspected'),
    threat_detections: plain(debug.at('threatDetections')),
    factor: debug.text('factor') ?? enrolledFactor(event),
    request_path: safePath(debug.text('requestUri')),
    privilege: debug.text('privilegeGranted', 'privilegeRevoked'),
    root_session: known(event.text('authenticationContext.rootSessionId')),
    actor_session: extra.actorSession,
    zone: known(event.text('client.zone')),
    proxy: event.flag('securityContext.isProxy'),
    network: event.text('securityContext.asOrg'),
    asn: event.number('securityContext.asNumber'),
    provider_place: { city: place.text('city'), country: place.text('country') },
    user_agent_os: known(event.text('client.userAgent.os')),
    severity: event.text('severity'),
    time_from: extra.timeFrom,
  });
}

/** Older events keep risk and behaviours as `{level=LOW, reasons=…}`, newer ones as objects; both are read as they stand. */
function plain(value: JsonValue | undefined): JsonValue | undefined {
  return typeof value === 'object' || typeof value === 'string' ? value : undefined;
}

/** Identity Engine names the factor by the enrolment that was used. */
function enrolledFactor(event: RecordReader): string | null {
  const enrolled = event.list('target').find((target) => target.text('type') === 'AuthenticatorEnrollment');
  return enrolled?.text('detailEntry.methodTypeUsed', 'displayName') ?? null;
}
