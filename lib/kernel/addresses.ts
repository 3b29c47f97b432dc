import { isUtf8 } from 'node:buffer';
import { isIP } from 'node:net';
import type { Actor } from '#lib/kernel/actor.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { hiddenEmail, hiddenIp } from '#lib/model/field-groups.ts';

/** Whether e-mail and IP addresses reach this reader (ASVS 8.2.3). The desk itself reads everything. */
export function mayReadAddresses(actor: Actor): boolean {
  return actor.type === 'system' || actor.permissions.has('people:read-addresses');
}

// `%40` and `%3A`: the same addresses inside of links.
const emailDomain = /(?:@|%40)[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/giu;
const inLocalPart = /^[\p{L}\p{N}.!$*^_`{|}~+-]$/u;
// What begins in the middle of an escape of JSON is not taken.
const localPartBegins = /(?<!\\(?:u[0-9a-f]{0,3})?)[\p{L}\p{N}_]/giu;
// After one slash stands a version (`Chrome/140.0.0.0`), after two a host.
const version4 = /(?<=^|[^\p{L}\p{N}_./]|\/\/|\\[nrt])\d{1,3}(?:\.\d{1,3}){3}(?![\p{L}\p{N}_]|\.\d)/giu;
const version6 =
  /(?<=^|[^\p{L}\p{N}_./:]|\/\/|\\[nrt])(?:[0-9a-f]{0,4}(?::|%3A)){2,7}[0-9a-f.]{0,15}(?![\p{L}\p{N}_])/giu;

/** The text with a word in the place of each e-mail and IP address; everything else as it is. JSON stays JSON. */
export function hideAddressesIn(text: string): string {
  return hideEmails(text)
    .replace(version6, (found) => (isIP(found.replace(/%3a/gi, ':')) === 6 ? hiddenIp : found))
    .replace(version4, (found) => (isIP(found) === 4 ? hiddenIp : found));
}

/** From each @ backwards, so that the time grows with the length alone: what is looked through comes from strangers. */
function hideEmails(text: string): string {
  let shown = '';
  let done = 0;
  for (const { 0: domain, index } of text.matchAll(emailDomain)) {
    let begin = index;
    for (let width = widthBefore(text, begin); begin - width >= done; width = widthBefore(text, begin)) {
      if (!inLocalPart.test(text.slice(begin - width, begin))) break;
      begin -= width;
    }
    localPartBegins.lastIndex = begin;
    const first = localPartBegins.exec(text)?.index ?? index;
    if (first >= index) continue;
    shown += text.slice(done, first) + hiddenEmail;
    done = index + domain.length;
  }
  return shown + text.slice(done);
}

/** How many units the character before a place takes: two for one beyond the basic plane. */
function widthBefore(text: string, at: number): number {
  return /[\uDC00-\uDFFF]/.test(text[at - 1] ?? '') && /[\uD800-\uDBFF]/.test(text[at - 2] ?? '') ? 2 : 1;
}

/** The same for everything in a value: texts, keys, and bytes that are text. */
export function hideAddresses<T>(value: T): T {
  return hidden(value) as T;
}

function hidden(value: unknown): unknown {
  if (typeof value === 'string') return hideAddressesIn(value);
  if (Array.isArray(value)) return value.map(hidden);
  if (value instanceof Uint8Array)
    return isUtf8(value) ? Buffer.from(hideAddressesIn(Buffer.from(value).toString('utf8'))) : value;
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [hidden(key), hidden(one)]));
  if (value instanceof Set) return new Set([...value].map(hidden));
  if (!value || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [hideAddressesIn(key), hidden(one)]));
}

/**
 * The database as this reader may search it: for whoever may not read addresses no search looks into them either, else one could
 * guess them letter by letter. What is found still holds them; an answer passes `withoutAddresses`.
 */
export function searchedBy(database: Database, actor: Actor): Database {
  if (mayReadAddresses(actor)) return database;
  return {
    ...database,
    inTenant: (tenantId, work) =>
      database.inTenant(tenantId, async (tx) => {
        await forbidSearch(tx);
        return work(tx);
      }),
  };
}

/** The desk's database for a page: what comes out of a transaction holds no address that the reader may not see. */
export function readingAs(actor: Actor): Database {
  const database = pool('desk');
  if (mayReadAddresses(actor)) return database;
  const searched = searchedBy(database, actor);
  return {
    ...searched,
    inTenant: async (tenantId, work) => hideAddresses(await searched.inTenant(tenantId, work)),
    outsideTenants: async (work) => hideAddresses(await searched.outsideTenants(work)),
  };
}

/** An answer as this reader may see it, streams too: each line is looked at before it leaves. */
export function withoutAddresses(response: Response): Response {
  if (!response.body) return response;
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let waiting = '';
  const lines = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      waiting += decoder.decode(chunk, { stream: true });
      const end = waiting.lastIndexOf('\n') + 1;
      if (end === 0) return;
      const ready = waiting.slice(0, end).split('\n').map(hideInLine).join('\n');
      controller.enqueue(encoder.encode(ready));
      waiting = waiting.slice(end);
    },
    flush(controller) {
      controller.enqueue(encoder.encode(hideInLine(waiting + decoder.decode())));
    },
  });
  const { status, headers } = response;
  headers.delete('content-length');
  return new Response(response.body.pipeThrough(lines), { status, headers });
}

/** A line of JSON, of NDJSON, of an event stream or of CSV. JSON is read first: in its texts nothing is escaped any more. */
function hideInLine(line: string): string {
  const [, before = '', json = ''] = /^(data: )?([[{].*)$/s.exec(line) ?? [];
  try {
    return json ? before + JSON.stringify(hideAddresses(JSON.parse(json))) : hideAddressesIn(line);
  } catch {
    return hideAddressesIn(line);
  }
}

async function forbidSearch(tx: Tx): Promise<void> {
  await tx.$executeRaw`SELECT set_config('gatehouse.addresses', 'hidden', true)`;
}
