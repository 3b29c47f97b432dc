import type { JsonObject, JsonValue } from '#lib/model/event.ts';
import { cleanText } from '#lib/providers/record-reader.ts';

const textCharsMax = 160;
const detailCharsMax = 1000;

/** Keeps the entries that say something, in order, cut short, until about 1 KB is full. Callers never pass secrets. */
export function smallDetail(entries: Record<string, JsonValue | undefined>): JsonObject {
  const detail: JsonObject = {};
  let chars = 2;
  for (const key of Object.keys(entries)) {
    const small = shorten(entries[key], 2);
    if (small === undefined) continue;
    const more = lengthOf(small) + key.length + 4;
    if (chars + more > detailCharsMax) continue;
    detail[key] = small;
    chars += more;
  }
  return detail;
}

/** The length of a value's JSON; plain texts, nearly all, need no writing to know it. */
function lengthOf(value: JsonValue): number {
  const isPlain = typeof value === 'string' && !/["\\\p{Cc}]/u.test(value);
  return isPlain ? value.length + 2 : JSON.stringify(value).length;
}

/** A path without what may carry secrets: no query, no fragment, and nothing after a segment that announces a token. */
export function safePath(path: string | null): string | null {
  if (path === null) return null;
  const plain = path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/[?#;].*$/s, '');
  return (
    plain.replace(
      /(\/(?:tokens?|recovery|activate|welcome|reset[-_]?password|verify|magic[-_]?link|authorize|invitation)\/)[^/]+.*$/is,
      '$1…',
    ) || '/'
  );
}

function shorten(value: JsonValue | undefined, depth: number): JsonValue | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') {
    const text = cleanText(value).trim();
    if (text === '') return undefined;
    return text.length > textCharsMax ? `${text.slice(0, textCharsMax - 1).toWellFormed()}…` : text;
  }
  if (typeof value !== 'object') return value;
  if (depth === 0) return undefined;
  if (Array.isArray(value)) {
    const items = value.slice(0, 10).flatMap((item) => shorten(item, depth - 1) ?? []);
    return items.length === 0 ? undefined : items;
  }
  const inner: JsonObject = {};
  for (const [key, item] of Object.entries(value).slice(0, 12)) {
    const small = shorten(item, depth - 1);
    if (small !== undefined) inner[cleanText(key).slice(0, 60).toWellFormed()] = small;
  }
  return Object.keys(inner).length === 0 ? undefined : inner;
}
