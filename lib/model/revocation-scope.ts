/** What a revocation is about. `filter` holds the parameters of the sessions screen, or of the events screen, by the same names. */
export type RevocationScope =
  | { by: 'filter'; filter: Record<string, string> }
  /** The living sessions in which such events happened. */
  | { by: 'events'; filter: Record<string, string> }
  | { by: 'list'; entries: string[] }
  | { by: 'signal'; signal: string }
  | { by: 'sessions'; sessions: string[] };

/** Groups of sessions one is warned about, and can leave out with one click. */
export const sessionGroups = ['own', 'administrators', 'break-glass', 'service'] as const;
export type SessionGroup = (typeof sessionGroups)[number];

export const sessionGroupWords: Record<SessionGroup, { label: string; warning: string }> = {
  own: {
    label: 'Your own sessions',
    warning: 'You sign yourself out. You may not be able to watch the run to its end.',
  },
  administrators: {
    label: 'Administrators of this desk',
    warning: 'They may not be able to get into the desk until they have signed in again.',
  },
  'break-glass': {
    label: 'Break-glass accounts',
    warning: 'They are the way in when nothing else works. Leave them out unless they are the problem.',
  },
  service: {
    label: 'Service and workload accounts',
    warning: 'What runs unattended under them stops and may not start again by itself.',
  },
};

/** Who and what is left out of a scope. */
export type Exclusions = { groups: SessionGroup[]; people: string[]; sessions: string[] };

export type Counted = { name: string; sessions: number };
/** What a rehearsal found, frozen and signed with the rest. */
export type RevocationSummary = {
  sessions: number;
  people: number;
  providers: (Counted & { id: string; canAct: boolean; ends: string; remains: string })[];
  clients: Counted[];
  countries: Counted[];
  warnings: { group: SessionGroup; sessions: number; people: number; examples: string[] }[];
  unmatched: string[];
  unmatchedCount: number;
};

/** The scope in words. `person` and the like are named by the caller where it can. */
export function scopeWords(scope: RevocationScope, filterWords: string): string {
  switch (scope.by) {
    case 'filter':
      return filterWords || 'every living session';
    case 'events':
      return `sessions with events: ${filterWords}`;
    case 'list':
      return `a pasted list of ${scope.entries.length.toLocaleString('en-US')}`;
    case 'signal':
      return 'what a signal is about';
    case 'sessions':
      return scope.sessions.length === 1
        ? 'one session'
        : `${scope.sessions.length.toLocaleString('en-US')} ticked sessions`;
    default:
      return scope satisfies never;
  }
}

/** Where a scope is set and rehearsed; a pasted list stands in no address. */
export function scopeAddress(scope: RevocationScope): string {
  const at = '/revocations/new';
  switch (scope.by) {
    case 'filter':
    case 'events': {
      const params = new URLSearchParams(scope.by === 'events' ? { of: 'events', ...scope.filter } : scope.filter);
      return params.size > 0 ? `${at}?${params}` : at;
    }
    case 'signal':
      return `${at}?signal=${scope.signal}`;
    case 'sessions':
      return `${at}?sessions=${scope.sessions.toSorted().join(',')}`;
    case 'list':
      return at;
    default:
      return scope satisfies never;
  }
}
