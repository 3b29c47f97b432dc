/** What can be done, as `resource:action`. Machines get the same words as scopes, but never an approval. */
export const permissions = [
  'events:read',
  'events:write',
  'sessions:read',
  'devices:read',
  'people:read',
  'people:read-addresses',
  'signals:read',
  'signals:write',
  'revocations:read',
  'revocations:propose',
  'revocations:approve',
  'proposals:read',
  'keys:read',
  'keys:propose',
  'keys:approve',
  'recovery:read',
  'recovery:review',
  'recovery:approve',
  'audit:read',
  'providers:read',
  'providers:manage',
  'policies:manage',
  'staff:read',
  'staff:manage',
  'tokens:manage',
] as const;
export type Permission = (typeof permissions)[number];

/** Each permission in the words of a person, for the matrix and for custom roles. */
export const permissionWords: Record<Permission, string> = {
  'events:read': 'See events as the providers reported them',
  'events:write': 'Send events in',
  'sessions:read': 'See sessions',
  'devices:read': 'See devices',
  'people:read': 'See people',
  'people:read-addresses': 'See e-mail and IP addresses, wherever they stand',
  'signals:read': 'See signals and their evidence',
  'signals:write': 'Decide on signals',
  'revocations:read': 'See revocations and how far they are',
  'revocations:propose': 'Propose the revocation of sessions',
  'revocations:approve': 'Sign a revocation that somebody else proposed',
  'proposals:read': 'See proposals and runs of the kinds one may see',
  'keys:read': 'See signing keys and their timetable',
  'keys:propose': 'Propose the rotation of a signing key, and change how long keys live',
  'keys:approve': 'Sign a key rotation that somebody else proposed',
  'recovery:read': 'See recovery cases',
  'recovery:review': 'Work on recovery cases: ask for proofs, judge them',
  'recovery:approve': 'Sign a recovery that somebody else reviewed',
  'audit:read': 'Read, verify and export the audit',
  'providers:read': 'See providers and what they cannot map',
  'providers:manage': 'Connect providers and keep their secrets',
  'policies:manage': 'Set policies: detectors, limits, how many must sign',
  'staff:read': 'See operators, their roles and sessions',
  'staff:manage': 'Invite operators, give and take roles, end their sessions',
  'tokens:manage': 'Make and revoke service tokens',
};

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

/** What everybody at the desk sees, e-mail and IP addresses left out. */
const looking: Permission[] = [
  'events:read',
  'sessions:read',
  'devices:read',
  'people:read',
  'signals:read',
  'revocations:read',
  'proposals:read',
];
const seeing: Permission[] = [...looking, 'people:read-addresses'];

/** Who may do what. One table; the checks, the CLI and the matrix page read it. */
export const rolePermissions: Record<Role, readonly Permission[]> = {
  viewer: looking,
  analyst: [...seeing, 'signals:write', 'revocations:propose'],
  'help-desk': [
    'sessions:read',
    'devices:read',
    'people:read',
    'people:read-addresses',
    'revocations:read',
    'revocations:propose',
    'proposals:read',
    'recovery:read',
    'recovery:review',
  ],
  'incident-commander': [
    ...seeing,
    'signals:write',
    'revocations:propose',
    'revocations:approve',
    'keys:read',
    'keys:approve',
    'recovery:read',
    'recovery:approve',
    'audit:read',
  ],
  // Addresses too: an audit entry proves something only with the bytes that were hashed.
  'key-custodian': [
    'keys:read',
    'keys:propose',
    'keys:approve',
    'proposals:read',
    'audit:read',
    'people:read-addresses',
  ],
  auditor: [...seeing, 'keys:read', 'recovery:read', 'audit:read', 'providers:read', 'staff:read'],
  // No approval here: who makes operators and tokens would otherwise be able to sign as the second person.
  administrator: [
    ...seeing,
    'signals:write',
    'revocations:propose',
    'keys:read',
    'recovery:read',
    'audit:read',
    'providers:read',
    'providers:manage',
    'policies:manage',
    'staff:read',
    'staff:manage',
    'tokens:manage',
  ],
};

/** The scopes a service token may carry: reading, writing events, proposing. Never approving, never managing. */
export const tokenScopes: readonly Permission[] = [
  'events:write',
  'events:read',
  'sessions:read',
  'devices:read',
  'people:read',
  'people:read-addresses',
  'signals:read',
  'signals:write',
  'revocations:read',
  'revocations:propose',
  'proposals:read',
  'keys:read',
  'recovery:read',
  'audit:read',
];

/**
 * The union of what the roles allow, and of what the tenant's custom roles add (`custom`, as the database has them). Unknown
 * role names and unknown permissions allow nothing.
 */
export function permissionsOf(roleNames: readonly string[], custom: readonly string[] = []): Set<Permission> {
  const granted = new Set<Permission>();
  for (const name of roleNames)
    if (Object.hasOwn(rolePermissions, name))
      for (const permission of rolePermissions[name as Role]) granted.add(permission);
  for (const permission of custom) if (isPermission(permission)) granted.add(permission);
  return granted;
}

/** True for a word of the list above. */
export function isPermission(word: string): word is Permission {
  return (permissions as readonly string[]).includes(word);
}
