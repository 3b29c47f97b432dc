import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DeskProcess, residentBytes } from '#lib/cli/bench/web-process.ts';
import { type FaultDesk, faultDesk, goodRecord } from '#lib/cli/faults/fault-desk.ts';
import { ingestLimits } from '#lib/events/ingest-request.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';

let desk: FaultDesk;
let web: DeskProcess;
let other: DeskProcess;

beforeAll(async () => {
  desk = await faultDesk();
  [web, other] = await Promise.all([desk.startWeb(), desk.startWeb()]);
}, 180_000);
afterAll(() => desk?.close(), 60_000);

type Answer = { status: number; retryAfter: string | null; body: Record<string, unknown> };
async function post(to: DeskProcess, body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${to.url}/api/v1/ingest/ocsf`, {
    method: 'POST',
    headers: { authorization: `Bearer ${desk.token}`, 'content-type': 'application/x-ndjson', ...headers },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: text.startsWith('{') ? JSON.parse(text) : { text },
  };
}

/** Sends bytes on a bare socket, as no client library would, and gives the status line. `null`: cut off without an answer. */
function raw(to: DeskProcess, headers: string[], send: (socket: net.Socket) => void): Promise<number | null> {
  const { port, hostname } = new URL(to.url);
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), hostname);
    let answer = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      answer += chunk;
      const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1];
      if (status && status !== '100') {
        resolve(Number(status));
        socket.destroy();
      }
    });
    socket.on('close', () => resolve(null));
    socket.write(
      `POST /api/v1/ingest/ocsf HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer ${desk.token}\r\n${headers.join('\r\n')}\r\n\r\n`,
    );
    send(socket);
  });
}

describe('a crash around the commit', () => {
  test.each([
    ['[F02]', 'ingest.before_commit', 0],
    ['[F01]', 'ingest.after_commit', 1],
  ])(
    '%s killed at %s: no answer, then the repeat stores it exactly once',
    async (_row, point, storedAlready) => {
      const doomed = await desk.startWeb({ APP_FAILPOINTS: '1', FAILPOINTS: `${point}:kill` });
      const gone = new Promise<NodeJS.Signals | null>((resolve) =>
        doomed.process.once('exit', (_code, signal) => resolve(signal)),
      );
      await expect(post(doomed, goodRecord(point))).rejects.toThrow();
      expect(await gone).toBe('SIGKILL');
      expect(await desk.ids(point)).toHaveLength(storedAlready);
      expect(await post(web, goodRecord(point))).toMatchObject({
        status: 200,
        body: { stored: 1 - storedAlready, duplicate: storedAlready },
      });
      expect(await desk.ids(point)).toHaveLength(1);
    },
    120_000,
  );
});

test('[F06] the same record a hundred times at once on two instances is one event, and every sender is told so', async () => {
  const send = async (at: number): Promise<Answer> => {
    const answer = await post(at % 2 === 0 ? web : other, goodRecord('hundred'));
    return answer.status === 429 || answer.status === 503 ? send(at) : answer;
  };
  const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => send(at)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(answers.reduce((sum, { body }) => sum + Number(body.stored), 0)).toBe(1);
  expect(await desk.ids('hundred')).toHaveLength(1);
}, 120_000);

test('[F09] poison over HTTP: each is named with its place, the good ones around it are stored', async () => {
  const poison = [
    '{"broken":',
    '"text"',
    `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
    '{"class_uid":3002,"activity_id":1,"time":1e400,"metadata":{"uid":"p"}}',
    Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe, 0xc3]), Buffer.from('"}')]),
    `{"class_uid":3002,"activity_id":1,"time":1,"pad":"${'x'.repeat(1_000_000)}"}`,
    '[]',
    'null',
  ];
  const odd = [
    goodRecord('odd-dup').replace('"activity_id":1', '"activity_id":1,"activity_id":1'),
    goodRecord('odd-nul').replace('"Ada"', '"A\\u0000da\\ud800"'),
  ];
  const lines = poison.flatMap((bad, at) => [Buffer.from(goodRecord(`poison-${at}`)), Buffer.from(bad)]);
  const body = Buffer.concat(
    [...lines, ...odd.map((line) => Buffer.from(line))].flatMap((line) => [line, Buffer.from('\n')]),
  );
  const answer = await post(web, body);
  expect(answer).toMatchObject({
    status: 200,
    body: { received: poison.length * 2 + 2, stored: poison.length + 2, quarantined: poison.length },
  });
  expect((answer.body.items as { index: number }[]).map(({ index }) => index)).toEqual(
    poison.map((_bad, at) => at * 2 + 1),
  );
  expect(await desk.ids('poison-%')).toHaveLength(poison.length);
});

