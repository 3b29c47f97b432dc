import type { JsonObject } from '#lib/model/event.ts';
import type { ProviderExample } from '#lib/providers/provider-example.ts';

const agent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
const tid = '2ad3fc79-0000-4aaa-8bbb-5011df8d2251';
const issuer = `https://login.microsoftonline.com/${tid}/v2.0`;
const created = '2026-03-02T09:15:30.1204567Z';
const at = '2026-03-02T09:15:30.120Z';

function azureMonitor(category: string, properties: JsonObject): JsonObject {
  return {
    time: created,
    resourceId: `/tenants/${tid}/providers/Microsoft.aadiam`,
    category,
    tenantId: tid,
    properties,
  };
}

function audit(activity: string, targetResources: JsonObject[]): JsonObject {
  return {
    id: 'audit-30',
    activityDateTime: created,
    activityDisplayName: activity,
    category: 'ApplicationManagement',
    result: 'success',
    initiatedBy: { user: { id: 'user-root', userPrincipalName: 'root@acme.example', ipAddress: '203.0.113.1' } },
    targetResources,
  };
}

function revocation(activity: string, userPrincipalName: string, validFrom: string | null): JsonObject {
  const changed =
    validFrom === null ? [] : [{ displayName: 'StsRefreshTokensValidFrom', oldValue: '[]', newValue: validFrom }];
  return {
    id: 'audit-20',
    activityDateTime: created,
    activityDisplayName: activity,
    category: 'UserManagement',
    result: 'success',
    initiatedBy: { user: { id: 'user-root', userPrincipalName: 'root@acme.example' } },
    targetResources: [{ id: 'user-ada', type: 'User', userPrincipalName, modifiedProperties: changed }],
  };
}

