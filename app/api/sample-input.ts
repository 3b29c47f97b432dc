type Schema = {
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  format?: string;
  pattern?: string;
  minLength?: number;
  minItems?: number;
  minimum?: number;
  default?: unknown;
};

/**
 * One value that fits a JSON schema, for tests that walk every route: required fields only, ids from `ids` in turn.
 * It aims at shapes, not at meaning; a route whose body it cannot guess answers 422 and the walk says so.
 */
export function sampleInput(schema: Schema, ids: () => string): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const choice = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choice) return sampleInput(choice.find(({ type }) => type !== 'null') ?? {}, ids);
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type;
  switch (type) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, sampleInput(schema.properties?.[name] ?? {}, ids)]),
      );
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sampleInput(schema.items ?? {}, ids));
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return false;
    case 'string':
      if (schema.format === 'uuid') return ids();
      if (schema.format === 'email') return 'sample@example.org';
      if (schema.format === 'uri') return 'https://sample.example.org';
      if (schema.format === 'date-time') return '2026-01-01T00:00:00.000Z';
      return 'because a test says so'.padEnd(schema.minLength ?? 0, '.');
    default:
      return {};
  }
}
