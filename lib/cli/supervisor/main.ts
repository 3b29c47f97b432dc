import net from 'node:net';
import path from 'node:path';
import { startOf } from '#lib/cli/embedded-postgres/orphan.ts';
import { type Child, keepRunning } from '#lib/cli/supervisor/child.ts';
import { keepDatabase } from '#lib/cli/supervisor/database.ts';
import { DirectoryInUse, takeDirectory } from '#lib/cli/supervisor/lock.ts';
import { sampleNames, startSamples } from '#lib/cli/supervisor/samples.ts';
import { welcome } from '#lib/cli/welcome.ts';
import { loadDemoSecrets } from '#lib/demo/secrets.ts';
import { loadKeyEncryptionKey } from '#lib/kernel/crypto/key-encryption-key.ts';
import { deskLogin } from '#lib/kernel/db/desk-login.ts';
import { migrate } from '#lib/kernel/db/migrate.ts';
import { type Env, readEnv, WrongEnvironment } from '#lib/kernel/env.ts';

/** `npm start` and `npm run demo`: database, web, worker (and in the demo the samples), kept running and stopped in order. */
async function main(mode: 'start' | 'demo'): Promise<void> {
  const startedAt = Date.now();
  const env = readEnv();
  await requireFreePort(env);
  const directory = takeDirectory(env.DATA_DIR, 'supervisor', env.GATEHOUSE_URL);
  const children: Child[] = [];
  let database: Awaited<ReturnType<typeof keepDatabase>> | null = null;
  let stopping = false;
  const stop = async (code: number) => {
    if (stopping) return;
    stopping = true;
    say('stopping');
    // In order: nobody asks any more, then nobody works any more, then the database.
    const samples = children.filter(({ name }) => sampleNames.has(name));
    await Promise.all(samples.map((child) => child.stop(1_500)));
    for (const child of children.filter((each) => !samples.includes(each)).reverse()) {
      await child.stop(2_500);
      say(`${child.name} stopped`);
    }
    if (database) {
      await database.stop();
      say('the database stopped');
    }
    directory.release();
    process.exit(code);
  };
  process.on('SIGTERM', () => void stop(0));
  process.on('SIGINT', () => void stop(0));
  try {
    const demo = mode === 'demo' ? await loadDemoSecrets(env.DATA_DIR, env.PORT) : null;
    const kek = loadKeyEncryptionKey(env);
    if (kek.origin === 'generated')
      say(
        `secrets at rest are wrapped with the key in ${path.join(env.DATA_DIR, 'secrets', 'kek')}; keep a copy of it apart from the backups`,
      );
    if (!env.DATABASE_URL) database = await keepDatabase(env.DATA_DIR, say);
    const url = database?.url ?? env.DATABASE_URL ?? '';
    process.env.DATA_DIR = env.DATA_DIR;
    process.env.GATEHOUSE_URL = env.GATEHOUSE_URL;
    const { applied } = await migrate(url);
    if (applied.length > 0) say(`schema: ${applied.length} migration(s) applied`);
    // From here on nobody is the owner of the database any more.
    const login = await deskLogin(url);
    if (login.note) say(login.note);
    process.env.DATABASE_URL = login.url;
    const record = () =>
      directory.update({
        databasePort: database?.port ?? null,
        children: children.flatMap((child) => {
          const pid = child.pid();
          return pid === null ? [] : [{ name: child.name, pid, startedAt: startOf(pid) }];
        }),
      });
    const run = (name: string, file: string, extra: Record<string, string> = {}) => {
      const child = keepRunning(
        { name, file: path.resolve(import.meta.dirname, '..', file), env: { NODE_ENV: 'production', ...extra } },
        { logDir: path.join(env.DATA_DIR, 'logs'), onPid: () => setImmediate(record), say },
      );
      children.push(child);
      return child;
    };
    const samples = demo ? await startSamples(env, demo, run) : null;
    const worker = run('worker', 'worker.ts');
    const web = run('web', 'web.ts');
    record();
    await Promise.all([web.ready, worker.ready]);
    await samples?.ready;
    if (samples && !(await samples.tellStory())) say('the story is still being told; more will appear');
    await welcome({ env, seconds: (Date.now() - startedAt) / 1000, more: samples?.hints() ?? [] });
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    await stop(1);
  }
}

function say(line: string): void {
  process.stderr.write(`gatehouse: ${line}\n`);
}

function requireFreePort(env: Env): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new WrongEnvironment(
              `Port ${env.PORT} on ${env.HOST} is taken by another program. Stop it or choose another: PORT=3001 npm start`,
            )
          : new WrongEnvironment(
              `Gatehouse cannot listen on ${env.HOST}:${env.PORT} (${error.code}). Check HOST and PORT.`,
            ),
      );
    });
    probe.listen(env.PORT, env.HOST, () => probe.close(() => resolve()));
  });
}

main(process.argv[2] === 'demo' ? 'demo' : 'start').catch((error: unknown) => {
  const expected = error instanceof WrongEnvironment || error instanceof DirectoryInUse;
  say(expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
});
