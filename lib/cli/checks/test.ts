import { findChromium } from '#lib/cli/checks/find-chromium.ts';
import { staticChecks } from '#lib/cli/checks/static-checks.ts';
import { conclude, playwright, type Totals, vitest } from '#lib/cli/checks/steps.ts';

function journeys(): Totals {
  const chromium = findChromium();
  if (chromium) {
    process.env.CHROMIUM_PATH = chromium;
    return playwright('browser journeys');
  }
  process.stderr.write(
    '\nThe browser journeys need a Chromium and none was found. Install one (Debian: apt-get install chromium; macOS: brew install --cask ' +
      'chromium; anywhere: npx playwright install chromium), or name yours in CHROMIUM_PATH, then run npm test again.\n',
  );
  return { passed: 0, failed: 1, skipped: 0 };
}

// `npm test`: everything there is.
conclude([...staticChecks(), vitest('all tests', []), journeys()]);
