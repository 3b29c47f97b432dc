import type { JsonObject, JsonValue } from '#lib/model/event.ts';

/**
 * Reads a provider's record whatever the case of its keys: shippers lower them, tables capitalise them, CSV exports add suffixes.
 * Dotted names walk into objects (`actor.id`, `target.0.id`), into objects kept as JSON text, and match flattened keys as well.
 * Never throws: what is not there, is blank or has another type reads as `null`.
 */
export class RecordReader {
  readonly source: JsonObject;
  /** The source's keys by their folded forms; `null` when each is its own, as in what a provider itself sends. */
  #keys: Map<string, string> | null | undefined;
  #inner: Map<string, RecordReader | null> | null = null;

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
    const path = pathOf(name);
    if (direct !== undefined || path === null) return direct;
    const inner = this.#inside(path.head);
    return inner === null ? undefined : inner.#walk(path.rest);
  }

  /** What a key holds, as a reader; kept, because mappings ask for many fields of the same few objects. */
  #inside(key: string): RecordReader | null {
    this.#inner ??= new Map();
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
    const folded = foldKey(key);
    if (this.#keys === undefined) this.#keys = foldedKeysOf(this.source);
    const own = this.#keys === null ? folded : this.#keys.get(folded);
    return own !== undefined && own !== key && Object.hasOwn(this.source, own) ? this.source[own] : undefined;
  }
}

/**
 * What a delivery's list under the first of the names holds; `null` when there is no list with an object in it. What is no object is
 * handed out too, so that it is quarantined by itself and its neighbours are not.
 */
export function recordsUnder(delivery: JsonObject, ...names: string[]): JsonValue[] | null {
  const found = new RecordReader(delivery).at(...names);
  return Array.isArray(found) && found.some((item) => typeof item === 'object' && asObject(item) !== null)
    ? found
    : null;
}

/** PostgreSQL text holds no NUL, and a lone surrogate is no character: both become U+FFFD. The raw bytes keep the truth. */
export function cleanText(text: string): string {
  return text.includes('\0') || !text.isWellFormed() ? text.replaceAll('\0', '\uFFFD').toWellFormed() : text;
}

/** The first key of each folded form; `null` when every key is its own folded form. */
function foldedKeysOf(source: JsonObject): Map<string, string> | null {
  const keys = Object.keys(source);
  if (keys.every((key) => foldKey(key) === key)) return null;
  const folded = new Map<string, string>();
  for (const key of keys) if (!folded.has(foldKey(key))) folded.set(foldKey(key), key);
  return folded;
}

type Path = { head: string; rest: string };
const paths = new Map<string, Path | null>();

/** A dotted name's first part and the rest; `null` for a name without a dot. */
function pathOf(name: string): Path | null {
  const known = paths.get(name);
  if (known !== undefined) return known;
  const dot = name.indexOf('.');
  const path = dot < 0 ? null : { head: name.slice(0, dot), rest: name.slice(dot + 1) };
  // Names are a mapping's own; a mapping that makes them of a record's words must not fill the memory.
  if (paths.size >= rememberedMax) paths.clear();
  paths.set(name, path);
  return path;
}

const rememberedMax = 5_000;
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
  if (foldedKeys.size >= rememberedMax) foldedKeys.clear();
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
