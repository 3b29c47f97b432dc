import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  accountTypes,
  eventTypes,
  failureReasons,
  type JsonObject,
  outcomes,
  timeQualities,
} from '#lib/model/event.ts';
import { mapOcsf } from '#lib/providers/ocsf/ocsf.ts';
import { type WritableEvent, writeOcsf } from '#lib/providers/ocsf/write-ocsf.ts';

// From the schema of OCSF 1.x (events/iam, objects): what each class requires and what it knows at all.
const everyClass = {
  required: ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid', 'user'],
  known: [
    'activity_name',
    'status_id',
    'status',
    'status_detail',
    'raw_data',
    'unmapped',
    'src_endpoint',
    'http_request',
  ],
  ofHostProfile: ['actor', 'device'],
};
const classes: Record<number, { known: readonly string[]; oneOf: readonly string[]; captions: readonly string[] }> = {
  3001: {
    known: [],
    oneOf: [],
    captions:
      'Unknown,Create,Enable,Password Change,Password Reset,Disable,Delete,Attach Policy,Detach Policy,Lock,MFA Factor Enable,MFA Factor Disable,Unlock'.split(
        ',',
      ),
  },
  3002: {
    known: ['service', 'dst_endpoint', 'session'],
    oneOf: ['service', 'dst_endpoint'],
    captions:
      'Unknown,Logon,Logoff,Authentication Ticket,Service Ticket Request,Service Ticket Renew,Preauth,Account Switch'.split(
        ',',
      ),
  },
};
const objects: Record<string, { required?: readonly string[]; oneOf?: readonly string[] }> = {
  metadata: { required: ['product', 'version'] },
  'metadata.product': { required: ['vendor_name'], oneOf: ['name', 'uid'] },
  user: { oneOf: ['account', 'name', 'uid'] },
  'actor.user': { oneOf: ['account', 'name', 'uid'] },
  actor: { oneOf: ['user', 'session', 'app_name'] },
  device: { required: ['type_id'], oneOf: ['uid'] },
  service: { oneOf: ['name', 'uid'] },
  dst_endpoint: { oneOf: ['uid'] },
  src_endpoint: { oneOf: ['ip'] },
  'src_endpoint.location': { oneOf: ['city', 'country'] },
  'src_endpoint.autonomous_system': { oneOf: ['number', 'name'] },
};

/** What of a record the schema would not take. */
function faultsOf(record: JsonObject): string[] {
  const { required, known, ofHostProfile } = everyClass;
  const ofClass = classes[Number(record.class_uid)];
  if (!ofClass) return [`class ${record.class_uid}`];
  const names = Object.keys(record);
  const at = (path: string) => path.split('.').reduce<unknown>((inner, name) => (inner as JsonObject)?.[name], record);
  const lacking = (inside: object, list: readonly string[] = []) => list.filter((name) => !(name in inside));
  const caption = ofClass.captions[Number(record.activity_id)];
  const profiles = (record.metadata as JsonObject).profiles as string[] | undefined;
  return [
    ...lacking(record, required).map((name) => `${name} is missing`),
    ...names.filter((name) => ![...required, ...known, ...ofHostProfile, ...ofClass.known].includes(name)),
    ...(ofClass.oneOf.length > 0 && !ofClass.oneOf.some((name) => name in record) ? [`none of ${ofClass.oneOf}`] : []),
    ...(ofHostProfile.some((name) => name in record) && !profiles?.includes('host') ? ['profile host'] : []),
    ...(record.type_uid === Number(record.class_uid) * 100 + Number(record.activity_id) ? [] : ['type_uid']),
    ...(caption === undefined || caption === record.activity_name ? [] : [`activity_name ${record.activity_name}`]),
    ...(caption === undefined && record.activity_id !== 99 ? [`activity ${record.activity_id}`] : []),
    ...Object.entries(objects).flatMap(([path, rule]) => {
      const inside = at(path);
      if (!inside || typeof inside !== 'object') return [];
      const some = !rule.oneOf || rule.oneOf.some((name) => name in inside);
      return [
        ...lacking(inside, rule.required).map((name) => `${path}.${name}`),
        ...(some ? [] : [`${path}: ${rule.oneOf}`]),
      ];
    }),
  ];
}

