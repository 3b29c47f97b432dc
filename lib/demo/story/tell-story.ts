import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { managementPath } from '#lib/demo/provider/management-api.ts';
import { type DemoSecrets, demoSecretsFile, demoSecretsShape } from '#lib/demo/secrets.ts';
import { breakIn } from '#lib/demo/story/break-ins.ts';
import { sendRecords } from '#lib/demo/story/send-records.ts';
import { signInToday } from '#lib/demo/story/sign-in-today.ts';
import { storyBetween } from '#lib/demo/story/story.ts';
import { now } from '#lib/kernel/clock.ts';
import { openHttpClient } from '#lib/kernel/http/http-client.ts';
import { OutboundCallFailed } from '#lib/kernel/http/outbound-call-failed.ts';
import { log } from '#lib/kernel/log.ts';
import { ProviderCallFailed } from '#lib/providers/definition.ts';
import { sample } from '#lib/providers/sample/sample.ts';

const lookAgainMs = 20_000;

/**
 * Tells the story to Gatehouse: everything up to now, then what happens while the demo runs, until the signal fires. What Gatehouse
 * knows already it recognises by the records' own ids, so telling it again doubles nothing; the mark of the last start saves time.
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
  const folder = path.dirname(demoSecretsFile(process.env.DATA_DIR ?? ''));
  const [mark, brokenIn] = [path.join(folder, 'told-until'), path.join(folder, 'broken-in')];
  let told = process.env.STORY_KNOWN === '1' ? readMark(mark) : new Date(0);
  const tell = async () => {
    const until = now();
    const stored = await sendRecords(door, storyBetween(anchor, told, until), signal);
    told = until;
    writeFileSync(mark, until.toISOString());
    return stored;
  };

  // The samples may be away for a moment; the records of the other providers do not wait for them.
  const signIn = async () => {
    for (let tries = 0; provider && tries < 10; tries += 1) {
      try {
        const signedIn = await signInToday(secrets, provider, signal);
        // Once, by the first start: what was done about it stays done.
        if (!existsSync(brokenIn)) {
          await breakIn(secrets);
          writeFileSync(brokenIn, now().toISOString());
        }
        return signedIn;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ProviderCallFailed || error instanceof OutboundCallFailed) || !error.retryable)
          throw error;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
    return 0;
  };
  const [stored, signedIn] = await Promise.all([tell(), signIn()]);
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

/** Up to when the story was told by an earlier start; only a hint that saves time, so anything odd means from the beginning. */
function readMark(file: string): Date {
  try {
    const until = Date.parse(readFileSync(file, 'utf8'));
    return Number.isNaN(until) ? new Date(0) : new Date(until);
  } catch {
    return new Date(0);
  }
}
