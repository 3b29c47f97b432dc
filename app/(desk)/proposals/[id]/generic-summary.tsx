import { Facts } from '#components/ui/facts.tsx';
import type { JsonObject, JsonValue } from '#lib/model/event.ts';
import { safeText } from '#lib/model/safe-text.ts';

/** What a kind without a view of its own froze, as it stands in the payload. */
export function GenericSummary({ summary }: { summary: JsonObject }) {
  return (
    <Facts facts={Object.entries(summary).map(([label, value]) => ({ label: words(label), value: shown(value) }))} />
  );
}

function shown(value: JsonValue) {
  if (Array.isArray(value)) {
    if (value.length === 0) return 'none';
    return (
      <ul className="list-disc pl-4">
        {value.map((each) => (
          <li key={JSON.stringify(each)}>{flat(each)}</li>
        ))}
      </ul>
    );
  }
  return flat(value);
}

function flat(value: JsonValue): string {
  if (value === null) return 'none';
  if (typeof value === 'number') return value.toLocaleString('en-US');
  if (typeof value !== 'object') return safeText(String(value));
  const parts = Array.isArray(value)
    ? value.map(flat)
    : Object.entries(value).map(([name, each]) => `${words(name)}: ${flat(each)}`);
  return parts.join(' · ');
}

function words(name: string): string {
  const spaced = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
  return `${spaced.charAt(0).toUpperCase()}${spaced.slice(1)}`;
}
