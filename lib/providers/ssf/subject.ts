import type { JsonObject, JsonValue } from '#lib/model/event.ts';

/** A subject identifier (RFC 9493 section 3; SSF 1.0 "complex"). `parts` of a simple subject has its one member under `self`. */
export type SetSubject = { format: string; parts: Readonly<Record<string, SimpleSubject>> };
export type SimpleSubject = { format: string; fields: JsonObject };

/** Thrown for a subject that breaks RFC 9493: the SET is refused with `invalid_request`. */
export class SubjectInvalid extends Error {
  override name = 'SubjectInvalid';
}

/** What each format must carry; every one of these is text and not blank. Formats that are not here are kept as they are. */
const required: ReadonlyMap<string, readonly string[]> = new Map([
  ['account', ['uri']],
  ['email', ['email']],
  ['iss_sub', ['iss', 'sub']],
  ['opaque', ['id']],
  ['phone_number', ['phone_number']],
  ['did', ['url']],
  ['uri', ['uri']],
  ['jwt_id', ['iss', 'jti']],
  ['saml_assertion_id', ['issuer', 'assertion_id']],
]);

/** The members of a complex subject that this receiver understands (SSF 1.0 section 3.2). */
export const complexMembers = ['user', 'device', 'session', 'application', 'tenant', 'org_unit', 'group'] as const;

/** Reads `sub_id`. Members nobody knows are kept, because whether they matter is the transmitter's to say. @throws SubjectInvalid */
export function readSubject(value: JsonValue | undefined): SetSubject {
  const subject = asObject(value);
  const format = text(subject?.format);
  if (!subject || format === null)
    throw new SubjectInvalid('The subject ("sub_id") must be an object with a "format".');
  if (format !== 'complex') return { format, parts: { self: readSimple(subject) } };
  const members = Object.entries(subject).filter(([name, member]) => name !== 'format' && asObject(member) !== null);
  if (members.length === 0) throw new SubjectInvalid('A complex sub_id needs at least one member.');
  return {
    format,
    parts: Object.fromEntries(members.map(([name, member]) => [name, readSimple(member)])),
  };
}

function readSimple(value: JsonValue): SimpleSubject {
  const fields = asObject(value) ?? {};
  const format = text(fields.format);
  if (format === null) throw new SubjectInvalid('Every subject needs a "format".');
  if (format === 'complex') throw new SubjectInvalid('A complex subject cannot hold another one.');
  if (format === 'aliases') return readAliases(fields);
  for (const name of required.get(format) ?? []) {
    if (text(fields[name]) === null) throw new SubjectInvalid(`A subject of the format ${format} needs "${name}".`);
  }
  if (format === 'account' && !/^acct:[^@\s]+@\S+$/i.test(text(fields.uri) ?? ''))
    throw new SubjectInvalid('A subject of the format account needs an acct: URI.');
  return { format, fields };
}

/** RFC 9493 section 3.2.8: a list of one or more identifiers of the same subject, never aliases again. */
function readAliases(fields: JsonObject): SimpleSubject {
  const { identifiers } = fields;
  if (!Array.isArray(identifiers) || identifiers.length === 0)
    throw new SubjectInvalid('A subject of the format aliases needs "identifiers".');
  const read = identifiers.slice(0, 20).map((identifier) => {
    if (asObject(identifier)?.format === 'aliases') throw new SubjectInvalid('Aliases cannot hold aliases.');
    return readSimple(identifier);
  });
  const best =
    read.find(({ format }) => format === 'iss_sub') ?? read.find(({ format }) => format === 'opaque') ?? read[0];
  if (!best) throw new SubjectInvalid('A subject of the format aliases needs "identifiers".');
  return best;
}

/** The members that the transmitter calls critical and this receiver does not know: such an event is to be discarded. */
export function unknownCriticalMembers(subject: SetSubject, critical: readonly string[]): string[] {
  const known: readonly string[] = complexMembers;
  return critical.filter((name) => Object.hasOwn(subject.parts, name) && !known.includes(name));
}

/** One text for one subject, for counting different ones; the same whatever else the SET says. */
export function subjectKey(subject: SetSubject): string {
  const user = subject.parts.user ?? subject.parts.self ?? Object.values(subject.parts)[0];
  return user
    ? JSON.stringify([
        user.format,
        ...Object.keys(user.fields)
          .sort()
          .map((name) => user.fields[name]),
      ])
    : '';
}

export function asObject(value: JsonValue | undefined): JsonObject | null {
  return value && typeof value === 'object' && !Array.isArray(value) ? value : null;
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
