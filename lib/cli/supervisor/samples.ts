import path from 'node:path';
import type { Child } from '#lib/cli/supervisor/child.ts';
import { employeesAt } from '#lib/demo/company.ts';
import { prepareDemo } from '#lib/demo/prepare.ts';
import { sampleClients } from '#lib/demo/provider/clients.ts';
import type { DemoSecrets } from '#lib/demo/secrets.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import type { Env } from '#lib/kernel/env.ts';

type Run = (name: string, file: string, env?: Record<string, string>) => Child;

/** Stopped before everything else, all at once: nothing of Gatehouse's waits for them. */
export const sampleNames: ReadonlySet<string> = new Set(['story', 'sample-app', 'sample-provider']);

/** How long a start waits for the story to be told; it goes on by itself after that. */
const storyWaitMs = 60_000;

/**
 * The demo's own processes: the sample identity provider, the sample applications, and who tells the story. They begin while the
 * desk is starting; the story once it listens.
 */
export async function startSamples(env: Env, secrets: DemoSecrets, run: Run) {
  const tokens = await prepareDemo(pool('cli'), env.DATA_DIR, secrets);
  const folder = path.join(env.DATA_DIR, 'sample');
  // The desk's own listener, not its public address: on this machine, past any proxy.
  const deskOrigin = `http://${env.HOST.includes(':') ? '[::1]' : '127.0.0.1'}:${env.PORT}`;
  const shared = {
    // What plays the outside world has no business in the desk's database.
    DATABASE_URL: '',
    SAMPLE_PROVIDER_PORT: String(secrets.providerPort),
    SAMPLE_APP_PORT: String(secrets.appPort),
    SAMPLE_PAYROLL_SECRET: secrets.payrollSecret,
    SAMPLE_WIKI_SECRET: secrets.wikiSecret,
  };
  const provider = run('sample-provider', 'sample-provider.ts', {
    ...shared,
    SAMPLE_PROVIDER_DIR: path.join(folder, 'provider'),
    SAMPLE_INGEST_URL: `${deskOrigin}/api/v1/ingest/sample`,
    SAMPLE_INGEST_TOKEN: tokens.provider,
    SAMPLE_MANAGEMENT_TOKEN: secrets.managementToken,
    SAMPLE_COOKIE_KEY: secrets.cookieKey,
    SAMPLE_EDGE_KEY: secrets.edgeKey,
    SAMPLE_PASSWORD: secrets.password,
  });
  const app = run('sample-app', 'sample-app.ts', { ...shared, SAMPLE_APP_DIR: path.join(folder, 'app') });
  return {
    ready: Promise.all([provider.ready, app.ready]),
    /** Tells the story; `false` when it still goes on after a minute. */
    async tellStory(): Promise<boolean> {
      const story = run('story', 'story.ts', {
        DATABASE_URL: '',
        STORY_DESK_ORIGIN: deskOrigin,
        STORY_INGEST_TOKEN: tokens.story,
        STORY_KNOWN: tokens.storyIsKnown ? '1' : '',
      });
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<boolean>((resolve) => {
        timer = setTimeout(() => resolve(false), storyWaitMs);
      });
      const told = await Promise.race([story.ready.then(() => true), late]);
      clearTimeout(timer);
      return told;
    },
    /** What a newcomer needs to try it. */
    hints(): string[] {
      const [visitor] = employeesAt('sample');
      const address = `http://127.0.0.1:${secrets.appPort}`;
      return [
        `Sample applications: ${sampleClients.map(({ name, path: at }) => `${name} ${address}${at}`).join(' · ')}`,
        `Sign in there as ${visitor?.email} with the password ${secrets.password}`,
        'Then find that session in the desk, revoke it, and load the application again.',
      ];
    },
  };
}
