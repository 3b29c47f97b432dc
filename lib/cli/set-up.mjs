// @ts-check
/**
 * The first file to run: plain JavaScript on whatever Node ≥ 20.19 the machine has, with nothing installed.
 * Installs from the lockfile when that is missing or stale, generates the Prisma client, builds when the sources changed, and
 * hands over to the pinned Node 24. Says one line for each thing it does, on stderr; says nothing when there is nothing to do.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const windows = process.platform === 'win32';
const [mode = '', ...rest] = process.argv.slice(2);

/** @type {Record<string, { build: boolean, file: string, args: string[] }>} */
const modes = {
  demo: { build: true, file: 'lib/cli/supervisor/main.ts', args: ['demo'] },
  start: { build: true, file: 'lib/cli/supervisor/main.ts', args: ['start'] },
  test: { build: true, file: 'lib/cli/checks/test.ts', args: [] },
  'test:asvs': { build: true, file: 'lib/cli/checks/asvs/main.ts', args: [] },
  check: { build: false, file: 'lib/cli/checks/check.ts', args: [] },
  bench: { build: true, file: 'lib/cli/bench.ts', args: [] },
  gatehouse: { build: false, file: 'lib/cli/main.ts', args: [] },
};

/** @param {string} line */
function say(line) {
  process.stderr.write(`gatehouse: ${line}\n`);
}

/** @param {string} message @returns {never} */
function fail(message) {
  say(message);
  process.exit(1);
}

/** @param {string} file */
function digestOf(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** @param {string[]} entries files and folders below the root @param {import('node:crypto').Hash} hash */
function digestTree(entries, hash = createHash('sha256')) {
  for (const entry of entries) {
    const at = path.join(root, entry);
    if (!existsSync(at)) continue;
    if (statSync(at).isDirectory()) {
      const inside = readdirSync(at).filter((name) => name !== 'generated' && !/\.(test|bench)\.tsx?$/.test(name));
      digestTree(
        inside.sort().map((name) => path.join(entry, name)),
        hash,
      );
    } else hash.update(`${entry}\0`).update(readFileSync(at)).update('\0');
  }
  return hash;
}

/** @param {string} stamp @param {string} wanted */
function isStamped(stamp, wanted) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

/** @param {string} name @param {string[]} args @param {Record<string, string>} [env] */
function run(name, args, env = {}) {
  return spawnSync(name, args, {
    cwd: root,
    encoding: 'utf8',
    shell: windows,
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** Two set-ups at once take turns; the lock of one that was killed is taken over. @param {() => void} work */
function oneAtATime(work) {
  const lock = path.join(root, '.cache', 'set-up.lock');
  mkdirSync(path.dirname(lock), { recursive: true });
  for (let waited = 0; ; waited += 1) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch {
      let holder = 0;
      try {
        holder = Number(readFileSync(lock, 'utf8'));
        process.kill(holder, 0);
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPERM') rmSync(lock, { force: true });
        continue;
      }
      if (waited === 0) say(`another set-up (pid ${holder}) is at work; waiting for it`);
      if (waited > 1200)
        fail(`another set-up (pid ${holder}) has been at work for ten minutes. End it, or remove ${lock}.`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    work();
  } finally {
    release();
    process.removeListener('exit', release);
  }
}

function install() {
  const stamp = path.join(root, 'node_modules', '.gatehouse-lock');
  const wanted = digestOf(path.join(root, 'package-lock.json'));
  if (isStamped(stamp, wanted)) return;
  say(
    existsSync(path.join(root, 'node_modules'))
      ? 'the packages are older than the lockfile; installing (about a minute)'
      : 'installing the packages (about a minute)',
  );
  // No install scripts: what two packages would do in theirs is done by us, in the open.
  const result = run('npm', [
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--include=dev',
    '--include=optional',
  ]);
  if (result.status !== 0) {
    fail(
      `the packages could not be installed. npm said:\n${(result.stderr || result.error?.message || '').trim().split('\n').slice(0, 12).join('\n')}\nCheck that npm reaches its registry, then run this again.`,
    );
  }
  writeFileSync(stamp, wanted);
}

/** @returns {string} the Node that runs Gatehouse */
function findRuntime() {
  const pinned = path.join(root, 'node_modules', '.bin', windows ? 'node.cmd' : 'node');
  if (existsSync(pinned) && run(pinned, ['--version']).status === 0) return pinned;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  return fail(
    `Gatehouse runs on Node 24. npm has no build of it for ${process.platform}-${process.arch}; install Node 24 yourself, then run this again.`,
  );
}

/** @param {string} runtime */
function generate(runtime) {
  const client = path.join(root, 'lib/kernel/db/generated');
  const stamp = path.join(client, '.schema');
  const wanted = digestTree(['prisma/schema', 'prisma/prisma.config.ts', 'package-lock.json']).digest('hex');
  if (isStamped(stamp, wanted)) return;
  // Generating asks for an engine that it does not use; a program that only fails keeps it from downloading one.
  const failing = ['/bin/false', '/usr/bin/false'].find((file) => existsSync(file)) ?? process.execPath;
  const result = run(
    runtime,
    ['node_modules/prisma/build/index.js', 'generate', '--config', 'prisma/prisma.config.ts'],
    {
      PRISMA_SCHEMA_ENGINE_BINARY: failing,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  );
  if (result.status !== 0)
    fail(`the database client could not be generated:\n${(result.stderr || result.stdout).trim()}`);
  writeFileSync(stamp, wanted);
}

/** @param {string} runtime */
function build(runtime) {
  const stamp = path.join(root, '.next', 'gatehouse-build');
  const sources = [
    'app',
    'components',
    'lib',
    'prisma/schema',
    'instrumentation.ts',
    'next.config.js',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ];
  const wanted = digestTree(sources).digest('hex');
  if (isStamped(stamp, wanted) && existsSync(path.join(root, '.next', 'BUILD_ID'))) return;
  say('building the desk (about a minute)');
  const result = run(runtime, ['node_modules/next/dist/bin/next', 'build'], {
    NEXT_TELEMETRY_DISABLED: '1',
    NODE_ENV: 'production',
  });
  if (result.status !== 0) fail(`the build failed:\n${(result.stdout + result.stderr).trim().slice(-6000)}`);
  writeFileSync(stamp, wanted);
}

function main() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Gatehouse needs Node 20.19 or newer to set itself up; this is ${process.version}.`);
  const wanted = modes[mode];
  if (!wanted) fail(`unknown mode "${mode}". There are: ${Object.keys(modes).join(', ')}`);
  if (!existsSync(path.join(root, wanted.file)))
    fail(`npm run ${mode} is not part of this version yet; the README says what is.`);
  let runtime = '';
  oneAtATime(() => {
    install();
    runtime = findRuntime();
    generate(runtime);
    if (wanted.build) build(runtime);
  });
  const child = spawn(runtime, [path.join(root, wanted.file), ...wanted.args, ...rest], {
    // Commands take paths as the caller means them; npm moved us to the root.
    cwd: mode === 'gatehouse' ? (process.env.INIT_CWD ?? root) : root,
    stdio: 'inherit',
    env: {
      ...process.env,
      DATA_DIR: path.resolve(root, process.env.DATA_DIR || '.data'),
      PATH: `${path.join(root, 'node_modules/.bin')}${path.delimiter}${process.env.PATH ?? ''}`,
    },
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

main();
