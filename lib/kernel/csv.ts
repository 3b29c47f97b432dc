/** What a spreadsheet would take for a formula, plain or full-width, also behind blanks (OWASP, CSV injection). */
const formula = /^[\s\uFEFF]*[=+\-@\t\r\0＝＋－＠]/;

/**
 * One line of CSV (RFC 4180, CRLF). Every text is quoted; one that a spreadsheet could run as a formula gets an apostrophe in
 * front. Numbers and booleans stay bare, lists and objects become JSON, nothing is an empty field.
 */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}

function csvField(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const safe = formula.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('\0', '\uFFFD').replaceAll('"', '""')}"`;
}