describe('[F10] bodies that are too large or not whole', () => {
  const limit = ingestLimits.bodyBytesMax;
  test('one byte over the limit, thirty megabytes, or too many records: 413, nothing of it stored', async () => {
    const record = goodRecord('large');
    expect((await post(web, `${record}\n${' '.repeat(limit)}`)).status).toBe(413);
    expect(
      await raw(web, ['Content-Type: application/json', 'Transfer-Encoding: chunked'], (socket) => {
        socket.write(`${record.length.toString(16)}\r\n${record}\r\n`);
        const piece = `${(1024 * 1024).toString(16)}\r\n${' '.repeat(1024 * 1024)}\r\n`;
        for (let at = 0; at < 30; at += 1) socket.write(piece);
        socket.write('0\r\n\r\n');
      }),
    ).toBe(413);
    expect((await post(web, `${record}\n`.repeat(ingestLimits.recordsMax + 1))).status).toBe(413);
    expect(await desk.ids('large')).toEqual([]);
  }, 60_000);

  test('what is refused while it comes leaves its connection to the next request', async () => {
    const statuses: string[] = [];
    const { port, hostname } = new URL(web.url);
    await new Promise<void>((resolve, reject) => {
      const socket = net.connect(Number(port), hostname);
      socket.on('data', (chunk) => statuses.push(...(String(chunk).match(/HTTP\/1\.1 \d+/g) ?? [])));
      socket.on('close', () => resolve());
      socket.on('error', reject);
      socket.write(
        `POST /api/v1/ingest/ocsf HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer ${desk.token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
      const piece = `${(1024 * 1024).toString(16)}\r\n${' '.repeat(1024 * 1024)}\r\n`;
      for (let at = 0; at < 24; at += 1) socket.write(piece);
      socket.write('0\r\n\r\nGET /api/health HTTP/1.1\r\nHost: desk\r\nConnection: close\r\n\r\n');
    });
    expect(statuses).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
  }, 60_000);

  test('an address that takes no such method says which it takes', async () => {
    for (const [method, at, allow] of [
      ['PUT', '/api/v1/ingest/ocsf', 'OPTIONS, POST'],
      ['POST', '/api/v1/events', 'GET, HEAD, OPTIONS'],
      ['DELETE', '/api/health', 'GET, HEAD, OPTIONS'],
    ] as const) {
      const { status, headers } = await fetch(`${web.url}${at}`, { method });
      expect({ status, allow: headers.get('allow') }, `${method} ${at}`).toEqual({ status: 405, allow });
    }
  });

  test('cut off half-way: nothing stored, and the next one is fine', async () => {
    const body = `${goodRecord('half')}\n${goodRecord('half-2')}\n`;
    const cut = raw(web, ['Content-Type: application/x-ndjson', `Content-Length: ${body.length}`], (socket) => {
      socket.write(body.slice(0, body.length / 2 + 20), () => socket.end());
    });
    expect([400, null]).toContain(await cut);
    expect(await post(web, goodRecord('after-half'))).toMatchObject({ status: 200, body: { stored: 1 } });
    expect(await desk.ids('half%')).toEqual([]);
  });

  test('chunked without a length is read like any other', async () => {
    const record = goodRecord('chunked');
    const status = await raw(web, ['Content-Type: application/json', 'Transfer-Encoding: chunked'], (socket) => {
      for (const part of record.match(/.{1,40}/g) ?? []) socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
      socket.write('0\r\n\r\n');
    });
    expect(status).toBe(200);
    expect(await desk.ids('chunked')).toHaveLength(1);
  });
});

describe('[F11] bodies meant to hurt', () => {
  test('a gzip bomb is 413 before it is unpacked, damaged gzip 400, an unknown encoding 415', async () => {
    const bomb = gzipSync(Buffer.alloc(ingestLimits.bodyBytesMax * 8, 0x20));
    expect(bomb.length).toBeLessThan(200_000);
    expect((await post(web, bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
    expect((await post(web, gzipSync(goodRecord('cut')).subarray(0, 60), { 'content-encoding': 'gzip' })).status).toBe(
      400,
    );
    expect((await post(web, goodRecord('br'), { 'content-encoding': 'br' })).status).toBe(415);
    expect((await post(web, gzipSync(goodRecord('packed')), { 'content-encoding': 'gzip' })).status).toBe(200);
  }, 60_000);

  test('sixty bodies that drip hold up nobody and are ended with 408', async () => {
    const dripping = Array.from({ length: 60 }, () =>
      raw(web, ['Content-Type: application/json', 'Content-Length: 1000'], (socket) => {
        const drip = setInterval(() => socket.write(' '), 1_000);
        socket.once('close', () => clearInterval(drip));
      }),
    );
    let ended = false;
    void Promise.all(dripping).then(() => {
      ended = true;
    });
    expect((await post(web, goodRecord('beside-drips'))).status).toBe(200);
    expect((await fetch(`${web.url}/api/health`)).status).toBe(200);
    expect(ended).toBe(false);
    expect(new Set(await Promise.all(dripping))).toEqual(new Set([408]));
  }, 90_000);
});

test('[F12] far more than can be stored: refusals say when to come again, memory stays bounded, no acknowledged event is lost, another tenant is never refused', async () => {
  const acknowledged: string[] = [];
  const refusals: Answer[] = [];
  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, residentBytes(web.process.pid));
  }, 50);
  let flooding = true;
  const others: number[] = [];
  const sendingSmall = (async () => {
    while (flooding) {
      const headers = { authorization: `Bearer ${desk.otherToken}` };
      others.push((await post(web, goodRecord(`small-${others.length}`), headers)).status);
    }
  })();
  // Long runs: FAULT_ROUNDS=50 npm test
  const rounds = Number(process.env.FAULT_ROUNDS ?? 2);
  await Promise.all(
    Array.from({ length: 60 }, async (_, sender) => {
      for (let round = 0; round < rounds; round += 1) {
        const ids = Array.from({ length: 400 }, (_id, at) => `flood-${sender}-${round}-${at}`);
        const answer = await post(web, ids.map(goodRecord).join('\n'));
        if (answer.status === 200) acknowledged.push(...ids);
        else refusals.push(answer);
      }
    }),
  );
  clearInterval(watching);
  flooding = false;
  await sendingSmall;
  expect(new Set(others)).toEqual(new Set([200]));
  expect(await desk.ids('small-%')).toHaveLength(others.length);
  expect(refusals.filter(({ status }) => status !== 429 && status !== 503)).toEqual([]);
  expect(refusals.filter(({ retryAfter }) => !(Number(retryAfter) > 0))).toEqual([]);
  // A flood that met no bound would prove nothing.
  expect(refusals.length).toBeGreaterThan(0);
  expect(acknowledged.length).toBeGreaterThan(0);
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThan(800 * 1024 * 1024);
  const stored = new Set(await desk.ids('flood-%'));
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  const [{ doubled } = { doubled: -1 }] = await asOwner<{ doubled: number }>(
    desk.url,
    'SELECT (count(*) - count(DISTINCT source_event_id))::int AS doubled FROM events',
  );
  expect(doubled).toBe(0);
}, 180_000);
