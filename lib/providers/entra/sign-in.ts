import type { AccountType, FailureReason, JsonObject, MappedEvent, Outcome, PersonRef } from '#lib/model/event.ts';
import { type EntraRecord, known, readIssuer } from '#lib/providers/entra/envelope.ts';
import { entraFailureReason, isInterrupt } from '#lib/providers/entra/error-codes.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { personRef } from '#lib/providers/person-ref.ts';
import type { RecordReader } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';

/** A sign-in, whoever shipped it. Records with the same id are the same sign-in, so the id identifies it. */
export function mapSignIn(record: EntraRecord): MappedEvent {
  const { outer, inner } = record;
  const { at, from } = eventTime(inner, ['createdDateTime', 'TimeGenerated'], outer);
  const kind = readKind(record);
  const code = readCode(record);
  const { outcome, reason } = readOutcome(record, code);
  const isPerson = kind === 'interactive' || kind === 'background';
  return {
    sourceEventId: inner.text('id'),
    occurredAt: at,
    type: 'sign_in',
    providerType: outer.text('category') ?? outer.text('type') ?? 'signIn',
    outcome,
    reason,
    person: readPerson(record, isPerson, outcome),
    actor: null,
    sourceSessionId: known(inner.text('sessionId')),
    sourceDeviceId: known(inner.text('deviceDetail.deviceId')),
    // A service principal signs in to a resource; its own application is the one that signs in.
    client: isPerson
      ? inner.text('appDisplayName', 'appId')
      : inner.text('resourceDisplayName', 'resourceId', 'appDisplayName', 'appId'),
    ip: readIp(inner.at('ipAddress')) ?? readIp(outer.at('callerIpAddress')),
    userAgent: inner.text('userAgent'),
    interactive: kind === 'interactive' && !isAgent(inner, isPerson),
    detail: readDetail(record, code, from),
  };
}

type Kind = 'interactive' | 'background' | 'service-principal' | 'managed-identity';

function readKind({ outer, inner }: EntraRecord): Kind {
  const said = `${outer.text('category') ?? ''} ${outer.text('type') ?? ''} ${JSON.stringify(inner.at('signInEventTypes') ?? '')}`;
  if (/managedidentity|msisignin/i.test(said)) return 'managed-identity';
  if (/serviceprincipal/i.test(said)) return 'service-principal';
  const hasUser = known(inner.text('userId')) ?? known(inner.text('userPrincipalName'));
  if (!hasUser && known(inner.text('servicePrincipalId'))) return 'service-principal';
  if (/noninteractive/i.test(said)) return 'background';
  return inner.flag('isInteractive') === false ? 'background' : 'interactive';
}

function readCode({ outer, inner }: EntraRecord): number | null {
  return inner.number('status.errorCode', 'errorCode', 'ResultType') ?? outer.number('resultType');
}

function readOutcome(
  { outer, inner }: EntraRecord,
  code: number | null,
): { outcome: Outcome; reason: FailureReason | null } {
  if (code === 0) return { outcome: 'success', reason: null };
  const words = inner.text('status.failureReason', 'ResultDescription') ?? outer.text('resultDescription');
  if (code !== null) return { outcome: 'failure', reason: readReason(inner, code, words) };
  const result = [
    outer.text('resultType'),
    inner.text('result'),
    outer.text('result'),
    outer.text('resultSignature'),
    inner.text('ResultType'),
  ].join(' ');
  if (/\b(failure|failed|denied)\b/i.test(result))
    return { outcome: 'failure', reason: reasonFromText(words) ?? 'other' };
  return { outcome: /\bsucce(ss|eded)\b/i.test(result) ? 'success' : 'unknown', reason: null };
}

/** Two numbers stand for two things each, which only the words beside them tell apart. */
function readReason(inner: RecordReader, code: number, words: string | null): FailureReason {
  if (code === 50053 && /ip address with malicious/i.test(words ?? '')) return 'policy_denied';
  const unanswered = /did not respond|no response|not answered|unanswered|timed? ?out/i;
  if (code === 500121 && unanswered.test(readMfa(inner).result ?? '')) return 'expired';
  return entraFailureReason(code) ?? reasonFromText(words) ?? 'other';
}

