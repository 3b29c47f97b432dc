import type { MappedEvent, Outcome, PersonRef } from '#lib/model/event.ts';
import { type EntraRecord, known, readIssuer } from '#lib/providers/entra/envelope.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { personRef } from '#lib/providers/person-ref.ts';
import type { RecordReader } from '#lib/providers/record-reader.ts';
import { eventTime } from '#lib/providers/record-time.ts';
import { smallDetail } from '#lib/providers/small-detail.ts';

/**
 * Entra's provisioning of an account into another system (Graph provisioningObjectSummary; Azure Monitor ProvisioningLogs). It is an
 * administrative act about the user it copies: the account that is created or deleted is the other system's, not this one.
 */
export function mapProvisioning(record: EntraRecord): MappedEvent {
  const { outer, inner } = record;
  const { at, from } = eventTime(inner, ['activityDateTime', 'TimeGenerated'], outer);
  const outcome = readOutcome(record);
  const why =
    inner.text('provisioningStatusInfo.errorInformation.reason', 'resultDescription') ??
    outer.text('resultDescription');
  const action = inner.text('provisioningAction', 'action') ?? 'activity';
  const person = readPerson(record, outcome);
  return {
    sourceEventId: inner.text('id'),
    occurredAt: at,
    type: 'admin_action',
    providerType: `provisioning.${action.toLowerCase()}`,
    outcome,
    reason: outcome === 'failure' ? (reasonFromText(why) ?? 'other') : null,
    person,
    actor: nameOf(inner.child('initiatedBy')),
    sourceSessionId: null,
    sourceDeviceId: null,
    client: nameOf(inner.child('targetSystem')) ?? nameOf(inner.child('servicePrincipal')),
    ip: null,
    userAgent: null,
    interactive: false,
    detail: smallDetail({
      status: inner.text('provisioningStatusInfo.status') ?? outer.text('resultType'),
      failure: why,
      error_code: inner.text('provisioningStatusInfo.errorInformation.errorCode'),
      source: nameOf(inner.child('sourceSystem')),
      target_id: inner.text('targetIdentity.id'),
      // Names only: the values are the person's own data.
      changed: inner
        .list('modifiedProperties')
        .flatMap((property) => property.text('displayName') ?? [])
        .slice(0, 8),
      job: inner.text('jobId'),
      correlation_id: outer.text('correlationId') ?? inner.text('changeId'),
      time_from: from,
    }),
  };
}

function readOutcome({ outer, inner }: EntraRecord): Outcome {
  const status = inner.text('provisioningStatusInfo.status') ?? outer.text('resultType') ?? '';
  if (/^(success|warning)$/i.test(status)) return 'success';
  return /^fail/i.test(status) ? 'failure' : 'unknown';
}

function readPerson(record: EntraRecord, outcome: Outcome): PersonRef | null {
  const source = record.inner.child('sourceIdentity');
  if (!/^user$/i.test(source.text('identityType') ?? '') || /^group$/i.test(source.text('details.odatatype') ?? ''))
    return null;
  const upn = known(source.text('details.userPrincipalName'));
  const name = nameOf(source) ?? known(source.text('details.displayName'));
  return personRef({
    issuer: readIssuer(record),
    id: known(source.text('id')) ?? known(source.text('details.id')),
    login: upn ?? name,
    displayName: name ?? upn,
    accountType: 'human',
    outcome,
  });
}

/** Graph says `displayName` where Azure Monitor says `Name`. */
function nameOf(part: RecordReader): string | null {
  return known(part.text('displayName', 'name'));
}
