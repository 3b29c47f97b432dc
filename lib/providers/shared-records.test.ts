import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CsvSplitter } from '#lib/events/csv-splitter.ts';
import type { JsonObject, MappedEvent } from '#lib/model/event.ts';
import { RecordRejected } from '#lib/providers/definition.ts';
import { RecordReader } from '#lib/providers/record-reader.ts';
import { findProvider } from '#lib/providers/registry.ts';

/** Records nobody on this project wrote. They are not copied into it, so without them these tests are skipped, and say so. */
const folder = path.resolve(import.meta.dirname, '../../../shared/data');
const here = existsSync(folder);

type Read = { name: string; event: MappedEvent | null; rejected: string | null };

function readAll(kind: string, records: readonly { name: string; record: JsonObject }[]): Read[] {
  return records.map(({ name, record }) => {
    try {
      return { name, event: findProvider(kind)?.map(record) ?? null, rejected: null };
    } catch (error) {
      if (!(error instanceof RecordRejected)) throw error;
      return { name, event: null, rejected: `${error.code}: ${error.message}` };
    }
  });
}

const lines = (file: string): JsonObject[] =>
  readFileSync(path.join(folder, file), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as JsonObject);

/** Panther's cases of one log type: the record's own, else the one the rule is for. */
function pantherCases(prefix: string): { name: string; record: JsonObject }[] {
  return lines('panther/cases.jsonl').flatMap((entry) => {
    const reader = new RecordReader(entry);
    const record = reader.child('event');
    const types = entry.log_types;
    const type = record.text('p_log_type') ?? (Array.isArray(types) && types.length === 1 ? String(types[0]) : '');
    return type.startsWith(prefix) && !record.isEmpty
      ? [{ name: reader.text('test_name') ?? '', record: record.source }]
      : [];
  });
}

