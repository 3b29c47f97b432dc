import type { JsonObject } from '#lib/model/event.ts';
import { cleanText } from '#lib/providers/record-reader.ts';

/**
 * Reads the text that Keycloak's logging listener writes: `type="LOGIN_ERROR", realmId="…", …` (or unquoted, before 22).
 * Of a key that comes twice the first wins: Keycloak writes its own fields first, and what a caller can choose comes after.
 * Returns the fields as a REST event has them (`details` holds the rest), or `null` when the text is no event.
 */
export function parseEventLine(text: string): JsonObject | null {
  const start = /(?:^|[\s(])(?=(?:type|operationType)=)/.exec(text);
  if (!start) return null;
  const fields = new Map<string, string | null>();
  const pair = /([A-Za-z][\w.-]*)=("(?:[^"\\]|\\.)*"|'[^']*'|[^,]*)(?:,\s*|\s*$)/gy;
  pair.lastIndex = start.index + start[0].length;
  for (let found = pair.exec(text); found; found = pair.exec(text)) {
    const [, key = '', written = ''] = found;
    const value = /^(["']).*\1$/s.test(written) ? written.slice(1, -1).replace(/\\(.)/gs, '$1') : written;
    if (!fields.has(key)) fields.set(key, value === 'null' || value === '' ? null : cleanText(value));
  }
  const event: JsonObject = {};
  const details: JsonObject = {};
  for (const [key, value] of fields) {
    if (topFields.has(key)) event[key] = value;
    else Object.defineProperty(details, key, { value, enumerable: true, configurable: true });
  }
  return { ...event, details };
}

const topFields: ReadonlySet<string> = new Set([
  'type',
  'realmId',
  'realmName',
  'clientId',
  'userId',
  'sessionId',
  'ipAddress',
  'error',
  'operationType',
  'resourceType',
  'resourcePath',
]);
