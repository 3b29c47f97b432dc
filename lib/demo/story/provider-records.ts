import type { Employee, IdentitySystem } from '#lib/demo/company.ts';
import type { Seat } from '#lib/demo/story/seats.ts';
import { stableId } from '#lib/kernel/ids.ts';
import type { JsonObject } from '#lib/model/event.ts';

export type StorySystem = Exclude<IdentitySystem, 'sample'>;
/** One record as the provider itself would send it, and when. */
export type StoryRecord = { system: StorySystem; at: number; record: JsonObject };

/** What a person does, in words every provider has a record for. */
export type Act =
  | { kind: 'sign-in' | 'open-app' | 'sign-out' | 'renew'; session: string; app: string }
  | { kind: 'wrong-password' | 'wrong-code' | 'push-refused'; app: string };

const entraTenant = '5b1c7f1e-4a37-4d0b-9d39-6a1f0c2e7d11';
const realm = { id: '1f0d4f64-31c1-4b5c-9a0e-2f2a6a7d9c10', name: 'halden' };

/** The subject of an employee at their provider. */
export function storySubject(employee: Employee): string {
  const id = stableId('story-subject', employee.staffNumber);
  return employee.system === 'okta' ? `00u${id.replaceAll('-', '').slice(0, 17)}` : id;
}

/** Writes down an act as the employee's own provider records it. The same act gives the same record, its id included. */
export function storyRecord(employee: Employee, seat: Seat, at: Date, act: Act): StoryRecord {
  const system = employee.system === 'sample' ? 'okta' : employee.system;
  const id = stableId('story-record', employee.staffNumber, at.toISOString(), act.kind, act.app);
  const write = { okta: oktaRecord, entra: entraRecord, keycloak: keycloakRecord }[system];
  return { system, at: at.getTime(), record: write(employee, seat, at, act, id) };
}

function oktaRecord(employee: Employee, seat: Seat, at: Date, act: Act, id: string): JsonObject {
  const types: Record<Act['kind'], [string, string]> = {
    'sign-in': ['user.session.start', 'User login to Okta'],
    'open-app': ['user.authentication.sso', 'User single sign on to app'],
    'sign-out': ['user.session.end', 'User logout from Okta'],
    renew: ['app.oauth2.token.grant.refresh_token', 'OIDC refresh token is granted'],
    'wrong-password': ['user.session.start', 'User login to Okta'],
    'wrong-code': ['user.authentication.auth_via_mfa', 'Authentication of user via MFA'],
    'push-refused': ['user.mfa.okta_verify.deny_push', 'User rejected Okta push verify'],
  };
  const failures: Partial<Record<Act['kind'], string>> = {
    'wrong-password': 'INVALID_CREDENTIALS',
    'wrong-code': 'INVALID_CREDENTIALS',
    'push-refused': 'User rejected Okta push verify',
  };
  const [eventType, displayMessage] = types[act.kind];
  const reason = failures[act.kind];
  const hasApp = act.kind === 'open-app' || act.kind === 'renew';
  return {
    uuid: id,
    published: at.toISOString(),
    eventType,
    version: '0',
    severity: reason ? 'WARN' : 'INFO',
    displayMessage,
    actor: { id: storySubject(employee), type: 'User', alternateId: employee.email, displayName: employee.name },
    client: {
      ipAddress: seat.ip,
      device: /Mobile/.test(seat.userAgent) ? 'Mobile' : 'Computer',
      zone: 'null',
      userAgent: { rawUserAgent: seat.userAgent },
    },
    ...(seat.deviceId ? { device: { id: seat.deviceId, name: `${employee.name.split(' ')[0]}’s device` } } : {}),
    outcome: reason ? { result: 'FAILURE', reason } : { result: 'SUCCESS' },
    authenticationContext: { externalSessionId: 'session' in act ? act.session : 'unknown', authenticationStep: 0 },
    debugContext: act.kind === 'wrong-code' ? { debugData: { factor: 'OKTA_VERIFY_PUSH' } } : { debugData: {} },
    target: hasApp
      ? [
          {
            id: `0oa${stableId('app', act.app).slice(0, 8)}`,
            type: 'AppInstance',
            displayName: act.app,
            alternateId: act.app,
          },
        ]
      : [],
  };
}

