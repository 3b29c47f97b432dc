import { canonicalNetwork } from '#lib/model/network.ts';

/**
 * One declaration a list. From it come the parser of the address and of the API's query (the same names), the filter control, the
 * words under a table, and a canonical form that can be kept, signed and run again as the scope of an act.
 * The SQL of each field stands beside its list in lib; a test holds the two together.
 */

export type Choice = { value: string; label: string };

/**
 * `search`: free text over several columns. `text`: exactly this. `choice`: one or more of the choices. `ordered`: the same, and
 * "at least" (the choices stand from least to most). `id`: one of our ids. `country`: ISO 3166-1 alpha-2. `network`: an address or
 * CIDR. `asn`: an autonomous system, `AS13335` or `13335`. `time`: an instant (ISO 8601, UTC where it names no zone; a day alone is the whole day)
 * or a span back from now such as `-24h`, `-30min`, `-7d`.
 */
export type FieldKind = 'search' | 'text' | 'choice' | 'ordered' | 'id' | 'country' | 'network' | 'asn' | 'time';

/** `is`: any of the values. `not`: none of them. `min`: at least. `from`, `to`: not before, not after. */
export const operators = ['is', 'not', 'min', 'from', 'to'] as const;
export type Operator = (typeof operators)[number];

export type FilterField = {
  /** In the address and in the API. An operator other than the field's first one is written `name.operator`. */
  name: string;
  /** What people read, sentence case: "Severity". */
  label: string;
  kind: FieldKind;
  choices?: readonly Choice[];
  /** Which operators it takes; the first is the one without a suffix. Default: `is`, for `time` fields `from`. */
  operators?: readonly [Operator, ...Operator[]];
  /** For the control: an example of a value. */
  example?: string;
  /** True when the control does not offer it: it comes from a link (a person's sessions). */
  linkOnly?: boolean;
  /** Of the field group that takes a permission of its own; see `fieldGroups`. */
  group?: 'addresses';
};

export type FilterDeclaration = {
  /** What one row is, and what several are: "session", "sessions". */
  noun: { one: string; many: string };
  fields: readonly FilterField[];
};

/** One condition: values are never empty, sorted and unique in a canonical filter. */
export type Condition = { field: string; op: Operator; value: readonly string[] };
export type Filter = readonly Condition[];
export type FilterProblem = { path: string; message: string };

/** Values a condition takes at most, and characters of one parameter: 200 networks of IPv6 fit. */
export const filterValuesMax = 200;
export const filterParameterCharsMax = 10_000;

const isPlainText = (value: string) => /^[^\0]{1,200}$/.test(value);
const shapes: Record<Exclude<FieldKind, 'choice' | 'ordered'>, { is(value: string): boolean; expected: string }> = {
  search: { is: isPlainText, expected: 'up to 200 characters' },
  text: { is: isPlainText, expected: 'up to 200 characters' },
  id: {
    is: (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value),
    expected: 'an id of this desk',
  },
  country: { is: (value) => /^[A-Za-z]{2}$/.test(value), expected: 'a country as two letters, such as DE' },
  network: {
    is: (value) => canonicalNetwork(value) !== null,
    expected: 'an address or network, such as 192.0.2.7 or 192.0.2.0/24',
  },
  asn: {
    is: (value) => /^\d{1,10}$/.test(value) && Number(value) <= 4_294_967_295,
    expected: 'the number of a network, such as AS13335',
  },
  time: {
    is: (value) => spanShape.test(value) || isInstant(value),
    expected: 'a time such as 2026-11-24T09:00Z, or a span back from now such as -24h',
  },
};

/** The operators of a field, the one without a suffix first. */
export function operatorsOf(field: FilterField): readonly [Operator, ...Operator[]] {
  return field.operators ?? (field.kind === 'time' ? ['from'] : ['is']);
}

/** The name of a condition in an address: `severity`, `severity.min`, `country.not`. */
export function parameterName(field: FilterField, op: Operator): string {
  return op === operatorsOf(field)[0] ? field.name : `${field.name}.${op}`;
}

