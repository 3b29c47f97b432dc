import { safeText } from '#lib/model/safe-text.ts';

/** Names with exact counts, the bar repeating the number. */
export function CountedBars({
  label,
  rows,
  total,
}: {
  label: string;
  rows: readonly { name: string; sessions: number }[];
  total: number;
}) {
  if (rows.length === 0) return <p className="text-quiet text-sm">None reported.</p>;
  return (
    <table className="w-full text-sm">
      <caption className="sr-only">{label}</caption>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row" className="max-w-0 truncate py-0.5 pr-3 text-left font-normal" title={safeText(row.name)}>
              {safeText(row.name)}
            </th>
            <td className="w-2/5 py-0.5">
              <div className="h-1.5 rounded-sm bg-raised" aria-hidden="true">
                <div
                  className="h-full rounded-sm bg-accent"
                  style={{ width: `${(row.sessions / Math.max(total, 1)) * 100}%` }}
                />
              </div>
            </td>
            <td className="w-16 py-0.5 text-right tabular-nums">{row.sessions.toLocaleString('en-US')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