/** How the second factor was asked for and what came of it: Entra has no event of its own for either. */
function readMfa(inner: RecordReader): { method: string | null; result: string | null } {
  const steps = inner.list('authenticationDetails');
  const last = steps.findLast(
    (step) => !/^(password|previously satisfied)?$/i.test(step.text('authenticationMethod') ?? ''),
  );
  return {
    method: known(inner.text('mfaDetail.authMethod')) ?? known(last?.text('authenticationMethod') ?? null),
    result: inner.text('status.additionalDetails') ?? last?.text('authenticationStepResultDetail') ?? null,
  };
}

/** An account that software acts under by itself: an agent's own user or principal. A person who uses an agent's app is none. */
function isAgent(inner: RecordReader, isPerson: boolean): boolean {
  const said = isPerson
    ? inner.text('agent.agentSubjectType')
    : inner.text('agent.agentSubjectType', 'agent.agentType');
  return /^agent/i.test(said ?? '');
}

function readPerson(record: EntraRecord, isPerson: boolean, outcome: Outcome): PersonRef | null {
  const { outer, inner } = record;
  const issuer = readIssuer(record);
  if (!isPerson) {
    const isWorkload = readKind(record) === 'managed-identity' || isAgent(inner, isPerson);
    const accountType: AccountType = isWorkload ? 'workload' : 'service';
    const id = known(inner.text('servicePrincipalId')) ?? known(inner.text('appId'));
    const name = inner.text('servicePrincipalName', 'appDisplayName');
    return personRef({ issuer, id, login: name, displayName: name, accountType, outcome });
  }
  const upn = known(inner.text('userPrincipalName', 'signInIdentifier', 'alternateSignInName'));
  const displayName = known(inner.text('userDisplayName')) ?? known(outer.text('identity'));
  return personRef({
    issuer,
    id: known(inner.text('userId')),
    login: upn ?? displayName,
    displayName: displayName ?? upn,
    accountType: isAgent(inner, isPerson) ? 'workload' : 'human',
    outcome,
  });
}

function readDetail({ outer, inner }: EntraRecord, code: number | null, timeFrom: string | null): JsonObject {
  const place = inner.child('location', 'LocationDetails');
  return smallDetail({
    error_code: code,
    interrupt: code !== null && isInterrupt(code) ? true : undefined,
    failure: inner.text('status.failureReason', 'ResultDescription') ?? outer.text('resultDescription'),
    note: inner.text('status.additionalDetails'),
    resource: inner.text('resourceDisplayName'),
    authentication: inner.text('authenticationRequirement'),
    protocol: known(inner.text('authenticationProtocol')),
    client_app: inner.text('clientAppUsed'),
    risk_level: known(inner.text('riskLevelDuringSignIn')),
    risk_state: known(inner.text('riskState')),
    risk_events: inner.at('riskEventTypes_v2', 'riskEventTypes'),
    mfa_method: readMfa(inner).method,
    agent: known(inner.text('agent.agentType')) === 'notAgentic' ? null : inner.text('agent.agentType'),
    conditional_access: inner.text('conditionalAccessStatus'),
    provider_place: { city: place.text('city'), country: place.text('countryOrRegion') ?? inner.text('Location') },
    device: {
      name: inner.text('deviceDetail.displayName'),
      os: inner.text('deviceDetail.operatingSystem'),
      browser: inner.text('deviceDetail.browser'),
      trust: inner.text('deviceDetail.trustType'),
      compliant: inner.flag('deviceDetail.isCompliant'),
    },
    asn: inner.number('autonomousSystemNumber'),
    user_type: inner.text('userType'),
    correlation_id: inner.text('correlationId') ?? outer.text('correlationId'),
    token_id: inner.text('uniqueTokenIdentifier'),
    time_from: timeFrom,
  });
}
