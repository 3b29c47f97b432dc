import type { JsonObject, MappedEvent } from '#lib/model/event.ts';
import { type ProviderDefinition, RecordRejected } from '#lib/providers/definition.ts';
import { mapDirectoryAudit } from '#lib/providers/entra/directory-audit.ts';
import { connectEntra, entraFields, entraPulls } from '#lib/providers/entra/entra-api.ts';
import { type EntraRecord, readEnvelope } from '#lib/providers/entra/envelope.ts';
import { mapGraphActivity } from '#lib/providers/entra/graph-activity.ts';
import { mapProvisioning } from '#lib/providers/entra/provisioning.ts';
import { mapRiskDetection } from '#lib/providers/entra/risk-detection.ts';
import { mapSignIn } from '#lib/providers/entra/sign-in.ts';
import { recordsUnder } from '#lib/providers/record-reader.ts';

/** Microsoft Entra ID: sign-ins, directory audits, provisioning and risk detections, from Graph, Azure Monitor or Log Analytics. */
export const entra: ProviderDefinition = {
  kind: 'entra',
  name: 'Microsoft Entra ID',
  map,
  connect: connectEntra,
  pulls: entraPulls,
  connection: { address: 'https://graph.microsoft.com', fields: entraFields },
  reach: {
    ends: 'Nothing of one session: Entra ID only signs a person out everywhere.',
    remains:
      'Access tokens for about an hour, also after a person was signed out everywhere, unless the application checks continuously.',
  },
  // Azure Monitor's Event Hub batches, and the pages of Graph.
  unfold: {
    signs: ['"records"', '"value"'],
    lists: ['records', 'value'],
    split: (delivery) => ('category' in delivery ? null : recordsUnder(delivery, 'records', 'value')),
  },
};

function map(record: JsonObject): MappedEvent {
  const envelope = readEnvelope(record);
  switch (recordKind(envelope)) {
    case 'sign-in':
      return mapSignIn(envelope);
    case 'audit':
      return mapDirectoryAudit(envelope);
    case 'risk':
      return mapRiskDetection(envelope);
    case 'graph-activity':
      return mapGraphActivity(envelope);
    case 'provisioning':
      return mapProvisioning(envelope);
    default:
      throw new RecordRejected(
        'wrong_format',
        'This is no Entra ID record: a Graph signIn or directoryAudit, an Azure Monitor record with "category" and "properties", or a row of SigninLogs or AuditLogs was expected.',
      );
  }
}

type Kind = 'sign-in' | 'audit' | 'risk' | 'provisioning' | 'graph-activity';

function recordKind({ outer, inner }: EntraRecord): Kind | null {
  const category = `${outer.text('category') ?? ''} ${outer.text('type') ?? ''}`;
  // An alert's summary of sign-ins names their table as its type, but is none itself.
  const isSummary =
    outer === inner && outer.has('StartTime', 'EndTime') && !outer.has('id', 'userId', 'resultType', 'status');
  if (isSummary) return null;
  if (/sign-?in-?logs/i.test(category) || /^sign-?in activity$/i.test(outer.text('operationName') ?? ''))
    return 'sign-in';
  if (/riskevents|riskdetection|risky(users|service-?principals)/i.test(category)) return 'risk';
  if (inner.has('riskEventType') || (inner.has('riskLastUpdatedDateTime') && inner.has('riskState'))) return 'risk';
  if (/graph-?activity-?logs/i.test(category)) return 'graph-activity';
  if (/provisioning-?logs/i.test(category) || inner.has('provisioningStatusInfo', 'provisioningAction'))
    return 'provisioning';
  if (
    inner.has('activityDisplayName', 'targetResources', 'initiatedBy') &&
    inner.has('activityDateTime', 'activityDisplayName', 'operationName', 'result')
  )
    return 'audit';
  const directory =
    /microsoft\.(aadiam|authorization)/i.test(outer.text('resourceId') ?? '') || /(^| )auditlogs( |$)/i.test(category);
  if (directory && outer.has('operationName')) return 'audit';
  const signIn = inner.has('createdDateTime', 'TimeGenerated') && inner.has('status', 'ResultType', 'status.errorCode');
  return signIn && inner.has('userPrincipalName', 'userId', 'servicePrincipalId', 'appId') ? 'sign-in' : null;
}