function entraRecord(employee: Employee, seat: Seat, at: Date, act: Act, id: string): JsonObject {
  const codes: Partial<Record<Act['kind'], [number, string]>> = {
    'wrong-password': [50126, 'Error validating credentials due to invalid username or password.'],
    'wrong-code': [500121, 'Authentication failed during strong authentication request.'],
    'push-refused': [500121, 'Authentication failed during strong authentication request.'],
  };
  const [errorCode, failureReason] = codes[act.kind] ?? [0, 'Other.'];
  const isInteractive = act.kind !== 'renew';
  return {
    time: at.toISOString(),
    resourceId: `/tenants/${entraTenant}/providers/Microsoft.aadiam`,
    operationName: 'Sign-in activity',
    category: isInteractive ? 'SignInLogs' : 'NonInteractiveUserSignInLogs',
    tenantId: entraTenant,
    resultType: String(errorCode),
    callerIpAddress: seat.ip,
    properties: {
      id,
      createdDateTime: at.toISOString(),
      userDisplayName: employee.name,
      userPrincipalName: employee.email,
      userId: storySubject(employee),
      appDisplayName: act.app,
      ipAddress: seat.ip,
      userAgent: seat.userAgent,
      isInteractive,
      ...('session' in act ? { sessionId: act.session } : {}),
      status: { errorCode, failureReason },
      deviceDetail: { deviceId: seat.deviceId ?? '', isManaged: seat.deviceId !== null },
      authenticationRequirement: 'multiFactorAuthentication',
    },
  };
}

function keycloakRecord(employee: Employee, seat: Seat, at: Date, act: Act, id: string): JsonObject {
  const types: Record<Act['kind'], string> = {
    'sign-in': 'LOGIN',
    'open-app': 'CODE_TO_TOKEN',
    'sign-out': 'LOGOUT',
    renew: 'REFRESH_TOKEN',
    'wrong-password': 'LOGIN_ERROR',
    'wrong-code': 'LOGIN_ERROR',
    'push-refused': 'LOGIN_ERROR',
  };
  const failed = !('session' in act);
  const [first = '', last = ''] = employee.name.split(' ');
  return {
    id,
    time: at.getTime(),
    type: types[act.kind],
    realmId: realm.id,
    realmName: realm.name,
    clientId: act.app.toLowerCase().replaceAll(' ', '-'),
    userId: storySubject(employee),
    ...('session' in act ? { sessionId: act.session } : {}),
    ipAddress: seat.ip,
    error: failed ? 'invalid_user_credentials' : null,
    details: {
      username: employee.email.split('@')[0] ?? employee.email,
      email: employee.email,
      first_name: first,
      last_name: last,
      auth_method: 'openid-connect',
      user_agent: seat.userAgent,
      ...(act.kind === 'wrong-code' ? { selected_credential_type: 'otp' } : {}),
    },
  };
}

/** A program that signs in by itself, at the same minute every few hours. */
export function serviceRecord(system: StorySystem, name: string, at: Date, ip: string): StoryRecord {
  const id = stableId('story-service', system, name, at.toISOString());
  const subject = stableId('story-service', system, name);
  const records: Record<StorySystem, JsonObject> = {
    okta: {
      uuid: id,
      published: at.toISOString(),
      eventType: 'app.oauth2.as.token.grant.access_token',
      version: '0',
      severity: 'INFO',
      displayMessage: 'OAuth2 access token is granted',
      actor: { id: `0oa${subject.slice(0, 8)}`, type: 'PublicClientApp', alternateId: name, displayName: name },
      client: { ipAddress: ip, userAgent: { rawUserAgent: 'halden-batch/3.2' } },
      outcome: { result: 'SUCCESS' },
      authenticationContext: { externalSessionId: 'unknown', authenticationStep: 0 },
      target: [],
    },
    entra: {
      time: at.toISOString(),
      category: 'ServicePrincipalSignInLogs',
      tenantId: entraTenant,
      properties: {
        id,
        createdDateTime: at.toISOString(),
        servicePrincipalId: subject,
        servicePrincipalName: name,
        resourceDisplayName: 'Object storage',
        ipAddress: ip,
        status: { errorCode: 0 },
      },
    },
    keycloak: {
      id,
      time: at.getTime(),
      type: 'CLIENT_LOGIN',
      realmId: realm.id,
      realmName: realm.name,
      clientId: name,
      userId: subject,
      ipAddress: ip,
      details: { username: `service-account-${name}`, grant_type: 'client_credentials' },
    },
  };
  return { system, at: at.getTime(), record: records[system] };
}
