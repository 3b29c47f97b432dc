import { type AppendSummary, appendBatchMax, appendRecords } from '#lib/events/append.ts';
import { CsvSplitter } from '#lib/events/csv-splitter.ts';
import type { FindPlace } from '#lib/events/event-row.ts';
import { bodyBytesMax, costOf, deliveries } from '#lib/events/ingest-queue.ts';
import { bodyOf, gunzipped, readAtMost } from '#lib/events/ingest-stream.ts';
import { openProvider } from '#lib/events/providers.ts';
import type { RawRecord } from '#lib/events/raw-record.ts';
import { noteRefusedDelivery } from '#lib/events/sources/note-refused-delivery.ts';
import { RecordSplitter } from '#lib/events/split-records.ts';
import { unfoldRecords } from '#lib/events/unfold-records.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { now } from '#lib/kernel/clock.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { type ErrorCode, Refusal } from '#lib/kernel/errors.ts';
import { eachInTurns } from '#lib/kernel/shared-thread.ts';

/** One request: bytes as sent, bytes once unpacked, records. More is answered 413 and nothing of it is stored. */
export const ingestLimits = { bodyBytesMax, recordsMax: 20_000 };

/** Refusals that are the sender's to mend, and that a repetition would only meet again. */
const senderErrs: readonly ErrorCode[] = ['bad_request', 'too_large', 'unsupported_media'];

/** Bytes of a body in which records are looked for before others get their turn. */
const pieceBytes = 128 * 1024;

type IngestRequest = {
  database: Database;
  actor: Actor;
  slug: string;
  request: Pick<Request, 'body' | 'headers'>;
  findPlace: FindPlace;
};

/**
 * Takes one HTTP body (a JSON object, an array, NDJSON, or CSV with a heading, gzip or not) and appends its records.
 * Returns only after the rows are durable. What is wrong with a body as a whole is kept for the provider's page.
 * @throws Refusal `too_large`, `bad_request`, `unsupported_media`, `unavailable`, `not_found`
 */
export async function ingestRequest(input: IngestRequest): Promise<{ summary: AppendSummary; received: number }> {
  try {
    return await takeBody(input);
  } catch (error) {
    if (error instanceof Refusal && senderErrs.includes(error.code))
      await noteRefusedDelivery(input.database, input.actor.tenantId, input.slug, error);
    throw error;
  }
}

async function takeBody(input: IngestRequest): Promise<{ summary: AppendSummary; received: number }> {
  const { headers, body } = input.request;
  const type = (headers.get('content-type') ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
  if (
    !/^(application|text)\/(.+\+)?(json|x-ndjson|ndjson|jsonl|json-seq|x-jsonlines|jsonlines|plain|csv|octet-stream|gzip|x-gzip|x-www-form-urlencoded)$/.test(
      type,
    )
  ) {
    throw new Refusal(
      'unsupported_media',
      `Send application/json, application/x-ndjson or text/csv, gzip if you like; not ${type.slice(0, 80)}.`,
    );
  }
  const encoding = headers.get('content-encoding')?.trim().toLowerCase();
  if (encoding && encoding !== 'gzip' && encoding !== 'x-gzip' && encoding !== 'identity') {
    throw new Refusal(
      'unsupported_media',
      `The content encoding ${encoding.slice(0, 40)} is not read here; send gzip or none.`,
    );
  }
  const declared = Number(headers.get('content-length') ?? 0);
  if (declared > ingestLimits.bodyBytesMax) throw tooLarge();
  let held = 0;
  const holding = (bytes: number) => {
    deliveries.hold(input.actor.tenantId, bytes);
    held += bytes;
  };
  try {
    if (!body) throw new Refusal('bad_request', 'The body is empty. Send at least one record.');
    const sent = await readAtMost(bodyOf(input.request), ingestLimits.bodyBytesMax, holding);
    if (!encoding && declared > 0 && sent.length !== declared) {
      throw new Refusal('bad_request', 'The body broke off before its end. Nothing was stored; send it again.');
    }
    const isPacked = sent[0] === 0x1f && sent[1] === 0x8b;
    const bytes = isPacked ? await readAtMost(gunzipped(one(sent)), ingestLimits.bodyBytesMax, holding) : sent;
    const { provider, definition } = await openProvider(input.database, input.actor, input.slug);
    const isLines = /ndjson|jsonl|jsonlines|json-seq/.test(type);
    const { tenantId } = input.actor;
    const splitter = type === 'text/csv' ? new CsvSplitter() : new RecordSplitter(isLines, definition.unfold?.lists);
    const split: RawRecord[] = [];
    await eachInTurns(tenantId, piecesOf(bytes), (piece) => {
      for (const record of splitter.push(piece)) split.push(record);
    });
    for (const record of splitter.end()) split.push(record);
    if (split.length === 0) throw new Refusal('bad_request', 'The body holds no record.');
    if (split.length > ingestLimits.recordsMax) throw tooLarge();
    const records: RawRecord[] = [];
    await eachInTurns(tenantId, split, (record) => void records.push(...unfoldRecords([record], definition)));
    if (records.length > ingestLimits.recordsMax) throw tooLarge();
    const summary: AppendSummary = { stored: 0, duplicate: 0, quarantined: 0, problems: [] };
    for (let from = 0; from < records.length; from += appendBatchMax) {
      const context = {
        database: input.database,
        tenantId,
        provider,
        definition,
        findPlace: input.findPlace,
        receivedAt: now(),
      };
      const batch = records.slice(from, from + appendBatchMax);
      const part = await deliveries.pass(tenantId, () => appendRecords(context, batch), {
        cost: costOf(batch),
        // Of what is in part stored already, sending all again costs more.
        always: from > 0,
      });
      summary.stored += part.stored;
      summary.duplicate += part.duplicate;
      summary.quarantined += part.quarantined;
      summary.problems.push(...part.problems.map((problem) => ({ ...problem, index: problem.index + from })));
    }
    return { summary, received: records.length };
  } finally {
    deliveries.letGo(input.actor.tenantId, held);
  }
}

function piecesOf(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let from = 0; from < bytes.length; from += pieceBytes) pieces.push(bytes.subarray(from, from + pieceBytes));
  return pieces;
}

function tooLarge(): Refusal {
  const { bodyBytesMax, recordsMax } = ingestLimits;
  return new Refusal(
    'too_large',
    `At most ${bodyBytesMax} bytes and ${recordsMax} records a request. Nothing was stored; send smaller batches.`,
  );
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
