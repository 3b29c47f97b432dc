import { describe, expect, it } from 'vitest';
import { readRecord } from '#lib/events/read-record.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import { unfoldRecords } from '#lib/events/unfold-records.ts';
import { findProvider } from '#lib/providers/registry.ts';

function unfolded(kind: string, delivery: string | Buffer) {
  const definition = findProvider(kind);
  if (!definition) throw new Error(kind);
  const records = unfoldRecords(splitRecords(Buffer.from(delivery), false, definition.unfold?.lists), definition);
  return { records, read: records.map((record) => readRecord(record, definition)) };
}
const okta = (id: string) =>
  `{"uuid":"${id}","published":"2026-03-02T09:15:30Z","eventType":"user.session.start","actor":{"id":"u1","type":"User"},"outcome":{"result":"SUCCESS"},"n":12345678901234567890}`;
const google = (...names: string[]) =>
  JSON.stringify({
    id: { time: '2026-03-02T09:15:30Z', uniqueQualifier: '1', applicationName: 'login' },
    actor: { email: 'ada@acme.example', profileId: '1' },
    events: names.map((name) => ({ type: 'login', name })),
  });

describe('deliveries of several records', () => {
  it('takes an Okta hook apart and keeps numbers no double holds', () => {
    const { records, read } = unfolded(
      'okta',
      `{"eventType":"com.okta.event_hook","data":{"events":[${okta('a')},${okta('b')}]}}`,
    );
    expect(read.map((each) => each.ok && each.sourceEventId)).toEqual(['a', 'b']);
    expect(records[0]?.raw.toString()).toBe(okta('a'));
  });

  it('takes Event Hub batches, pages of Graph and Auth0 batches apart', () => {
    const signIn = {
      id: 's1',
      createdDateTime: '2026-03-02T09:15:30Z',
      userId: 'u',
      appId: 'a',
      status: { errorCode: 0 },
    };
    const log = (id: string) => ({
      log_id: id,
      data: { type: 's', date: '2026-03-02T09:15:30Z', log_id: id, user_id: 'u' },
    });
    expect(
      unfolded('entra', JSON.stringify({ value: [signIn, { ...signIn, id: 's2' }] })).read.map((each) => each.ok),
    ).toEqual([true, true]);
    expect(
      unfolded('entra', JSON.stringify({ records: [{ category: 'SignInLogs', properties: signIn }] })).read.map(
        (each) => each.ok,
      ),
    ).toEqual([true]);
    expect(unfolded('auth0', JSON.stringify({ logs: [log('1'), log('2')] })).read.map((each) => each.ok)).toEqual([
      true,
      true,
    ]);
  });

  it('gives every event of a Google activity an id of its own, twice the same name included', () => {
    const { read } = unfolded('google', google('login_success', 'logout', 'login_success'));
    const ids = read.map((each) => (each.ok ? each.sourceEventId : each.code));
    expect(new Set(ids).size).toBe(3);
    expect(ids[0]).toBe('login/2026-03-02T09:15:30Z/1/login_success');
  });

  it('quarantines what is no record by itself, and not its neighbours', () => {
    const ids = (kind: string, delivery: string | Buffer) =>
      unfolded(kind, delivery).read.map((each) => (each.ok ? each.sourceEventId : each.code));
    expect(ids('okta', `{"data":{"events":[${okta('a')},7,${okta('b')},null,[1],"x"]}}`)).toEqual([
      'a',
      'not_an_object',
      'b',
      'not_an_object',
      'not_an_object',
      'not_an_object',
    ]);
    expect(ids('google', `{"items":[${google('logout')},7,${google('login_success', 'logout')}]}`)).toHaveLength(4);
    const damaged = Buffer.from(
      `{"data":{"events":[${okta('a')},${okta('b').replace('u1', 'u\u00ff')},${okta('c')}]}}`,
      'latin1',
    );
    expect(ids('okta', damaged)).toEqual(['a', 'bad_utf8', 'c']);
  });

  it('leaves alone what is one record, what is damaged and what nests too deep', () => {
    const deep = `{"data":{"events":${'['.repeat(80)}${']'.repeat(80)}}}`;
    for (const whole of [okta('a'), '{"data":{"events":[', deep, '{"data":{"events":[1]}}', '"data"']) {
      expect(unfolded('okta', whole).records.map(({ raw }) => raw.toString())).toEqual([whole]);
    }
    expect(unfolded('google', google('logout')).records).toHaveLength(1);
  });
});
