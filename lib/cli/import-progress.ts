import { SingleBar } from 'cli-progress';

const lineEveryMs = 10_000;

/** How far an import is: a bar on a terminal; elsewhere a line every ten seconds, for logs. All of it on stderr. */
export type ImportProgress = { at(bytes: number, records: number): void; done(records: number): void };

/** @param size bytes of the file as it lies there; @param quiet no bar, even on a terminal */
export function importProgress(size: number, quiet: boolean): ImportProgress {
  return process.stderr.isTTY && !quiet ? bar(size) : lines(size);
}

function bar(size: number): ImportProgress {
  const shown = new SingleBar({
    format: ' {bar} {percentage}% · {records} records · {eta_formatted} left',
    stream: process.stderr,
  });
  shown.start(size, 0, { records: 0 });
  return {
    at: (bytes, records) => shown.update(bytes, { records }),
    done(records) {
      shown.update(size, { records });
      shown.stop();
    },
  };
}

function lines(size: number): ImportProgress {
  const from = performance.now();
  let last = from;
  return {
    at(bytes, records) {
      const now = performance.now();
      if (now - last < lineEveryMs || bytes === 0) return;
      last = now;
      process.stderr.write(`gatehouse: ${progressWords({ size, bytes, records, elapsedMs: now - from })}\n`);
    },
    done: () => undefined,
  };
}

/** One line of progress: share, records, records a second, time left. */
export function progressWords(so: { size: number; bytes: number; records: number; elapsedMs: number }): string {
  const share = Math.min(1, so.bytes / so.size);
  const secondsLeft = Math.round((so.elapsedMs / share - so.elapsedMs) / 1000);
  const left = secondsLeft < 90 ? `${secondsLeft} s` : `${Math.round(secondsLeft / 60)} min`;
  const rate = Math.round(so.records / (so.elapsedMs / 1000)).toLocaleString('en-US');
  return `${Math.round(share * 100)}% · ${so.records.toLocaleString('en-US')} records · ${rate} a second · ${left} left`;
}
