import { spawnSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** How to run PostgreSQL, which refuses to run as root. `uid: null`: as whoever runs Gatehouse. */
export type RunAs = {
  uid: number | null;
  gid: number | null;
  wrap(binary: string, args: string[]): { file: string; args: string[] };
};

/**
 * As an ordinary user: as that user. As root: under the system's `postgres` user, else `nobody`; no user is ever made. Where that
 * user cannot reach the folders (a clone below a 0700 folder), it keeps the right to pass them and nothing else of root's.
 * @param folders that PostgreSQL has to reach
 * @throws Error naming the folder and what to do
 */
export function runAs(folders: readonly string[]): RunAs {
  if (process.getuid?.() !== 0) return { uid: null, gid: null, wrap: (file, args) => ({ file, args }) };
  const { uid, gid } = findUser(['postgres', 'nobody']);
  const blocked = folders.map((folder) => firstBlocked(folder, uid, gid)).find((folder) => folder !== null);
  if (!blocked) return { uid, gid, wrap: (file, args) => dropTo(uid, gid, [], file, args) };
  const caps = ['--inh-caps', '+dac_override,+dac_read_search', '--ambient-caps', '+dac_override,+dac_read_search'];
  const probe = dropTo(uid, gid, caps, 'true', []);
  if (os.platform() === 'linux' && spawnSync(probe.file, probe.args).status === 0) {
    return { uid, gid, wrap: (file, args) => dropTo(uid, gid, caps, file, args) };
  }
  throw new Error(
    `PostgreSQL does not run as root, and the user it would run as cannot enter ${blocked}. ` +
      'Run Gatehouse as an ordinary user, put it below a folder that others may enter, or set DATABASE_URL.',
  );
}

function dropTo(
  uid: number,
  gid: number,
  caps: string[],
  file: string,
  args: string[],
): { file: string; args: string[] } {
  if (os.platform() !== 'linux') return { file, args };
  return {
    file: 'setpriv',
    args: ['--reuid', String(uid), '--regid', String(gid), '--clear-groups', ...caps, '--', file, ...args],
  };
}

function findUser(names: readonly string[]): { uid: number; gid: number } {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of names) {
    const found = users.find((fields) => fields[0] === name);
    const [uid, gid] = [Number(found?.[2]), Number(found?.[3])];
    if (found && uid > 0) return { uid, gid };
  }
  throw new Error(
    'PostgreSQL does not run as root, and this system has neither a postgres nor a nobody user. Run Gatehouse as an ordinary user or set DATABASE_URL.',
  );
}

function firstBlocked(folder: string, uid: number, gid: number): string | null {
  const parts = path.resolve(folder).split(path.sep);
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const at = parts.slice(0, depth).join(path.sep) || path.sep;
    let stat: ReturnType<typeof lstatSync>;
    try {
      stat = lstatSync(at);
    } catch {
      return null;
    }
    const bit = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001;
    if (stat.isDirectory() && (stat.mode & bit) === 0) return at;
  }
  return null;
}
