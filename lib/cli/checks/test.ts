import { staticChecks } from '#lib/cli/checks/static-checks.ts';
import { conclude, vitest } from '#lib/cli/checks/steps.ts';

// `npm test`: everything there is.
conclude([...staticChecks(), vitest('all tests', [])]);
