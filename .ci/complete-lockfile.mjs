// Adds to package-lock.json the optional packages of other platforms that this machine's registry could not resolve when the
// lockfile was written. npm leaves them out then, and `npm ci` refuses the file. Run it after every `npm install`. Entries made
// here carry no integrity hash; npm writes one when the lockfile is next renewed where the packages can be had.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const systems = [
  'darwin',
  'linux',
  'win32',
  'freebsd',
  'android',
  'openharmony',
  'aix',
  'netbsd',
  'openbsd',
  'sunos',
  'wasi',
];
let added = 0;
for (const [at, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const places = [`${at}/node_modules/${name}`, `node_modules/${name}`];
    if (places.some((place) => lock.packages[place.replace(/^\//, '')])) continue;
    if (!/^\d/.test(range)) throw new Error(`${name}@${range} is missing and not pinned; renew the lockfile elsewhere`);
    const words = name.replace(/^@[^/]+\//, '').split('-');
    const os = words.find((word) => systems.includes(word) || word === 'windows');
    const cpu = words.find((word) =>
      /^(arm64|x64|ia32|arm|wasm32|ppc64|ppc64le|s390x|riscv64|loong64|universal)$/.test(word),
    );
    lock.packages[`node_modules/${name}`] = {
      version: range,
      ...(cpu && cpu !== 'universal' ? { cpu: [cpu] } : {}),
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      ...(os && os !== 'wasi' ? { os: [os === 'windows' ? 'win32' : os] } : {}),
    };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stderr.write(`${added} optional packages of other platforms added\n`);
