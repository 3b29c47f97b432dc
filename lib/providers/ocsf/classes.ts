import { type EventType, eventTypes } from '#lib/model/event.ts';

/** OCSF 1.x identity classes and their `activity_id`s (schema 1.0 to 1.9). Classes and activities left out are `other`. */
const activities: Readonly<Record<number, Readonly<Record<number, EventType>>>> = {
  // Account Change
  3001: {
    1: 'account_created',
    2: 'account_enabled',
    3: 'password_changed',
    4: 'password_reset',
    5: 'account_disabled',
    6: 'account_deleted',
    7: 'privilege_granted',
    8: 'privilege_revoked',
    9: 'account_locked',
    10: 'factor_added',
    11: 'factor_removed',
    12: 'account_unlocked',
  },
  // Authentication
  3002: {
    1: 'sign_in',
    2: 'sign_out',
    3: 'token_issued',
    4: 'token_issued',
    5: 'token_refreshed',
    7: 'impersonation_started',
  },
  // Authorize Session
  3003: { 1: 'privilege_granted', 2: 'privilege_granted', 3: 'privilege_granted' },
  // User Access Management
  3005: { 1: 'privilege_granted', 2: 'privilege_revoked', 3: 'privilege_granted', 4: 'privilege_revoked' },
};

/** What is only read, never written: a class whose records hold more than an event of ours can fill. */
const alsoRead: typeof activities = {
  // Security Finding (1.0), Detection Finding
  2001: { 1: 'risk_detected' },
  2004: { 1: 'risk_detected' },
  // Group Management
  3006: { 3: 'account_changed', 4: 'account_changed' },
};

/** What OCSF calls the activities that are written: `activity_name` must say just this. */
const captions: Readonly<Record<number, readonly string[]>> = {
  3001: [
    'Unknown',
    'Create',
    'Enable',
    'Password Change',
    'Password Reset',
    'Disable',
    'Delete',
    'Attach Policy',
    'Detach Policy',
    'Lock',
    'MFA Factor Enable',
    'MFA Factor Disable',
    'Unlock',
  ],
  3002: [
    'Unknown',
    'Logon',
    'Logoff',
    'Authentication Ticket',
    'Service Ticket Request',
    'Service Ticket Renew',
    'Preauth',
    'Account Switch',
  ],
};

/** The caption of an activity; `null` for activity 99, whose name the source gives. */
export function ocsfCaption(classUid: number, activityId: number): string | null {
  return captions[classUid]?.[activityId] ?? null;
}

const ownWords: ReadonlySet<string> = new Set(eventTypes);

/**
 * Our word for an OCSF activity. Where OCSF has no number (activity 0 or 99, or another class), `metadata.event_code` or
 * `activity_name` may name one of our own event types (`token_refreshed`, `session_revoked`, …) and is taken at its word.
 */
export function ocsfEventType(classUid: number, activityId: number, names: readonly (string | null)[]): EventType {
  const listed = activities[classUid]?.[activityId] ?? alsoRead[classUid]?.[activityId];
  if (listed) return listed;
  return names.map(ownWordOf).find((own) => own !== null) ?? 'other';
}

/** The event type of ours that a name says, however it is spaced; `null` for any other name. */
export function ownWordOf(name: string | null): EventType | null {
  const word = name
    ?.trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
  return word !== undefined && ownWords.has(word) ? (word as EventType) : null;
}

/** The class and activity that say exactly this and nothing else; `null` where OCSF has none. */
export function ocsfActivityOf(type: EventType): { classUid: number; activityId: number } | null {
  for (const [classUid, listed] of Object.entries(activities)) {
    const found = Object.entries(listed).find(([, named]) => named === type);
    if (found) return { classUid: Number(classUid), activityId: Number(found[0]) };
  }
  return null;
}
