import type { Permission } from '#lib/model/permissions.ts';

/** The pages of Settings, a line each, in their order. `null`: everybody who is signed in. */
export const settingsPlaces: readonly { href: string; label: string; permission: Permission | null; about: string }[] =
  [
    {
      href: '/settings/staff',
      label: 'Staff',
      permission: 'staff:read',
      about: 'Who may sit here, with which roles, and why.',
    },
    {
      href: '/settings/roles',
      label: 'Roles',
      permission: 'staff:read',
      about: 'What each role allows; roles of your own.',
    },
    {
      href: '/settings/sign-in',
      label: 'Sign-in',
      permission: 'staff:read',
      about: 'Who is at the desk now, what each role asks of a sign-in, company accounts.',
    },
    {
      href: '/settings/notices',
      label: 'Notices',
      permission: 'staff:manage',
      about: 'What was told to whom, and what a mail server could not take.',
    },
    {
      href: '/settings/break-glass',
      label: 'Break-glass',
      permission: 'staff:read',
      about: 'A sealed account that two people open together when nobody else can.',
    },
    {
      href: '/settings/tokens',
      label: 'Tokens',
      permission: 'tokens:manage',
      about: 'Machines that send events or read through the API.',
    },
    {
      href: '/settings/retention',
      label: 'Retention',
      permission: 'policies:manage',
      about: 'How long events are kept, and what must not go: legal holds.',
    },
    {
      href: '/settings/tenants',
      label: 'Tenants',
      permission: null,
      about: 'The organisations you work for, each behind its own wall.',
    },
  ];