/** Every name a list understands, with what to put there: for the API's description. */
export function filterParameters(declaration: FilterDeclaration): { name: string; description: string }[] {
  return declaration.fields.flatMap((field) =>
    operatorsOf(field).map((op) => ({
      name: parameterName(field, op),
      description: `${field.label} ${operatorWords[op]}: ${expectedOf(field)}`,
    })),
  );
}

/**
 * Reads a filter from an address or query. Names it does not know are left alone (cursors and the like have their own readers).
 * What cannot be understood is left out and named in `problems`: the API refuses then, a screen says so above the list.
 */
export function parseFilter(
  params: { get(name: string): string | null },
  declaration: FilterDeclaration,
): { filter: Filter; problems: FilterProblem[] } {
  const found: Condition[] = [];
  const problems: FilterProblem[] = [];
  for (const field of declaration.fields) {
    for (const op of operatorsOf(field)) {
      const path = parameterName(field, op);
      const given = params.get(path)?.trim();
      if (!given) continue;
      const value = valuesOf(field, given);
      if (value.length > filterValuesMax)
        problems.push({ path, message: `${field.label}: ${filterValuesMax} values at most.` });
      else if (value.length > 0 && value.every((one) => isValue(field, one)))
        found.push({ field: field.name, op, value });
      else problems.push({ path, message: `${field.label}: expected ${expectedOf(field)}.` });
    }
  }
  const reversed = reversedRanges(found, declaration);
  const filter = found.filter((condition) => !reversed.some(({ ends }) => ends === condition));
  return { filter: canonicalFilter(filter), problems: [...problems, ...reversed.map(({ problem }) => problem)] };
}

/** Ranges that end before they begin: nobody means the nothing that they would find, for ever. */
function reversedRanges(found: readonly Condition[], declaration: FilterDeclaration) {
  return found.flatMap((ends) => {
    if (ends.op !== 'to') return [];
    const begins = found.find(
      ({ field, op }) => op === 'from' && (field === ends.field || (field === 'from' && ends.field === 'to')),
    );
    const [first = '', last = ''] = [begins?.value[0], ends.value[0]];
    const [from, to] = [spanMs(first), spanMs(last)];
    const isReversed =
      from === null && to === null
        ? Date.parse(instantOf(first, 'from')) > Date.parse(instantOf(last, 'to'))
        : from !== null && to !== null && from < to;
    if (!begins || !isReversed) return [];
    const words = [ends, begins].map((condition) => conditionWords(condition, declaration));
    const path =
      declaration.fields.flatMap((one) => (one.name === ends.field ? parameterName(one, 'to') : []))[0] ?? '';
    return { ends, problem: { path, message: `“${words[0]}” ends before “${words[1]}” begins.` } };
  });
}

/** The same filter always in the same form: conditions by field and operator, values sorted, nothing twice. */
export function canonicalFilter(filter: Filter): Filter {
  return filter
    .map(({ field, op, value }) => ({ field, op, value: [...new Set(value)].sort() }))
    .filter(({ value }) => value.length > 0)
    .sort((a, b) => (a.field === b.field ? compare(a.op, b.op) : compare(a.field, b.field)));
}

/** The filter as the parameters of an address, in canonical order. `parseFilter` of them gives the same filter. */
export function filterToParams(filter: Filter, declaration: FilterDeclaration): Record<string, string> {
  return Object.fromEntries(
    canonicalFilter(filter).flatMap(({ field, op, value }) => {
      const declared = declaration.fields.find(({ name }) => name === field);
      return declared ? [[parameterName(declared, op), value.join(',')]] : [];
    }),
  );
}

/** One condition in words: "Severity ≥ medium", "Country is not Germany or France". `name` may give an id its label. */
export function conditionWords(
  condition: Condition,
  declaration: FilterDeclaration,
  name: (field: string, value: string) => string = (_field, value) => value,
): string {
  const field = declaration.fields.find((one) => one.name === condition.field);
  if (!field) return '';
  const words = condition.value.map((value) => valueWords(field, value, name));
  const all = words.length > 2 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : words.join(' or ');
  if (field.kind === 'search') return `“${all}”`;
  if (field.kind === 'time' && condition.value[0]?.startsWith('-')) {
    return condition.op === 'to' ? `${field.label}: more than ${all} ago` : `${field.label}: last ${all}`;
  }
  const word = operatorWords[condition.op];
  // “Last seen since” says it already.
  return field.label.toLowerCase().endsWith(word) ? `${field.label} ${all}` : `${field.label} ${word} ${all}`;
}

