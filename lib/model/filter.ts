/**
 * One declaration a list. From it come the parser of the address and of the API's query (the same names), the filter control, the
 * words under a table, and a canonical form that can be kept, signed and run again as the scope of an act.
 * The SQL of each field stands beside its list in lib; a test holds the two together.
 */

export type Choice = { value: string; label: string };

/**
 * `search`: free text over several columns. `text`: exactly this. `choice`: one or more of the choices. `ordered`: the same, and
 * "at least" (the choices stand from least to most). `id`: one of our ids. `country`: ISO 3166-1 alpha-2. `network`: an address or
 * CIDR. `asn`: an autonomous system, `AS13335` or `13335`. `time`: an instant (ISO 8601, UTC) or a span back from now such as `-24h`, `-30min`, `-7d`.
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

const shapes: Record<Exclude<FieldKind, 'choice' | 'ordered'>, { pattern: RegExp; expected: string }> = {
  search: { pattern: /^[^\0]{1,200}$/, expected: 'up to 200 characters' },
  text: { pattern: /^[^\0]{1,200}$/, expected: 'up to 200 characters' },
  id: { pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, expected: 'an id of this desk' },
  country: { pattern: /^[A-Za-z]{2}$/, expected: 'a country as two letters, such as DE' },
  network: {
    pattern: /^(\d{1,3}(\.\d{1,3}){3}(\/(3[0-2]|[12]?\d))?|[0-9a-f:]{2,45}(\/(12[0-8]|1[01]\d|\d{1,2}))?)$/i,
    expected: 'an address or network, such as 192.0.2.7 or 192.0.2.0/24',
  },
  asn: { pattern: /^\d{1,10}$/, expected: 'the number of a network, such as AS13335' },
  time: {
    pattern: /^(-\d{1,4}(min|h|d)|\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?)$/,
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
      if (value.length > 0 && value.every((one) => isValue(field, one))) found.push({ field: field.name, op, value });
      else problems.push({ path, message: `${field.label}: expected ${expectedOf(field)}.` });
    }
  }
  return { filter: canonicalFilter(found), problems };
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
  return `${field.label} ${operatorWords[condition.op]} ${all}`;
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
  if (field.kind === 'asn') return some.map((part) => part.replace(/^as/i, ''));
  return field.kind === 'id' || field.kind === 'network' ? some.map((part) => part.toLowerCase()) : some;
}

function isValue(field: FilterField, value: string): boolean {
  if (field.kind === 'choice' || field.kind === 'ordered') {
    return field.choices ? field.choices.some((choice) => choice.value === value) : /^[\w.:-]{1,200}$/.test(value);
  }
  if (!shapes[field.kind].pattern.test(value)) return false;
  return field.kind !== 'time' || value.startsWith('-') || !Number.isNaN(Date.parse(value));
}

function expectedOf(field: FilterField): string {
  if (field.kind === 'choice' || field.kind === 'ordered') {
    return field.choices ? `one of ${field.choices.map(({ value }) => value).join(', ')}` : 'a word';
  }
  return shapes[field.kind].expected;
}

const spans = { min: 'minutes', h: 'hours', d: 'days' } as const;

function valueWords(field: FilterField, value: string, name: (field: string, value: string) => string): string {
  const span = /^-(\d+)(min|h|d)$/.exec(value);
  if (field.kind === 'time' && span) return `${span[1]} ${spans[span[2] as keyof typeof spans]}`;
  if (field.kind === 'time') return value.replace('T', ' ').replace(/Z$/, ' UTC');
  if (field.kind === 'asn') return `AS${value}`;
  return field.choices?.find((choice) => choice.value === value)?.label ?? name(field.name, value);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
