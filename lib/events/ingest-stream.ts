import { createGunzip } from 'node:zlib';
import { type AppendContext, type AppendSummary, appendBatchMax, appendRecords } from '#lib/events/append.ts';
import { CsvSplitter } from '#lib/events/csv-splitter.ts';
import type { RawRecord } from '#lib/events/raw-record.ts';
import { RecordSplitter } from '#lib/events/split-records.ts';
import { unfoldRecords } from '#lib/events/unfold-records.ts';
import { Refusal } from '#lib/kernel/errors.ts';

/** Unpacks gzip by its magic bytes, whatever the sender called it; other bytes pass as they are. @throws Refusal `bad_request` */
export async function* gunzipped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  let headBytes = 0;
  let ended = false;
  while (headBytes < 2 && !ended) {
    const next = await iterator.next();
    if (next.done) ended = true;
    else {
      head.push(viewOf(next.value));
      headBytes += next.value.length;
    }
  }
  const start = Buffer.concat(head);
  async function* all(): AsyncGenerator<Buffer> {
    if (start.length > 0) yield start;
    while (!ended) {
      const next = await iterator.next();
      if (next.done) return;
      yield viewOf(next.value);
    }
  }
  if (start[0] !== 0x1f || start[1] !== 0x8b) {
    yield* all();
    return;
  }
  const gunzip = createGunzip();
  const feeding = (async () => {
    try {
      for await (const chunk of all()) {
        if (!gunzip.write(chunk))
          await new Promise<void>((resolve) => gunzip.once('drain', resolve).once('close', resolve));
        if (gunzip.destroyed) return;
      }
      gunzip.end();
    } catch (error) {
      gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  })();
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
    await feeding;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(
      'bad_request',
      'The gzip data is damaged or cut off. Send it again; what was stored is recognised.',
      { cause: error },
    );
  } finally {
    gunzip.destroy();
  }
}

/** The same bytes as a Buffer, not copied. */
function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The bytes of a request's body as they come; none when there is no body. Whoever stops half-way only stops: a body that is cancelled
 * blocks its connection, and with it the next request of the same sender.
 */
export function bodyOf(request: Pick<Request, 'body'>): AsyncIterable<Uint8Array> {
  const none = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  // Node's, which the type of the browser's does not know.
  const body = (request.body ?? none) as unknown as import('node:stream/web').ReadableStream<Uint8Array>;
  return body.values({ preventCancel: true });
}

/**
 * Reads at most `bytesMax` bytes; `hold` hears of each piece before it is kept and may refuse it.
 * @throws Refusal `too_large` as soon as there are more
 */
export async function readAtMost(
  source: AsyncIterable<Uint8Array>,
  bytesMax: number,
  hold: (bytes: number) => void = () => undefined,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      throw new Refusal(
        'too_large',
        `The body is larger than ${bytesMax} bytes (unpacked). Nothing was stored. Send smaller batches.`,
      );
    }
    hold(chunk.length);
    chunks.push(viewOf(chunk));
  }
  return Buffer.concat(chunks);
}

/** While the database stores one batch, the next is read and mapped. */
const batchesAtOnce = 2;

/**
 * Appends a stream of any length, batch by batch; memory stays within a few batches. Each batch is durable when `onProgress` hears
 * of it; an interrupted stream is simply sent again.
 */
export async function ingestStream(
  context: Omit<AppendContext, 'receivedAt'> & { receivedAt: () => Date },
  source: AsyncIterable<Uint8Array>,
  options: { lines?: boolean; csv?: boolean; onProgress?: (total: Counts) => void } = {},
): Promise<Counts> {
  const splitter = options.csv
    ? new CsvSplitter()
    : new RecordSplitter(options.lines, context.definition.unfold?.lists);
  const total: Counts = { read: 0, stored: 0, duplicate: 0, quarantined: 0 };
  let waiting: RawRecord[] = [];
  let waitingBytes = 0;
  const storing = new Set<Promise<void>>();
  let failure: { error: unknown } | null = null;
  const store = async (batch: RawRecord[]) => {
    try {
      const summary = await appendRecords({ ...context, receivedAt: context.receivedAt() }, batch);
      addCounts(total, batch.length, summary);
      options.onProgress?.({ ...total });
    } catch (error) {
      failure ??= { error };
    }
  };
  const settle = async (most: number) => {
    while (storing.size > most) await Promise.race(storing);
    if (failure) {
      await Promise.all(storing);
      throw failure.error;
    }
  };
  const flush = async () => {
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    waitingBytes = 0;
    await settle(batchesAtOnce - 1);
    const stored = store(batch).finally(() => storing.delete(stored));
    storing.add(stored);
  };
  const take = async (records: RawRecord[]) => {
    for (const record of unfoldRecords(records, context.definition)) {
      waiting.push(record);
      waitingBytes += record.raw.length;
      if (waiting.length >= appendBatchMax || waitingBytes >= 4 * 1024 * 1024) await flush();
    }
  };
  try {
    for await (const chunk of gunzipped(source)) await take(splitter.push(chunk));
    await take(splitter.end());
    await flush();
    await settle(0);
  } finally {
    // Whatever went wrong, nothing goes on storing behind the caller's back.
    await Promise.all(storing);
  }
  return total;
}

/** What an import counts: `stored + duplicate + quarantined = read`. */
export type Counts = { read: number; stored: number; duplicate: number; quarantined: number };

function addCounts(total: Counts, read: number, summary: AppendSummary): void {
  total.read += read;
  total.stored += summary.stored;
  total.duplicate += summary.duplicate;
  total.quarantined += summary.quarantined;
}