/** Entra records as Graph, Azure Monitor and Log Analytics give them. */
export const entraExamples: readonly ProviderExample[] = [
  {
    name: 'a sign-in from Microsoft Graph',
    record: {
      id: 'graph-1',
      createdDateTime: created,
      userId: 'user-ada',
      userDisplayName: 'Ada Palmer',
      userPrincipalName: 'ada@acme.example',
      appId: 'app-1',
      appDisplayName: 'Azure Portal',
      ipAddress: '2001:db8::7',
      isInteractive: true,
      status: { errorCode: 0 },
      deviceDetail: { deviceId: 'dev-1', operatingSystem: 'Windows 11', browser: 'Edge' },
      location: { city: 'Ghent', countryOrRegion: 'BE' },
    },
    expected: {
      at,
      sourceEventId: 'graph-1',
      type: 'sign_in',
      outcome: 'success',
      reason: null,
      person: {
        issuer: null,
        subject: 'user-ada',
        displayName: 'Ada Palmer',
        email: 'ada@acme.example',
        accountType: 'human',
      },
      sourceDeviceId: 'dev-1',
      client: 'Azure Portal',
      ip: '2001:db8::7',
      interactive: true,
    },
  },
  {
    name: 'a wrong password from Azure Monitor, its outer keys lowered',
    record: {
      time: '2026-03-02T09:17:00Z',
      category: 'SignInLogs',
      operationname: 'Sign-in activity',
      tenantid: tid,
      resulttype: '50126',
      calleripaddress: '203.0.113.9',
      properties: {
        id: 'am-1',
        createdDateTime: created,
        userId: 'user-ada',
        userPrincipalName: 'ada@acme.example',
        status: { errorCode: 50126 },
        userAgent: agent,
        sessionId: 'sid-1',
      },
    },
    expected: {
      at,
      sourceEventId: 'am-1',
      outcome: 'failure',
      reason: 'invalid_credentials',
      person: { issuer, subject: 'user-ada' },
      sourceSessionId: 'sid-1',
      ip: '203.0.113.9',
      userAgent: agent,
      interactive: true,
    },
  },
  {
    name: 'a Log Analytics row whose objects are JSON text',
    record: {
      TenantId: 'workspace-not-tenant',
      TimeGenerated: '2026-03-02T09:15:31Z',
      CreatedDateTime: '2026-03-02T09:15:30.12',
      Category: 'SignInLogs',
      ResultType: '50053',
      AADTenantId: tid,
      Id: 'row-1',
      UserId: 'user-ada',
      UserPrincipalName: 'ada@acme.example',
      IPAddress: '203.0.113.9:51234',
      IsInteractive: 'TRUE',
      Status: '{"errorCode":50053,"failureReason":"locked"}',
      DeviceDetail: '{"deviceId":"","operatingSystem":"Windows 10"}',
      LocationDetails: '{"city":"Ghent","countryOrRegion":"BE"}',
      Type: 'SigninLogs',
    },
    expected: {
      at,
      sourceEventId: 'row-1',
      outcome: 'failure',
      reason: 'account_locked',
      person: { issuer, subject: 'user-ada' },
      ip: '203.0.113.9',
      sourceDeviceId: null,
      interactive: true,
    },
  },
  {
    name: 'a name nobody has',
    record: {
      time: created,
      category: 'SignInLogs',
      tenantId: tid,
      properties: {
        id: 'am-2',
        createdDateTime: created,
        userId: '',
        userPrincipalName: 'Nobody@acme.example',
        status: { errorCode: 50034 },
      },
    },
    expected: {
      at,
      outcome: 'failure',
      reason: 'unknown_user',
      person: { issuer, subject: 'unknown:nobody@acme.example', accountType: 'unknown' },
    },
  },
  {
    name: 'a push nobody answered',
    record: azureMonitor('SignInLogs', {
      id: 'mfa-1',
      createdDateTime: created,
      userId: 'user-ada',
      userPrincipalName: 'ada@acme.example',
      isInteractive: true,
      ipAddress: '203.0.113.9',
      status: {
        errorCode: 500121,
        additionalDetails: 'MFA denied; user did not respond to mobile app notification',
      },
      mfaDetail: { authMethod: 'Mobile app notification' },
    }),
    expected: {
      at,
      type: 'sign_in',
      outcome: 'failure',
      reason: 'expired',
      person: { issuer, subject: 'user-ada' },
      detail: { mfa_method: 'Mobile app notification' },
    },
  },
  {
    name: 'a push that the person declined, told by the steps alone',
    record: azureMonitor('SignInLogs', {
      id: 'mfa-2',
      createdDateTime: created,
      userId: 'user-ada',
      userPrincipalName: 'ada@acme.example',
      isInteractive: true,
      status: { errorCode: 500121 },
      authenticationDetails: [
        { authenticationMethod: 'Password', succeeded: true },
        {
          authenticationMethod: 'Mobile app notification',
          authenticationStepResultDetail: 'MFA denied; user declined the authentication',
          succeeded: false,
        },
      ],
    }),
    expected: {
      at,
      outcome: 'failure',
      reason: 'mfa_failed',
      detail: { mfa_method: 'Mobile app notification' },
    },
  },
  {
    name: 'an address that was blocked, under the number of a locked account',
    record: azureMonitor('SignInLogs', {
      id: 'block-1',
      createdDateTime: created,
      userId: 'user-ada',
      userPrincipalName: 'ada@acme.example',
      status: {
        errorCode: 50053,
        failureReason: 'Sign-in was blocked because it came from an IP address with malicious activity.',
      },
      riskEventTypes_v2: ['maliciousIPAddress'],
    }),
    expected: { at, outcome: 'failure', reason: 'policy_denied', detail: { risk_events: ['maliciousIPAddress'] } },
  },
  {
    name: 'the user account of an agent, at which nobody sits',
    record: azureMonitor('NonInteractiveUserSignInLogs', {
      id: 'agent-1',
      createdDateTime: created,
      userId: 'user-agent',
      userPrincipalName: 'helper@acme.example',
      userDisplayName: 'Helper',
      isInteractive: false,
      status: { errorCode: 0 },
      agent: { agentType: 'agentIDuser', agentSubjectType: 'agentIDuser' },
    }),
    expected: {
      at,
      type: 'sign_in',
      person: { subject: 'user-agent', accountType: 'workload' },
      interactive: false,
      detail: { agent: 'agentIDuser' },
    },
  },
  {
    name: 'a service principal with a wrong secret',
    record: {
      time: created,
      category: 'ServicePrincipalSignInLogs',
      tenantId: tid,
      properties: {
        id: 'sp-1',
        createdDateTime: created,
        servicePrincipalId: 'sp-9',
        servicePrincipalName: 'nightly',
        resourceDisplayName: 'Azure Storage',
        ipAddress: '198.51.100.4',
        status: { errorCode: 7000215 },
      },
    },
    expected: {
      at,
      outcome: 'failure',
      reason: 'invalid_credentials',
      person: { subject: 'sp-9', accountType: 'service', displayName: 'nightly' },
      client: 'Azure Storage',
      interactive: false,
    },
  },
  {
    name: 'a managed identity',
    record: {
      TimeGenerated: created,
      Category: 'ManagedIdentitySignInLogs',
      ResultType: '0',
      AADTenantId: tid,
      Id: 'mi-1',
      ServicePrincipalId: 'mi-9',
      ServicePrincipalName: 'vm-1',
      Type: 'AADManagedIdentitySignInLogs',
    },
    expected: {
      at,
      outcome: 'success',
      person: { issuer, subject: 'mi-9', accountType: 'workload' },
      interactive: false,
    },
  },
  {
    name: 'a directory audit from Graph: a role for somebody else',
    record: {
      id: 'audit-1',
      activityDateTime: created,
      activityDisplayName: 'Add member to role',
      category: 'RoleManagement',
      result: 'success',
      initiatedBy: { user: { id: 'user-root', userPrincipalName: 'root@acme.example', ipAddress: '203.0.113.1' } },
      targetResources: [{ id: 'user-ada', type: 'User', userPrincipalName: 'ada@acme.example' }],
    },
    expected: {
      at,
      sourceEventId: 'audit-1',
      type: 'privilege_granted',
      person: { subject: 'user-ada' },
      actor: 'root@acme.example',
      ip: '203.0.113.1',
    },
  },
  {
    name: 'sign-in sessions revoked: tokens from before the new time are refused',
    record: revocation('Update StsRefreshTokenValidFrom Timestamp', 'ada@acme.example', '["2026-03-02T09:15:29Z"]'),
    expected: {
      at,
      type: 'session_revoked',
      person: { subject: 'user-ada' },
      actor: 'root@acme.example',
      endsSessionsUntil: new Date('2026-03-02T09:15:29Z'),
    },
  },
  {
    name: 'sign-in sessions revoked, without the time',
    record: revocation('Revoke sign in sessions', 'ada@acme.example', null),
    expected: { at, type: 'session_revoked', person: { subject: 'user-ada' }, endsSessionsUntil: new Date(at) },
  },
  {
    name: 'sign-in sessions of a guest, which are at home',
    record: revocation('Update StsRefreshTokenValidFrom Timestamp', 'ada_example.org#EXT#@acme.example', null),
    expected: { at, type: 'session_revoked', person: { subject: 'user-ada' }, endsSessionsUntil: null },
  },
  {
    name: 'an AuditLogs row: a policy change has no target user',
    record: {
      TimeGenerated: created,
      Type: 'AuditLogs',
      Category: 'Policy',
      OperationName: 'Update conditional access policy',
      ActivityDisplayName: 'Update conditional access policy',
      AADTenantId: tid,
      Result: 'success',
      Id: 'audit-2',
      InitiatedBy: '{"user":{"id":"user-root","userPrincipalName":"root@acme.example"}}',
      TargetResources: '[{"id":"p1","type":"Policy","displayName":"MFA"}]',
    },
    expected: { at, type: 'admin_action', outcome: 'success', person: { issuer, subject: 'user-root' }, actor: null },
  },
  {
    name: 'a risk detection',
    record: {
      id: 'risk-1',
      riskEventType: 'unfamiliarFeatures',
      riskLevel: 'medium',
      activityDateTime: created,
      userId: 'user-ada',
      userPrincipalName: 'ada@acme.example',
      ipAddress: '203.0.113.5',
    },
    expected: {
      at,
      type: 'risk_detected',
      providerType: 'unfamiliarFeatures',
      person: { subject: 'user-ada' },
      ip: '203.0.113.5',
    },
  },
  {
    name: 'a risk detection from Azure Monitor that was dismissed; its hour has one digit',
    record: azureMonitor('UserRiskEvents', {
      id: 'risk-1',
      riskEventType: 'unfamiliarFeatures',
      riskState: 'dismissed',
      riskDetail: 'none',
      activityDateTime: '2026-03-02T9:15:30.12Z',
      userId: 'user-ada',
      userPrincipalName: 'ada@acme.example',
      ipAddress: '203.0.113.5',
      additionalInfo: JSON.stringify([
        { Key: 'riskReasons', Value: ['UnfamiliarIP'] },
        { Key: 'userAgent', Value: agent },
      ]),
      homeTenantId: tid,
    }),
    expected: {
      at,
      sourceEventId: 'risk-1/dismissed',
      type: 'risk_detected',
      person: { issuer, subject: 'user-ada' },
      ip: '203.0.113.5',
      userAgent: agent,
    },
  },
  {
    name: 'a risky user, whose id is the account, not the report',
    record: azureMonitor('RiskyUsers', {
      id: 'user-ada',
      userDisplayName: 'Ada Palmer',
      userPrincipalName: 'ada@acme.example',
      riskLastUpdatedDateTime: at,
      riskState: 'atRisk',
      riskLevel: 'high',
    }),
    expected: {
      at,
      sourceEventId: `user-ada/${at}`,
      type: 'risk_detected',
      providerType: 'RiskyUsers',
      person: { issuer, subject: 'user-ada', displayName: 'Ada Palmer', email: 'ada@acme.example' },
    },
  },
  {
    name: 'a risky user from Graph',
    record: {
      id: 'user-ada',
      riskLastUpdatedDateTime: created,
      riskState: 'remediated',
      userPrincipalName: 'ada@acme.example',
    },
    expected: {
      at,
      type: 'risk_detected',
      providerType: 'riskyUser',
      person: { subject: 'user-ada', accountType: 'human' },
    },
  },
  {
    name: 'a service principal at risk',
    record: azureMonitor('ServicePrincipalRiskEvents', {
      id: 'risk-2',
      riskEventType: 'leakedCredentials',
      riskState: 'atRisk',
      activityDateTime: created,
      servicePrincipalId: 'sp-1',
      servicePrincipalDisplayName: 'Batch job',
    }),
    expected: {
      at,
      sourceEventId: 'risk-2',
      person: { issuer, subject: 'sp-1', displayName: 'Batch job', accountType: 'service' },
    },
  },
  {
    name: 'an account that was copied into another system',
    record: azureMonitor('ProvisioningLogs', {
      id: 'prov-1',
      activityDateTime: created,
      provisioningAction: 'create',
      initiatedBy: { Type: 'system', Id: '', Name: 'Provisioning Service' },
      sourceIdentity: {
        identityType: 'User',
        Id: 'user-ada',
        Name: 'Ada Palmer',
        details: { UserPrincipalName: 'ada@acme.example' },
      },
      targetSystem: { Id: 'ts-1', Name: 'Wiki' },
      provisioningStatusInfo: {
        Status: 'failure',
        errorInformation: { errorCode: 'EntryConflict', reason: 'It is there already.' },
      },
      modifiedProperties: [{ displayName: 'userName', newValue: 'ada@acme.example' }],
    }),
    expected: {
      at,
      sourceEventId: 'prov-1',
      type: 'admin_action',
      providerType: 'provisioning.create',
      outcome: 'failure',
      reason: 'other',
      person: { issuer, subject: 'user-ada', displayName: 'Ada Palmer', email: 'ada@acme.example' },
      actor: 'Provisioning Service',
      client: 'Wiki',
    },
  },
  {
    name: 'a call of Microsoft Graph that was refused',
    record: {
      ...azureMonitor('MicrosoftGraphActivityLogs', {
        timeGenerated: created,
        requestId: 'request-1',
        requestMethod: 'GET',
        requestUri: 'https://graph.example/v1.0/users/user-grace?$select=id',
        responseStatusCode: 403,
        userId: 'user-ada',
        appId: 'app-1',
        sessionId: 'session-1',
        ipAddress: '203.0.113.5',
        userAgent: agent,
      }),
      operationName: 'Microsoft Graph Activity',
    },
    expected: {
      at,
      sourceEventId: 'request-1',
      type: 'other',
      outcome: 'failure',
      reason: 'policy_denied',
      person: { issuer, subject: 'user-ada', accountType: 'human' },
      sourceSessionId: 'session-1',
      client: 'app-1',
      ip: '203.0.113.5',
      detail: { method: 'GET', path: '/v1.0/users/user-grace' },
    },
  },
  {
    name: 'a right for an application, which is not the right of who gave it',
    record: {
      id: 'audit-3',
      activityDateTime: created,
      activityDisplayName: 'Add app role assignment to service principal',
      result: 'success',
      initiatedBy: { user: { id: 'user-root', userPrincipalName: 'root@acme.example', ipAddress: '<null>' } },
      targetResources: [
        {
          id: 'sp-mail',
          type: 'ServicePrincipal',
          displayName: 'Mail',
          modifiedProperties: [
            { displayName: 'AppRole.Value', newValue: '"Mail.Send"' },
            { displayName: 'ServicePrincipal.ObjectID', newValue: '"sp-batch"' },
            { displayName: 'ServicePrincipal.DisplayName', newValue: '"Batch job"' },
          ],
        },
      ],
    },
    expected: {
      at,
      type: 'privilege_granted',
      person: { subject: 'sp-batch', displayName: 'Batch job', accountType: 'service' },
      actor: 'root@acme.example',
      ip: null,
    },
  },
  {
    name: 'a secret for a service principal, which is the account it is about',
    record: audit('Add service principal credentials', [
      { id: 'sp-7', displayName: 'billing', type: 'ServicePrincipal', modifiedProperties: [] },
    ]),
    expected: {
      at,
      type: 'factor_added',
      person: { subject: 'sp-7', displayName: 'billing', accountType: 'service' },
      actor: 'root@acme.example',
    },
  },
  {
    name: 'a role that was only asked for',
    record: audit('Add member to role requested (PIM activation)', [
      { id: 'role-1', displayName: 'Global Administrator', type: 'Role' },
      { id: 'user-ada', type: 'User', userPrincipalName: 'ada@acme.example' },
    ]),
    expected: { at, type: 'admin_action', person: { subject: 'user-ada' }, actor: 'root@acme.example' },
  },
  {
    name: 'a role that was activated',
    record: audit('Add member to role completed (PIM activation)', [
      { id: 'role-1', displayName: 'Global Administrator', type: 'Role' },
      { id: 'user-ada', type: 'User', userPrincipalName: 'ada@acme.example' },
    ]),
    expected: { at, type: 'privilege_granted', person: { subject: 'user-ada' } },
  },
  {
    name: 'security information that was only looked at',
    record: audit('User reviewed security info', [
      { id: 'user-root', type: 'User', userPrincipalName: 'root@acme.example' },
    ]),
    expected: { at, type: 'other', person: { subject: 'user-root' }, actor: null },
  },
  {
    name: 'a change that only its outer identity signs',
    record: {
      ...azureMonitor('AuditLogs', {
        id: 'audit-4',
        activityDateTime: created,
        activityDisplayName: 'Add service principal',
        result: 'failure',
        initiatedBy: {},
        targetResources: [{ id: 'sp-2', type: 'ServicePrincipal', displayName: 'Insights' }],
      }),
      identity: 'Just-in-time provisioning',
    },
    expected: {
      at,
      type: 'account_created',
      outcome: 'failure',
      person: { subject: 'sp-2', accountType: 'service' },
      actor: 'Just-in-time provisioning',
    },
  },
  {
    name: 'an invitation, whose address stands beside its target',
    record: {
      id: 'audit-5',
      activityDateTime: created,
      activityDisplayName: 'Invite external user',
      result: 'success',
      initiatedBy: { user: { id: 'user-root', userPrincipalName: 'root@acme.example' } },
      targetResources: [{ id: 'user-guest', type: 'User', displayName: 'Guest' }],
      additionalDetails: [{ key: 'invitedUserEmailAddress', value: 'guest@partner.example' }],
    },
    expected: {
      at,
      type: 'account_created',
      person: { subject: 'user-guest', displayName: 'Guest', email: 'guest@partner.example' },
      actor: 'root@acme.example',
    },
  },
];
