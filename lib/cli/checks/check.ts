import { staticChecks } from '#lib/cli/checks/static-checks.ts';
import { conclude, vitest } from '#lib/cli/checks/steps.ts';

// `npm run check`: what can be said within a minute.
conclude([
  ...staticChecks(),
  vitest('pure and architecture tests', [
    'lib/model',
    'lib/providers',
    'lib/detection',
    'lib/cli/checks',
    'app/api/v1/routes',
  ]),
]);