function tally(read: readonly Read[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { event, rejected } of read) {
    const key = event ? `${event.type} ${event.outcome}${event.reason ? ` ${event.reason}` : ''}` : (rejected ?? '');
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

const rejections = (read: readonly Read[]): string[] =>
  read.flatMap(({ name, rejected }) => (rejected === null ? [] : `${name} — ${rejected}`)).sort();

describe.skipIf(!here)('the shared records of ../shared/data', () => {
  it('reads every Okta record that has a time', () => {
    const read = readAll('okta', pantherCases('Okta.'));
    expect(read).toHaveLength(43);
    // Three have "redacted" in every time, four were shipped without any: none can be put on a timeline.
    expect(rejections(read)).toEqual([
      'Different device & ASN — bad_time: The field "published" holds no time, and no other field of the record does.',
      'Okta - User disables MFA — missing_time: The field "published" is missing, and the record has no other time.',
      'Okta - User resets own MFA ( INFO severity detection for this in Okta rules ) — missing_time: The field "published" is missing, and the record has no other time.',
      'Okta internal event should be ignored — bad_time: The field "published" holds no time, and no other field of the record does.',
      'Reset by Company Admin — missing_time: The field "published" is missing, and the record has no other time.',
      'Same device and OS — bad_time: The field "published" holds no time, and no other field of the record does.',
      'User reset own MFA factor — missing_time: The field "published" is missing, and the record has no other time.',
    ]);
    expect(read.find(({ name }) => name === 'Successful Login')?.event).toMatchObject({
      type: 'sign_in',
      outcome: 'success',
      person: { subject: '00ubewfku1EX0WCFk697', displayName: 'Casey Hill' },
      sourceSessionId: 'idxvF50v_5sT2-GOA7_K0Amyw',
      ip: '99.108.5.25',
    });
    expect(read.find(({ name }) => name === 'Suspend Event')?.event).toMatchObject({
      type: 'factor_removed',
      person: { displayName: 'Peter Griffin' },
      actor: 'homer.simpson@duff.com',
      sourceSessionId: null,
    });
    expect(read.find(({ name }) => name === 'Okta - Failed Login')?.event).toMatchObject({
      reason: 'unknown_user',
      person: { subject: 'unknown:admin' },
      occurredAt: new Date('2021-06-04T09:59:53.650Z'),
      detail: { time_from: 'p_event_time' },
    });
  });

  it('reads every Auth0 record', () => {
    const read = readAll('auth0', pantherCases('Auth0.'));
    expect(read).toHaveLength(28);
    expect(tally(read)).toEqual({
      'admin_action success': 22,
      'admin_action failure other': 1,
      'risk_detected failure policy_denied': 1,
      'account_locked success': 1,
      'mfa_challenge success': 1,
      'factor_added success': 1,
      'token_reused failure other': 1,
    });
    for (const { event } of read) expect(event?.person?.subject).toMatch(/^(google-oauth2\||auth0\||unknown:)/);
  });

  it('reads every Azure record of sign-ins and directory changes', () => {
    const read = readAll('entra', pantherCases('Azure.Audit'));
    expect(read).toHaveLength(26);
    expect(rejections(read)).toEqual([]);
    expect(tally(read)).toEqual({
      'sign_in success': 11,
      'sign_in failure account_locked': 2,
      'sign_in failure invalid_credentials': 4,
      'admin_action success': 6,
      'factor_added success': 1,
      'privilege_granted success': 2,
    });
    expect(read.find(({ name }) => name.startsWith('Multiple IP Access'))?.event).toMatchObject({
      sourceSessionId: 'session-abc-123',
      person: { issuer: 'https://login.microsoftonline.com/tenant-123/v2.0', subject: 'user-123' },
    });
  });

  it.each([
    [
      'duo',
      'Duo.',
      {
        'account_created success': 1,
        'account_locked success': 1,
        'mfa_denied failure mfa_failed': 2,
        'account_changed success': 3,
        'admin_action success': 4,
        'sign_in success': 1,
        'account_disabled success': 1,
        'mfa_verified failure policy_denied': 5,
      },
    ],
    [
      'onelogin',
      'OneLogin.',
      {
        'sign_in success': 3,
        'sign_in failure invalid_credentials': 1,
        'sign_in failure policy_denied': 1,
        'account_deleted success': 1,
        'account_enabled success': 1,
        'password_reset success': 1,
        'account_locked success': 1,
        'account_disabled success': 1,
      },
    ],
    [
      'google',
      'GSuite.',
      {
        'account_changed success': 1,
        'risk_detected unknown': 5,
        'sign_in success': 5,
        'sign_out success': 1,
        'account_disabled success': 2,
        'other success': 1,
        'other unknown': 2,
        'privilege_granted success': 1,
      },
    ],
  ])('reads every %s record, once it has a time', (kind, prefix, expected) => {
    const timed = pantherCases(prefix).map(({ name, record }) => ({
      name,
      record: { ...record, p_event_time: record.p_event_time ?? '2024-01-01T00:00:00Z' },
    }));
    expect(tally(readAll(kind, timed))).toEqual(expected);
  });

  it('reads every security event token of the specifications', () => {
    const sets = lines('shared-signals/set_examples.jsonl').flatMap((entry) => {
      const claims = new RecordReader(entry).child('json');
      return claims.has('events') && claims.has('jti') ? [{ name: '', record: claims.source }] : [];
    });
    const read = readAll('ssf', sets);
    expect(read.length).toBeGreaterThan(25);
    expect(rejections(read)).toEqual([]);
    expect(tally(read)).toMatchObject({
      'session_revoked success': 4,
      'factor_added success': 1,
      'account_disabled success': 2,
    });
    for (const [index, { event }] of read.entries()) {
      const claims = new RecordReader(sets[index]?.record);
      expect(event?.sourceEventId).toBe(`${claims.text('iss')} ${claims.text('jti')}`);
      if (claims.text('sub_id.format') === 'iss_sub')
        expect(event?.person).toMatchObject({ issuer: claims.text('sub_id.iss'), subject: claims.text('sub_id.sub') });
    }
  });

  it("refuses the Office 365 unified audit, which is not Entra's own log", () => {
    expect(rejections(readAll('entra', pantherCases('Microsoft365.Audit')))).toEqual([
      expect.stringContaining('wrong_format: This is no Entra ID record'),
    ]);
  });

  it('agrees with the normal form of the Auth0 samples, but for what it knows better', () => {
    const samples = lines('auth0/auth0_tests.jsonl').map((entry) => new RecordReader(entry));
    expect(samples).toHaveLength(7);
    for (const sample of samples) {
      const normal = sample.child('expected.custom.ocsf');
      const [read] = readAll('auth0', [{ name: '', record: sample.child('sample').source }]);
      const event = read?.event;
      const code = normal.text('metadata.event_code') ?? '';
      expect(event?.providerType).toBe(code);
      expect(event?.occurredAt.getTime()).toBe(normal.number('time'));
      expect(event?.ip ?? null).toBe(normal.text('src_endpoint.ip'));
      expect(event?.userAgent ?? null).toBe(normal.text('http_request.user_agent'));
      const status = normal.text('status')?.toLowerCase() ?? null;
      // Deliberate: the normal form gives no status to codes it does not class; Auth0 says f failed and ss and sapi succeeded.
      expect([code, event?.outcome]).toEqual([
        code,
        status ?? { f: 'failure', ss: 'success', sapi: 'success' }[code] ?? 'unknown',
      ]);
      // Deliberate: a Management API call on /users/{id} is about that user, whom the normal form does not name.
      expect([code, event?.person?.subject ?? null]).toEqual([
        code,
        code === 'sapi' ? 'auth01111' : normal.text('user.uid', 'actor.user.uid'),
      ]);
      expect(event?.person?.displayName ?? null).toBe(normal.text('user.name'));
    }
  });

  it('reads every Entra sign-in row', () => {
    const rows = lines('entra/signinlogs_msticpy_86.jsonl');
    const read = readAll(
      'entra',
      rows.map((record) => ({ name: String(record.Id), record })),
    );
    expect(tally(read)).toEqual({ 'sign_in success': 84, 'sign_in failure configuration': 2 });
    for (const [index, { event }] of read.entries()) {
      const row = new RecordReader(rows[index]);
      expect(event).toMatchObject({
        sourceEventId: row.text('Id'),
        person: {
          issuer: `https://login.microsoftonline.com/${row.text('AADTenantId')}/v2.0`,
          subject: row.text('UserId'),
        },
        interactive: row.flag('IsInteractive'),
        client: row.text('AppDisplayName'),
        userAgent: row.text('UserAgent'),
      });
      expect(event?.occurredAt.toISOString()).toBe(`${row.text('CreatedDateTime')?.slice(0, 23)}Z`);
    }
  });

  it("refuses an alert's summary of sign-ins, which is none", () => {
    const [read] = readAll(
      'entra',
      csvRows('entra/disabled_accounts_alert.csv').map((record) => ({ name: '', record })),
    );
    expect(read?.rejected).toContain('wrong_format');
  });

  it("reads Log Analytics' CSV export, once its rows are objects", () => {
    const read = readAll(
      'entra',
      csvRows('entra/sign-in_adelete.csv').map((record) => ({ name: String(record.Id), record })),
    );
    expect(tally(read)).toEqual({ 'sign_in success': 53, 'sign_in failure other': 2, 'sign_in failure expired': 1 });
    expect(read[0]?.event).toMatchObject({
      occurredAt: new Date('2021-04-28T14:08:45.221Z'),
      ip: '175.45.176.99',
      interactive: true,
      detail: {
        device: { os: 'Windows 10', browser: 'Edge 90.0.818' },
        provider_place: { city: 'Azor', country: 'IL' },
      },
    });
  });
});

function csvRows(file: string): JsonObject[] {
  const splitter = new CsvSplitter();
  const rows = [...splitter.push(readFileSync(path.join(folder, file))), ...splitter.end()];
  return rows.map(({ raw }) => JSON.parse(raw.toString('utf8')) as JsonObject);
}
