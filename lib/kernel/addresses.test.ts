import { expect, test } from 'vitest';
import { hideAddresses, hideAddressesIn, withoutAddresses } from '#lib/kernel/addresses.ts';
import { hiddenEmail, hiddenIp } from '#lib/model/field-groups.ts';

test.each([
  ['ada@example.org', hiddenEmail],
  ['Ada <ada.lovelace+desk@mail.example.org>, from', `Ada <${hiddenEmail}>, from`],
  ['jürgen@müller.example', hiddenEmail],
  ['/sessions?q=ada%40example.org&ip=198.51.100.7', `/sessions?q=${hiddenEmail}&ip=${hiddenIp}`],
  ['seen at 198.51.100.7, then at http://203.0.113.9:8080/x', `seen at ${hiddenIp}, then at http://${hiddenIp}:8080/x`],
  ['net 198.51.100.0/24', `net ${hiddenIp}/24`],
  ['2001:db8::1 and ::ffff:198.51.100.7', `${hiddenIp} and ${hiddenIp}`],
  ['ip=2001%3Adb8%3A%3A1', `ip=${hiddenIp}`],
  [
    String.raw`{"note":"from\nada@example.org\n198.51.100.7"}`,
    String.raw`{"note":"from\n${hiddenEmail}\n${hiddenIp}"}`,
  ],
])('%s', (text, expected) => {
  expect(hideAddressesIn(text)).toBe(expected);
});

test.each([
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36',
  '2026-11-24T09:00:12.345Z',
  '12:30:45',
  'version 1.2.3.4.5',
  '999.1.1.1',
  '01900000-0000-7000-8000-000000000001',
  'urn:ietf:params:oauth:token-type:jwt',
  'sha256:abc @ noon, 3 @ 4',
  '{"at":"2026-11-24T09:00:12Z","n":1.25,"ok":true}',
])('left as it is: %s', (text) => {
  expect(hideAddressesIn(text)).toBe(text);
});

test('a record of the largest size is looked through in time that grows with its length alone', () => {
  const long = 512 * 1024;
  for (const text of ['a'.repeat(long), 'a1.'.repeat(long / 3), '@a'.repeat(long / 2)])
    expect(hideAddressesIn(text) === text, text.slice(0, 6)).toBe(true);
  expect(hideAddressesIn(`${'a'.repeat(long)}@example.org`)).toBe(hiddenEmail);
});

test('in keys, bytes, maps and depth, with dates, numbers and digests as they were', () => {
  const at = new Date();
  const digest = Buffer.from([0xff, 0xfe, 0x40]);
  expect(
    hideAddresses({
      at,
      digest,
      n: 1,
      raw: Buffer.from('{"ip":"198.51.100.7"}'),
      by: new Map([['ada@example.org', 2]]),
      deep: [{ 'ada@example.org': null }],
    }),
  ).toEqual({
    at,
    digest,
    n: 1,
    raw: Buffer.from(`{"ip":"${hiddenIp}"}`),
    by: new Map([[hiddenEmail, 2]]),
    deep: [{ [hiddenEmail]: null }],
  });
});

test('[v5.0.0-V8.2.3] a stream of events, of rows or of JSON leaves without them, wherever it is cut', async () => {
  const whole = [
    'retry: 2000\n\n',
    'event: progress\ndata: {"label":"ada@example.org","note":"from\\u000aada@example.org\\t198.51.100.7"}\n\n',
    'name,ip\nÄda,198.51.100.7\n',
    '{"ip":"2001:db8::1","n":12345}',
  ].join('');
  const bytes = new TextEncoder().encode(whole);
  for (const size of [1, 7, 40, bytes.length]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    const answer = withoutAddresses(new Response(body, { status: 202, headers: { 'X-Accel-Buffering': 'no' } }));
    expect([answer.status, answer.headers.get('x-accel-buffering')]).toEqual([202, 'no']);
    expect(await answer.text()).toBe(
      [
        'retry: 2000\n\n',
        `event: progress\ndata: {"label":"${hiddenEmail}","note":"from\\n${hiddenEmail}\\t${hiddenIp}"}\n\n`,
        `name,ip\nÄda,${hiddenIp}\n`,
        `{"ip":"${hiddenIp}","n":12345}`,
      ].join(''),
    );
  }
});
