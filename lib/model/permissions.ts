/** What can be done, as `resource:action`. Machines get the same words as scopes, but never an approval. */
export const permissions = [
  'events:read',
  'events:write',
  'sessions:read',
  'devices:read',
  'people:read',
  'signals:read',
  'signals:write',
  'revocations:read',
  'revocations:propose',
  'audit:read',
  'providers:read',
  'providers:manage',
  'staff:read',
  'staff:manage',
  'tokens:manage',
] as const;
export type Permission = (typeof permissions)[number];

export const roles = [
  'viewer',
  'analyst',
  'help-desk',
  'incident-commander',
  'key-custodian',
  'auditor',
  'administrator',
] as const;
export type Role = (typeof roles)[number];

const seeing: Permission[] = [
  'events:read',
  'sessions:read',
  'devices:read',
  'people:read',
  'signals:read',
  'revocations:read',
];

/** Who may do what. One table; the checks, the CLI and the matrix page read it. */
export const rolePermissions: Record<Role, readonly Permission[]> = {
  viewer: seeing,
  analyst: [...seeing, 'signals:write', 'revocations:propose'],
  'help-desk': ['sessions:read', 'devices:read', 'people:read', 'revocations:read', 'revocations:propose'],
  'incident-commander': [...seeing, 'signals:write', 'revocations:propose', 'audit:read'],
  'key-custodian': ['audit:read'],
  auditor: [...seeing, 'audit:read', 'providers:read', 'staff:read'],
  administrator: [
    ...seeing,
    'signals:write',
    'revocations:propose',
    'audit:read',
    'providers:read',
    'providers:manage',
    'staff:read',
    'staff:manage',
    'tokens:manage',
  ],
};

/** The scopes a service token may carry: reading, writing events, proposing. Never approving, never managing staff. */
export const tokenScopes: readonly Permission[] = [
  'events:write',
  'events:read',
  'sessions:read',
  'devices:read',
  'people:read',
  'signals:read',
  'signals:write',
  'revocations:read',
  'revocations:propose',
  'audit:read',
];

/** The union of what the roles allow. Unknown role names allow nothing. */
export function permissionsOf(roleNames: readonly string[]): Set<Permission> {
  const granted = new Set<Permission>();
  for (const name of roleNames) for (const permission of rolePermissions[name as Role] ?? []) granted.add(permission);
  return granted;
}
