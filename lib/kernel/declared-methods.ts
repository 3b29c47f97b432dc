// Next loads a module once a bundle; the front server stands outside of them all.
const shared = globalThis as { gatehouseMethods?: Map<string, { pattern: RegExp; methods: Set<string> }> };
shared.gatehouseMethods ??= new Map();
const declared = shared.gatehouseMethods;

/** Notes that a path as OpenAPI writes it (`/api/v1/people/{id}`) takes a method. */
export function declareMethod(path: string, method: string): void {
  const known = declared.get(path);
  if (known) known.methods.add(method);
  else declared.set(path, { pattern: patternOf(path), methods: new Set([method]) });
}

/** What was declared for an address of this process so far; empty for an address nobody declared. */
export function declaredMethods(address: string): readonly string[] {
  // An address of plain words stands before one with a name in its place.
  const plain = declared.get(address);
  if (plain) return [...plain.methods];
  for (const { pattern, methods } of declared.values()) if (pattern.test(address)) return [...methods];
  return [];
}

function patternOf(path: string): RegExp {
  const parts = path.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]+')}$`);
}
