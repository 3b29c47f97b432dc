import type { JsonObject, JsonValue } from '#lib/model/event.ts';

/**
 * Reads a provider's record whatever the case of its keys: shippers lower them, tables capitalise them, CSV exports add suffixes.
 * Dotted names walk into objects (`actor.id`, `target.0.id`), into objects kept as JSON text, and match flattened keys as well.
 * Never throws: what is not there, is blank or has another type reads as `null`.
 */
export class RecordReader {
  readonly source: JsonObject;
  #keys: Map<string, string> | null = null;
  readonly #inner = new Map<string, RecordReader | null>();

  constructor(value: JsonValue | undefined) {
    this.source = asObject(value) ?? {};
  }

  /** The first of the names that has a value; `undefined` when none has. */
  at(...names: string[]): JsonValue | undefined {
    for (const name of names) {
      const value = this.#walk(name);
      if (value !== undefined && value !== null) return value;
    }
    return undefined;
  }

  /** The first of the names that holds text that is not blank. Numbers and booleans become text; see {@link cleanText}. */
  text(...names: string[]): string | null {
    for (const name of names) {
      const value = this.#walk(name);
      const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
      if (typeof text === 'string' && text.trim() !== '') return cleanText(text);
    }
    return null;
  }

  /** The first of the names that holds a finite number, also as text. */
  number(...names: string[]): number | null {
    for (const name of names) {
      const value = this.#walk(name);
      if (typeof value === 'number' && Number.isFinite(value)) return value;
      if (typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value)) return Number(value);
    }
    return null;
  }

  /** The first of the names that holds a yes or no, also as text. */
  flag(...names: string[]): boolean | null {
    for (const name of names) {
      const value = this.#walk(name);
      if (typeof value === 'boolean') return value;
      if (typeof value === 'string' && /^\s*(true|false)\s*$/i.test(value))
        return value.trim().toLowerCase() === 'true';
    }
    return null;
  }

  /** The objects of a list; empty when there is no list. A lone object reads as a list of one. */
  list(...names: string[]): RecordReader[] {
    const value = parseEmbedded(this.at(...names));
    const items = Array.isArray(value) ? value : [value];
    return items.filter((item) => asObject(item)).map((item) => new RecordReader(item));
  }

  /** The object under the first of the names that has one; an empty reader otherwise. */
  child(...names: string[]): RecordReader {
    for (const name of names) {
      const value = asObject(this.#walk(name));
      if (value) return (name.includes('.') ? null : this.#inside(name)) ?? new RecordReader(value);
    }
    return new RecordReader({});
  }

  /** True when one of the names is there at all, even empty. */
  has(...names: string[]): boolean {
    return names.some((name) => this.#walk(name) !== undefined);
  }

  get isEmpty(): boolean {
    return Object.keys(this.source).length === 0;
  }

  #walk(name: string): JsonValue | undefined {
    const direct = this.#own(name);
    const dot = name.indexOf('.');
    if (direct !== undefined || dot < 0) return direct;
    const inner = this.#inside(name.slice(0, dot));
    return inner === null ? undefined : inner.#walk(name.slice(dot + 1));
  }

  /** What a key holds, as a reader; kept, because mappings ask for many fields of the same few objects. */
  #inside(key: string): RecordReader | null {
    const kept = this.#inner.get(key);
    if (kept !== undefined) return kept;
    const value = parseEmbedded(this.#own(key));
    const inner =
      value && typeof value === 'object' ? new RecordReader(Array.isArray(value) ? { ...value } : value) : null;
    this.#inner.set(key, inner);
    return inner;
  }

  #own(key: string): JsonValue | undefined {
    if (Object.hasOwn(this.source, key)) return this.source[key];
    if (!this.#keys) {
      this.#keys = new Map();
      for (const own of Object.keys(this.source)) {
        const folded = foldKey(own);
        if (!this.#keys.has(folded)) this.#keys.set(folded, own);
      }
    }
    const own = this.#keys.get(foldKey(key));
    return own === undefined ? undefined : this.source[own];
  }
}

/** The objects of a delivery's list under the first of the names that has one; `null` when there is none or it is empty. */
export function recordsUnder(delivery: JsonObject, ...names: string[]): JsonObject[] | null {
  const found = new RecordReader(delivery).at(...names);
  if (!Array.isArray(found)) return null;
  const records = found.filter((item): item is JsonObject => asObject(item) !== null && typeof item === 'object');
  return records.length > 0 && records.length === found.length ? records : null;
}

/** PostgreSQL text holds no NUL, and a lone surrogate is no character: both become U+FFFD. The raw bytes keep the truth. */
export function cleanText(text: string): string {
  return text.includes('\0') || !text.isWellFormed() ? text.replaceAll('\0', '\uFFFD').toWellFormed() : text;
}

const foldedKeys = new Map<string, string>();

/** Log Analytics' CSV export names columns `CreatedDateTime [UTC]` and `DeviceDetail_dynamic`; case never means anything. */
function foldKey(key: string): string {
  const known = foldedKeys.get(key);
  if (known !== undefined) return known;
  const lower = key.toLowerCase();
  const folded = lower.endsWith(' [utc]')
    ? lower.slice(0, -6)
    : lower.endsWith('_dynamic')
      ? lower.slice(0, -8)
      : lower;
  // Keys are the sender's to choose, so the memory of them is bounded.
  if (foldedKeys.size >= 5_000) foldedKeys.clear();
  foldedKeys.set(key, folded);
  return folded;
}

function asObject(value: JsonValue | undefined): JsonObject | null {
  const inner = parseEmbedded(value);
  return inner && typeof inner === 'object' && !Array.isArray(inner) ? inner : null;
}

function parseEmbedded(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as JsonValue;
  } catch {
    return value;
  }
}
