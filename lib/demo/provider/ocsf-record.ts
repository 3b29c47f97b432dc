import { company } from '#lib/demo/company.ts';
import { now } from '#lib/kernel/clock.ts';
import { newId } from '#lib/kernel/ids.ts';
import type { JsonObject } from '#lib/model/event.ts';

/** Who is behind a request, as the provider sees it. */
export type Visitor = { ip: string | null; userAgent: string | null; device: string | null };
export const nobodyKnown: Visitor = { ip: null, userAgent: null, device: null };

export type Happening = {
  /** One of OCSF Authentication's activities, or one of Gatehouse's own event words where OCSF has no number. */
  activity:
    | 'logon'
    | 'logoff'
    | 'ticket'
    | 'renew'
    | 'session_revoked'
    | 'session_ended'
    | 'factor_added'
    | 'factor_removed'
    | 'account_locked';
  person: { id: string; name: string; email: string } | { id: null; login: string };
  sessionUid?: string | null;
  client?: string | null;
  visitor?: Visitor;
  failure?: string;
  isMfa?: boolean;
  detail?: string;
};

const activityIds: Partial<Record<Happening['activity'], number>> = { logon: 1, logoff: 2, ticket: 3, renew: 5 };

/** What happened at the sample provider, as an OCSF 1.5 Authentication record (class 3002) with an id of its own. */
export function ocsfRecord(issuer: string, happening: Happening): JsonObject {
  const { person, visitor = nobodyKnown } = happening;
  const activityId = activityIds[happening.activity] ?? 99;
  const at = now().getTime();
  return {
    class_uid: 3002,
    class_name: 'Authentication',
    category_uid: 3,
    activity_id: activityId,
    activity_name: happening.activity,
    type_uid: 300_200 + activityId,
    severity_id: happening.failure ? 2 : 1,
    time: at,
    status_id: happening.failure ? 2 : 1,
    ...(happening.failure ? { status_detail: happening.failure } : {}),
    ...(happening.detail ? { message: happening.detail } : {}),
    metadata: {
      version: '1.5.0',
      uid: newId(),
      event_code: happening.activity,
      product: { name: 'Sample provider', vendor_name: company.name },
    },
    user:
      person.id === null
        ? { name: person.login }
        : { uid: person.id, name: person.email, email_addr: person.email, full_name: person.name, type_id: 1 },
    session: { issuer, ...(happening.sessionUid ? { uid: happening.sessionUid } : {}) },
    auth_protocol: 'OpenID',
    ...(happening.isMfa === undefined ? {} : { is_mfa: happening.isMfa }),
    ...(happening.client ? { service: { name: happening.client } } : {}),
    ...(visitor.device ? { device: { uid: visitor.device } } : {}),
    ...(visitor.ip ? { src_endpoint: { ip: visitor.ip } } : {}),
    ...(visitor.userAgent ? { http_request: { user_agent: visitor.userAgent } } : {}),
  };
}