/** The whole filter in words, for captions and proposals: "State is live · Country is Germany". Empty for no filter. */
export function filterWords(filter: Filter, declaration: FilterDeclaration): string {
  return filter
    .map((condition) => conditionWords(condition, declaration))
    .filter(Boolean)
    .join(' · ');
}

export const operatorWords: Record<Operator, string> = {
  is: 'is',
  not: 'is not',
  min: '≥',
  from: 'since',
  to: 'until',
};

function valuesOf(field: FilterField, given: string): string[] {
  const isMany = field.kind !== 'search' && field.kind !== 'text' && field.kind !== 'time';
  const parts = isMany ? given.split(',').map((part) => part.trim()) : [given];
  const some = parts.filter((part) => part !== '');
  if (field.kind === 'country') return some.map((part) => part.toUpperCase());
  if (field.kind === 'asn') return some.map((part) => part.replace(/^as/i, '').replace(/^0+(?=\d)/, ''));
  if (field.kind === 'network') return some.map((part) => canonicalNetwork(part) ?? part);
  // In an address a bare plus is a blank.
  if (field.kind === 'time')
    return some.map((part) => (/^\d/.test(part) ? part.toUpperCase().replace(/ (?=\d\d:\d\d$)/, '+') : part));
  return field.kind === 'id' ? some.map((part) => part.toLowerCase()) : some;
}

function isValue(field: FilterField, value: string): boolean {
  if (field.kind === 'choice' || field.kind === 'ordered') {
    return field.choices ? field.choices.some((choice) => choice.value === value) : /^[\w.:-]{1,200}$/.test(value);
  }
  return shapes[field.kind].is(value);
}

function expectedOf(field: FilterField): string {
  if (field.kind === 'choice' || field.kind === 'ordered') {
    return field.choices ? `one of ${field.choices.map(({ value }) => value).join(', ')}` : 'a word';
  }
  return shapes[field.kind].expected;
}

const spanShape = /^-(\d{1,4})(min|h|d)$/;
const spans = { min: 'minutes', h: 'hours', d: 'days' } as const;
const spanUnitMs = { min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** How far back a span goes; `null` for an instant. */
function spanMs(value: string): number | null {
  const [, count, unit] = spanShape.exec(value) ?? [];
  return unit ? Number(count) * spanUnitMs[unit as keyof typeof spanUnitMs] : null;
}

/** A time of a filter that is no span, with its zone: UTC where it names none; until a day means to its end. */
export function instantOf(value: string, op: Operator): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return `${value}T${op === 'to' ? '23:59:59.999' : '00:00'}Z`;
  return /(Z|[+-]\d{2}:\d{2})$/.test(value) ? value : `${value}Z`;
}

const instantShape =
  /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,3})?)?(?:Z|[+-](\d{2}):(\d{2}))?)?$/;

/** A moment that exists: the database refuses the 30th of February, which JavaScript takes for a day in March. */
function isInstant(value: string): boolean {
  const found = instantShape.exec(value);
  if (!found) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zoneHour = 0, zoneMinute = 0] = found
    .slice(1)
    .map((part) => Number(part ?? 0));
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return (
    year > 0 &&
    month > 0 &&
    month <= 12 &&
    day > 0 &&
    day <= days &&
    hour < 24 &&
    minute < 60 &&
    second < 60 &&
    zoneHour < 15 &&
    zoneMinute < 60
  );
}

function countedSpan(count: number, unit: keyof typeof spans): string {
  return `${count} ${count === 1 ? spans[unit].slice(0, -1) : spans[unit]}`;
}

function valueWords(field: FilterField, value: string, name: (field: string, value: string) => string): string {
  const span = spanShape.exec(value);
  if (field.kind === 'time' && span) return countedSpan(Number(span[1]), span[2] as keyof typeof spans);
  if (field.kind === 'time') return value.replace('T', ' ').replace(/Z$/, ' UTC');
  if (field.kind === 'asn') return `AS${value}`;
  return field.choices?.find((choice) => choice.value === value)?.label ?? name(field.name, value);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
