import { readFileSync } from 'node:fs';
import { managementPath } from '#lib/demo/provider/management-api.ts';
import { type DemoSecrets, demoSecretsFile, demoSecretsShape } from '#lib/demo/secrets.ts';
import { sendRecords } from '#lib/demo/story/send-records.ts';
import { signInToday } from '#lib/demo/story/sign-in-today.ts';
import { storyBetween } from '#lib/demo/story/story.ts';
import { now } from '#lib/kernel/clock.ts';
import { openHttpClient } from '#lib/kernel/http/http-client.ts';
import { log } from '#lib/kernel/log.ts';
import { sample } from '#lib/providers/sample/sample.ts';

const lookAgainMs = 20_000;

/**
 * Tells the story to Gatehouse: everything up to now, then what happens while the demo runs, until the signal fires. What Gatehouse
 * knows already it recognises by the records' own ids, so telling it again from the beginning doubles nothing.
 */
export async function tellStory(input: { signal: AbortSignal; onCaughtUp: () => void }): Promise<void> {
  const { signal } = input;
  const origin = process.env.STORY_DESK_ORIGIN ?? '';
  const secrets: DemoSecrets = demoSecretsShape.parse(
    JSON.parse(readFileSync(demoSecretsFile(process.env.DATA_DIR ?? ''), 'utf8')),
  );
  const allowance = {
    networks: ['127.0.0.0/8', '::1/128'],
    ports: [Number(new URL(origin).port || 80)],
    plainHttp: true,
  };
  const door = {
    origin,
    token: process.env.STORY_INGEST_TOKEN ?? '',
    http: openHttpClient({ allowance, origins: [origin] }),
  };
  const provider = sample.connect?.({
    baseUrl: `http://127.0.0.1:${secrets.providerPort}${managementPath}`,
    secret: secrets.managementToken,
    allowance: { networks: ['127.0.0.0/8'], ports: [secrets.providerPort], plainHttp: true },
  });
  const anchor = new Date(secrets.anchor);
  let told = new Date(0);
  const tell = async () => {
    const until = now();
    const stored = await sendRecords(door, storyBetween(anchor, told, until), signal);
    told = until;
    return stored;
  };

  const [stored, signedIn] = await Promise.all([tell(), provider ? signInToday(secrets, provider, signal) : 0]);
  log.info({ stored, signedIn }, 'the story is told up to now');
  input.onCaughtUp();
  while (!signal.aborted) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, lookAgainMs);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    if (!signal.aborted) await tell();
  }
}
