import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A Chromium for the journeys: CHROMIUM_PATH, the system's, Playwright's own, or installed by apt where we may. `null`: none. */
export function findChromium(): string | null {
  const found = () =>
    [process.env.CHROMIUM_PATH ?? '', ...usual, chromium.executablePath()].find(
      (file) => file !== '' && existsSync(file),
    );
  const there = found();
  if (there) return there;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stderr.write('gatehouse: no Chromium found; installing it with apt-get (a minute or two)\n');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update'], { env, stdio: 'ignore' });
    spawnSync('apt-get', ['install', '-y', 'chromium'], { env, stdio: 'ignore' });
  }
  return found() ?? null;
}
