import { describe, expect, it } from 'vitest';
import { RecordRejected } from '#lib/providers/definition.ts';
import { reasonFromText } from '#lib/providers/failure-reason.ts';
import { readIp } from '#lib/providers/ip-address.ts';
import { RecordReader } from '#lib/providers/record-reader.ts';
import { eventTime, parseTime } from '#lib/providers/record-time.ts';
import { safePath, smallDetail } from '#lib/providers/small-detail.ts';

describe('RecordReader', () => {
  it('reads keys whatever their case, nested, flattened, or inside JSON text', () => {
    const reader = new RecordReader({
      ACTOR: { Id: 7 },
      'client.ipaddress': '1.2.3.4',
      Status: '{"errorCode":50126}',
      'CreatedDateTime [UTC]': 'x',
      list: [{ a: 'first' }],
    });
    expect(reader.text('actor.id')).toBe('7');
    expect(reader.text('client.ipAddress')).toBe('1.2.3.4');
    expect(reader.number('status.errorCode')).toBe(50126);
    expect(reader.text('createdDateTime')).toBe('x');
    expect(reader.text('list.0.a')).toBe('first');
  });

  it('prefers the exact key, and takes blank and foreign types for absent', () => {
    const reader = new RecordReader({ Id: 'upper', id: 'lower', name: '  ', flag: 'TRUE', object: {} });
    expect(reader.text('id')).toBe('lower');
    expect(reader.text('Id')).toBe('upper');
    expect(reader.text('name', 'object', 'constructor', '__proto__')).toBeNull();
    expect(reader.flag('flag')).toBe(true);
  });

  it('reads what a shipper lowered, and the first of keys that differ in case alone', () => {
    const lowered = new RecordReader({ createddatetime: 'x', devicedetail: { deviceid: 'd' } });
    expect(lowered.text('createdDateTime')).toBe('x');
    expect(lowered.text('deviceDetail.deviceId')).toBe('d');
    expect(lowered.text('DeviceDetail_dynamic.DEVICEID')).toBe('d');
    expect(new RecordReader({ User: 'a', user: 'b', USER: 'c' }).text('uSER')).toBe('a');
    expect(new RecordReader({ user: 'b', User: 'a' }).text('USER')).toBe('b');
    expect(new RecordReader({ user: 'b' }).has('userX', 'use')).toBe(false);
  });

  it('replaces what PostgreSQL text cannot hold', () => {
    expect(new RecordReader({ a: 'x\0y\uD800' }).text('a')).toBe('x\uFFFDy\uFFFD');
  });
});