const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'abcXYZ059-_.é') });
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const event: fc.Arbitrary<WritableEvent> = fc
  .record({
    sourceEventId: word,
    occurredAt: fc.date({ min: new Date('1990-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
    timeQuality: fc.constantFrom(...timeQualities),
    provider: word,
    type: fc.constantFrom(...eventTypes),
    // Of another provider's words some are ours.
    providerType: fc.oneof(word, fc.constantFrom(...eventTypes)),
    outcome: fc.constantFrom(...outcomes),
    reason: fc.constantFrom(...failureReasons),
    interactive: fc.boolean(),
    issuer: maybe(word),
    subject: maybe(word),
    personName: maybe(word),
    personEmail: maybe(word.map((name) => `${name}@example.org`)),
    accountType: fc.constantFrom(...accountTypes),
    sourceSessionId: maybe(word),
    endsSessionsUntil: maybe(fc.constantFrom('2026-03-02T09:15:30.120Z', '2026-03-02T09:15:31.000Z')),
    deviceFingerprint: maybe(word.map((id) => `id:${id}`)),
    actor: maybe(word.map((name) => `admin ${name}`)),
    client: maybe(word),
    ip: maybe(fc.constantFrom('192.0.2.7', '2001:db8::1')),
    userAgent: maybe(word),
    country: maybe(fc.constantFrom('DE', 'FR')),
    city: maybe(word),
    asn: maybe(fc.integer({ min: 1, max: 65_000 })),
    asName: maybe(word),
    raw: maybe(fc.constant('{}')),
  })
  .map((given) => ({
    ...given,
    occurredAt: given.occurredAt.toISOString(),
    receivedAt: '2026-11-20T10:00:00.000Z',
    claimedTime: given.timeQuality === 'absurd' ? '0001-01-01T00:00:00.000Z' : null,
    reason: given.outcome === 'failure' ? given.reason : null,
    accountType: given.subject === null ? null : given.accountType,
  }));

test('every record that is written has what OCSF requires of its class and nothing the class does not know', () => {
  fc.assert(
    fc.property(event, (given) => void expect(faultsOf(writeOcsf(given))).toEqual([])),
    { numRuns: 2_000 },
  );
});

test('every record that is written is read again as the same event', () => {
  fc.assert(
    fc.property(event, (given) => {
      const read = mapOcsf(JSON.parse(JSON.stringify(writeOcsf(given))) as JsonObject);
      expect({
        type: read.type,
        outcome: read.outcome,
        reason: read.reason,
        at: read.occurredAt.toISOString(),
        id: read.sourceEventId,
        subject: read.person?.subject ?? null,
        accountType: read.person?.accountType ?? null,
        session: read.sourceSessionId,
        endsSessionsUntil: read.endsSessionsUntil?.toISOString() ?? null,
        client: read.client,
        ip: read.ip,
        actor: read.actor,
        // A service account is at no keyboard, nor is what never has one.
        interactive: read.interactive && given.interactive,
      }).toEqual({
        type: given.type,
        outcome: given.outcome,
        reason: given.reason,
        at: given.occurredAt,
        id: given.sourceEventId,
        subject: given.subject,
        accountType: given.accountType,
        session: given.sourceSessionId,
        endsSessionsUntil: given.endsSessionsUntil,
        client: given.client,
        ip: given.ip,
        actor: given.actor,
        interactive: read.interactive,
      });
      if (given.subject !== null && given.issuer !== null) expect(read.person?.issuer).toBe(given.issuer);
    }),
    { numRuns: 2_000 },
  );
});

test('when it came in, a doubtful time and what an absurd one said go along', () => {
  const [given] = fc.sample(event, { numRuns: 1, seed: 7 });
  const times = (more: Partial<WritableEvent>) => {
    const { metadata, unmapped } = writeOcsf({ ...(given as WritableEvent), ...more });
    const { logged_time, original_time } = metadata as JsonObject;
    const quality = ((unmapped as JsonObject | undefined)?.gatehouse as JsonObject | undefined)?.time_quality;
    return [logged_time, original_time, quality];
  };
  const logged = Date.parse('2026-11-20T10:00:00.000Z');
  expect(times({ timeQuality: 'ok', claimedTime: null })).toEqual([logged, undefined, undefined]);
  expect(times({ timeQuality: 'future', claimedTime: null })).toEqual([logged, undefined, 'future']);
  const claimed = '0001-01-01T00:00:00.000Z';
  expect(times({ timeQuality: 'absurd', claimedTime: claimed })).toEqual([logged, claimed, 'absurd']);
});

test('a record that lacks what is required would be noticed', () => {
  const [given] = fc.sample(event, { numRuns: 1, seed: 7 });
  const { user: _user, ...rest } = writeOcsf(given as WritableEvent);
  expect(faultsOf(rest)).toContain('user is missing');
  expect(faultsOf({ ...rest, user: { type_id: 1 }, planted: 1 })).toEqual(['planted', 'user: account,name,uid']);
});
