/**
 * JSON over several lines for reading, each number as it was written: an id of twenty digits is not rounded. `null` for what is no JSON.
 */
export function layOutJson(text: string): string | null {
  const { parse, stringify, rawJSON } = JSON as typeof JSON & { rawJSON(text: string): unknown };
  try {
    const value = parse(text, (_key: string, one: unknown, context?: { source?: string }) =>
      typeof one === 'number' && context?.source ? rawJSON(context.source) : one,
    );
    return stringify(value, null, 2);
  } catch {
    return null;
  }
}
