import type { AccountType, Outcome, PersonRef } from '#lib/model/event.ts';
import { known } from '#lib/providers/okta/envelope.ts';
import { isAboutTarget, oktaEventType } from '#lib/providers/okta/event-types.ts';
import { isEmail, personRef } from '#lib/providers/person-ref.ts';
import { RecordReader } from '#lib/providers/record-reader.ts';

/** Whom an event is about, and who did it when that is somebody else. */
export function readPeople(
  event: RecordReader,
  providerType: string,
  outcome: Outcome,
): { person: PersonRef | null; actor: string | null } {
  const said = event.child('actor');
  // Of a threat Okta names the address as who acted; that is no account.
  const actor = /^(ip ?address|device|network)$/i.test(said.text('type') ?? '') ? new RecordReader({}) : said;
  const targets = event.list('target').filter((target) => target.text('type') === 'User');
  const target = targets[0];
  const byPerson = actor.text('type') === 'User' || (!actor.has('type') && !actor.isEmpty);
  if (target && (isAboutTarget(providerType) || !byPerson)) {
    const same = byPerson && sameAccount(actor, target);
    return { person: principal(same ? actor : target, outcome), actor: same || actor.isEmpty ? null : label(actor) };
  }
  if (!target && isGrant(providerType)) return { person: readGrantee(event, outcome), actor: label(actor) };
  return { person: actor.isEmpty ? null : principal(actor, outcome), actor: null };
}

/** A right given to a group or an application is not the right of who gave it. */
function isGrant(providerType: string): boolean {
  return /^privilege_/.test(oktaEventType(providerType));
}

/** The application that gained or lost a right; a group is nobody. */
function readGrantee(event: RecordReader, outcome: Outcome): PersonRef | null {
  const app = event
    .list('target')
    .find((target) => /^(PublicClientApp|PublicClientAppEntity|AppInstance|AIAgent)$/.test(target.text('type') ?? ''));
  return app ? principal(app, outcome) : null;
}

/** Self-service leaves the person as actor and as target; the ids differ only in records somebody has anonymised. */
function sameAccount(actor: RecordReader, target: RecordReader): boolean {
  const id = known(actor.text('id'));
  const name = known(actor.text('alternateId'));
  return (
    (id !== null && id === known(target.text('id'))) ||
    (name !== null && name.toLowerCase() === known(target.text('alternateId'))?.toLowerCase())
  );
}

function principal(account: RecordReader, outcome: Outcome): PersonRef | null {
  const login = known(account.text('alternateId'));
  const displayName = known(account.text('displayName'));
  const id = known(account.text('id'));
  const said = account.text('id') !== null;
  return personRef({
    issuer: null,
    // "unknown" is Okta's word for an account it does not have; an id merely left out is replaced by the login.
    id: id ?? (said ? null : login),
    login,
    displayName,
    email: login && isEmail(login) ? login : null,
    accountType: accountTypes[account.text('type') ?? 'User'] ?? 'unknown',
    outcome,
  });
}

const accountTypes: Readonly<Record<string, AccountType>> = {
  User: 'human',
  AppUser: 'human',
  PublicClientApp: 'service',
  PublicClientAppEntity: 'service',
  AppInstance: 'service',
  SystemPrincipal: 'service',
  SERVICE_ACCOUNT: 'service',
  ServiceAccount: 'service',
  WorkloadPrincipal: 'workload',
  AIAgent: 'workload',
};

/** True when the name that was typed is no account of Okta's. */
export function unknownAccount(event: RecordReader): boolean {
  return event.text('actor.id')?.toLowerCase() === 'unknown';
}

function label(account: RecordReader): string | null {
  return known(account.text('alternateId')) ?? known(account.text('displayName')) ?? known(account.text('id'));
}
