import { z } from 'zod';
import type { StoryRecord } from '#lib/demo/story/provider-records.ts';
import { type HttpClient, requireStatus } from '#lib/kernel/http/http-client.ts';
import { OutboundCallFailed } from '#lib/kernel/http/outbound-call-failed.ts';
import { log } from '#lib/kernel/log.ts';

const recordsAtOnce = 250;
const answerShape = z.object({ stored: z.number(), duplicate: z.number(), quarantined: z.number() });

/**
 * Hands records to the ingest door as their providers would, in the order of time, repeating what failed until it is taken or the
 * signal fires. @returns how many were new to Gatehouse
 */
export async function sendRecords(
  door: { origin: string; token: string; http: HttpClient },
  records: readonly StoryRecord[],
  signal: AbortSignal,
): Promise<number> {
  let stored = 0;
  for (let from = 0; from < records.length; from += recordsAtOnce) {
    const chunk = records.slice(from, from + recordsAtOnce);
    for (const system of new Set(chunk.map((each) => each.system))) {
      const body = chunk.flatMap((each) => (each.system === system ? JSON.stringify(each.record) : [])).join('\n');
      stored += await sendChunk(door, system, body, signal);
    }
  }
  return stored;
}

async function sendChunk(
  door: { origin: string; token: string; http: HttpClient },
  system: string,
  body: string,
  signal: AbortSignal,
): Promise<number> {
  for (let delayMs = 250; ; delayMs = Math.min(delayMs * 2, 5_000)) {
    const request = {
      method: 'POST' as const,
      url: `${door.origin}/api/v1/ingest/${system}`,
      headers: { authorization: `Bearer ${door.token}`, 'content-type': 'application/x-ndjson' },
      body,
      signal,
    };
    try {
      const answer = answerShape.parse(requireStatus(request, await door.http.call(request), [200]).json());
      if (answer.quarantined > 0) log.error({ system, answer }, 'Gatehouse could not read some records of the story');
      return answer.stored;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof OutboundCallFailed) || !error.retryable) throw error;
      log.warn(
        { kind: error.kind, status: error.status },
        'the ingest door did not take records of the story; trying again',
      );
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}
