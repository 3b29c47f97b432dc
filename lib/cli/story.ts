import { underSupervisor } from '#lib/cli/supervisor/supervised.ts';
import { tellStory } from '#lib/demo/story/tell-story.ts';

const stopping = new AbortController();
let told: Promise<void> = Promise.resolve();
const supervised = underSupervisor(async () => {
  stopping.abort();
  await told.catch(() => undefined);
});
told = tellStory({ signal: stopping.signal, onCaughtUp: () => supervised.ready() });
told.catch((error: unknown) => {
  if (stopping.signal.aborted) return;
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
