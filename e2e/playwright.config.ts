import { defineConfig } from '@playwright/test';
import { findChromium } from '#lib/cli/checks/find-chromium.ts';

const installed = findChromium();

export default defineConfig({
  testDir: '.',
  outputDir: '../test-results',
  workers: 1,
  // Once more on a desk of its own, since journeys share their machine with whatever runs there. It is said when one needed it.
  retries: 1,
  timeout: 240_000,
  expect: { timeout: 30_000 },
  use: {
    launchOptions: {
      ...(installed ? { executablePath: installed } : {}),
      // As root Chromium has no sandbox to offer; the rest keeps it from calling out.
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
