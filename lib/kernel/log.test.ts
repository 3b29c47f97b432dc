import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

/** What the log writes to stderr, in a process of its own: it is opened once a process. */
function written(code: string): string[] {
  const script = `import { log } from ${JSON.stringify(path.resolve(import.meta.dirname, 'log.ts'))}; ${code}`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, LOG_LEVEL: 'info', GATEHOUSE_PROCESS: 'gatehouse', TZ: 'Pacific/Auckland' },
  });
  return stderr.split('\n').filter((line) => line !== '');
}

test('[v5.0.0-V16.4.1] what a stranger chose forges no entry: one line, whatever it holds', () => {
  const evil = 'mara\n{"level":"info","msg":"signed in"}\r\u2028\u001b[2K';
  const lines = written(`log.warn({ who: ${JSON.stringify(evil)} }, ${JSON.stringify(evil)})`);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', who: evil, msg: evil });
  expect(lines[0]).not.toContain('\u001b');
});

test('[v5.0.0-V16.2.2] [v5.0.0-V16.2.4] one JSON object an entry, its time in UTC wherever the machine stands', () => {
  const [line] = written("log.info({ count: 2 }, 'done')");
  const entry = JSON.parse(line ?? '') as { time: string };
  expect(entry).toMatchObject({ level: 'info', process: 'gatehouse', count: 2, msg: 'done' });
  expect(entry.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Math.abs(Date.parse(entry.time) - Date.now())).toBeLessThan(60_000);
});

test('secrets by their names, and the passwords of connection strings, are not written', () => {
  const lines = written(
    "log.error({ token: 'tok-1', request: { cookie: 'c-1', password: 'p-1' }, err: new Error('no way to postgresql://gatehouse:hunter2@db/desk') }, 'failed')",
  );
  expect(lines.join()).not.toMatch(/tok-1|c-1|p-1|hunter2/);
  expect(lines.join()).toContain('[removed]');
});
