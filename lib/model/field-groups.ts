import type { Permission } from '#lib/model/permissions.ts';

/** What stands in the place of an address that a reader may not see. */
export const hiddenEmail = '(e-mail hidden)';
export const hiddenIp = '(address hidden)';

/** Fields that not everybody who sees a row sees (ASVS 8.1.2). A test compares the names with what the desk answers. */
export type FieldGroup = {
  name: string;
  title: string;
  /** What it takes to read them, beside the permission for the row; `null`: nobody reads them, they never leave the database. */
  permission: Permission | 'the row' | null;
  fields: readonly string[];
  why: string;
};

export const fieldGroups: readonly FieldGroup[] = [
  {
    name: 'addresses',
    title: 'E-mail and IP addresses',
    permission: 'people:read-addresses',
    fields: ['email', 'ip', 'note', 'personEmail', 'personSubject', 'raw', 'subject'],
    why: 'They name a person or their home. Whoever lacks it reads “(e-mail hidden)” and “(address hidden)” wherever one stands, raw records, exports and streams included, and can neither filter by them nor find them by searching.',
  },
  {
    name: 'session ids',
    title: 'The provider’s own ids of sessions and events',
    permission: 'the row',
    fields: ['sourceSessionId', 'sourceEventId'],
    why: 'Needed to find the row at the provider; they are references there and open nothing.',
  },
  {
    name: 'secrets',
    title: 'Hashes of tokens and codes, secrets under the desk’s key',
    permission: null,
    fields: [
      'authorization_hash',
      'browser_hash',
      'client_secret',
      'first_half',
      'jti_hash',
      'pending_secret',
      'poll_secret',
      'second_half',
      'secret',
      'secret_hash',
      'subject_hash',
      'token_hash',
      'verification_hash',
      'veto_hash',
      'wrapped_private',
      'wrapped_secret',
      'wrapped_veto',
    ],
    why: 'A token or code is shown once, when it is made; after that nobody needs to see anything of it.',
  },
];
