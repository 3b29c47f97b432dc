import { tmpdir } from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: path.resolve(import.meta.dirname, '..'),
  test: {
    include: ['lib/**/*.test.ts', 'components/**/*.test.ts', 'app/**/*.test.ts'],
    globalSetup: [path.resolve(import.meta.dirname, 'cli/checks/test-cluster.ts')],
    // Two cores and one PostgreSQL: more workers only wait for each other.
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // Tests that kill processes start many of them: what one has compiled the next need not compile again.
    env: { NODE_COMPILE_CACHE: path.join(tmpdir(), 'gatehouse-test-compiled') },
  },
});