describe('parseTime', () => {
  it.each([
    ['2022-03-22 14:21:53.225', '2022-03-22T14:21:53.225Z'],
    ['2025-10-03 14:09:32.149000000', '2025-10-03T14:09:32.149Z'],
    ['2024-11-27T03:31:26.7088498+00:00', '2024-11-27T03:31:26.708Z'],
    ['2024-11-27T03:31:26+0530', '2024-11-26T22:01:26.000Z'],
    ['2024-11-27T03:31:26-08', '2024-11-27T11:31:26.000Z'],
    ['4/28/2021, 2:08:45.221 PM', '2021-04-28T14:08:45.221Z'],
    ['12/1/2021, 12:00:00 AM', '2021-12-01T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['0099-01-01T00:00:00Z', '0099-01-01T00:00:00.000Z'],
    ['275760-09-13T00:00:00Z', '+275760-09-13T00:00:00.000Z'],
    ['+275760-12-31T00:00:00Z', '+275760-09-13T00:00:00.000Z'],
    ['1/9/2007 10:41:00 AM +01:00', '2007-01-09T09:41:00.000Z'],
    ['2021-07-20T11: 41: 31+00: 00', '2021-07-20T11:41:31.000Z'],
    ['1700000000123456', '2023-11-14T22:13:20.123Z'],
    ['1700000000', '2023-11-14T22:13:20.000Z'],
    ['1700000000123', '2023-11-14T22:13:20.123Z'],
  ])('reads %s', (text, iso) => {
    expect(parseTime(text)?.toISOString()).toBe(iso);
  });

  it.each([1_700_000_000, 1_700_000_000_000])('reads the epoch %d', (epoch) => {
    expect(parseTime(epoch)?.toISOString()).toBe('2023-11-14T22:13:20.000Z');
  });

  it.each([
    'redacted',
    '',
    '2023-02-29T00:00:00Z',
    '2023-13-01',
    '2023-01-01T25:00:00Z',
    '13:00',
    '0',
    '13/13/2021, 1:00:00 PM',
  ])('refuses %j', (text) => {
    expect(parseTime(text)).toBeNull();
  });
});

describe('eventTime', () => {
  it('falls back to another time of the record and says which', () => {
    const reader = new RecordReader({ published: 'redacted', p_event_time: '2021-06-04 09:59:53.650807' });
    expect(eventTime(reader, ['published'])).toEqual({
      at: new Date('2021-06-04T09:59:53.650Z'),
      from: 'p_event_time',
    });
  });

  it('tells a missing time from one that cannot be read, and names the field', () => {
    expect(() => eventTime(new RecordReader({}), ['published'])).toThrow(
      new RecordRejected('missing_time', 'The field "published" is missing, and the record has no other time.'),
    );
    expect(() => eventTime(new RecordReader({ published: 'redacted' }), ['published'])).toThrow(
      expect.objectContaining({ code: 'bad_time', message: expect.stringContaining('"published"') }),
    );
  });
});

describe('readIp', () => {
  it.each([
    ['1.2.3.4', '1.2.3.4'],
    ['1.2.3.4:8080', '1.2.3.4'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:DB8:0::1]', '2001:db8::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:db8::1#443', '2001:db8::1'],
    ['2001:db8::1p443', '2001:db8::1'],
    ['2001:db8::1 port 443', '2001:db8::1'],
    ['2001:db8::1.443', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1:443', '2001:db8:0:1:1:1:1:1'],
    ['::ffff:203.0.113.7:443', null],
    ['redacted', null],
    ['127.1', null],
    ['0x7f.0.0.1', null],
    ['1.2.3.4, 5.6.7.8', null],
    [16909060, null],
  ])('reads %j', (value, ip) => {
    expect(readIp(value)).toBe(ip);
  });
});

describe('reasonFromText', () => {
  it.each([
    ['INVALID_CREDENTIALS', 'invalid_credentials'],
    ['VERIFICATION_ERROR', 'invalid_credentials'],
    ['Wrong email or password.', 'invalid_credentials'],
    ['LOCKED_OUT', 'account_locked'],
    ['ACCOUNT_LOCKED_OUT', 'account_locked'],
    ['ACCOUNT_DISABLED', 'account_disabled'],
    ['PASSWORD_EXPIRED', 'password_expired'],
    ['USER_DOES_NOT_EXIST', 'unknown_user'],
    ['UNKNOWN_USER', 'unknown_user'],
    ['Callback URL mismatch', 'configuration'],
    ['Client is disabled', 'configuration'],
    ['User rejected Okta push verify', 'mfa_failed'],
    ['Push timed out', 'expired'],
    ['MFA_ENROLLMENT_REQUIRED', 'mfa_required'],
    ['MFA required', 'mfa_required'],
    ['Sign-on policy evaluation resulted in DENY', 'policy_denied'],
    ['session expired', 'expired'],
    ['waaaaa', null],
  ])('reads %s', (text, reason) => {
    expect(reasonFromText(text)).toBe(reason);
  });
});

describe('smallDetail', () => {
  it('drops what is empty and stays within a kilobyte', () => {
    const detail = smallDetail({
      a: null,
      b: '',
      c: {},
      d: { e: undefined as never },
      f: 'x'.repeat(500),
      ...Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, 'y'.repeat(100)])),
    });
    expect(Object.keys(detail)[0]).toBe('f');
    expect(JSON.stringify(detail).length).toBeLessThanOrEqual(1024);
  });

  it('keeps no query and no token of a path', () => {
    expect(safePath('/api/v1/authn?stateToken=abc')).toBe('/api/v1/authn');
    expect(safePath('https://id.example/tokens/abcdef/verify#x')).toBe('/tokens/…');
  });
});
