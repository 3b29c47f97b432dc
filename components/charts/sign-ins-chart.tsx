'use client';

import { useRouter } from 'next/navigation';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { Scrolls } from '#components/ui/scrolls.tsx';

export type Hour = { at: string; succeeded: number; failed: number };

const label = (at: string) => `${at.slice(5, 10)} ${at.slice(11, 16)}`;

/** Sign-ins an hour, failed ones on top of those that succeeded, from zero. A bar leads to the events of its hour. */
export function SignInsChart({ hours, sentence }: { hours: readonly Hour[]; sentence: string }) {
  const router = useRouter();
  const open = (at: string | undefined, outcome: 'success' | 'failure') => {
    if (!at) return;
    const to = new Date(Date.parse(at) + 3_600_000 - 1).toISOString();
    router.push(`/events?${new URLSearchParams({ type: 'sign_in', outcome, from: at, to })}`);
  };
  return (
    <figure>
      <div role="img" aria-label={sentence} className="h-44 overflow-hidden">
        <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 640, height: 176 }}>
          <BarChart
            data={[...hours]}
            margin={{ top: 4, right: 0, bottom: 0, left: -20 }}
            barCategoryGap={1}
            accessibilityLayer={false}
          >
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis
              dataKey="at"
              tickFormatter={label}
              interval="equidistantPreserveStart"
              minTickGap={24}
              tick={{ fill: 'var(--quiet)', fontSize: 12 }}
              tickLine={false}
              axisLine={{ stroke: 'var(--edge)' }}
            />
            <YAxis
              domain={[0, 'auto']}
              allowDecimals={false}
              tick={{ fill: 'var(--quiet)', fontSize: 12 }}
              tickLine={false}
              axisLine={false}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: 'var(--raised)' }}
              labelFormatter={(at) => `${label(String(at))} UTC`}
              contentStyle={{
                background: 'var(--paper)',
                border: '1px solid var(--line)',
                borderRadius: 6,
                fontSize: 13,
              }}
            />
            <Bar
              dataKey="succeeded"
              name="succeeded"
              stackId="hour"
              fill="var(--accent)"
              isAnimationActive={false}
              cursor="pointer"
              onClick={(_bar, at) => open(hours[at]?.at, 'success')}
            />
            <Bar
              dataKey="failed"
              name="failed"
              stackId="hour"
              fill="var(--critical)"
              isAnimationActive={false}
              cursor="pointer"
              onClick={(_bar, at) => open(hours[at]?.at, 'failure')}
            />
          </BarChart>
        </ResponsiveContainer>
      </div>
      <figcaption className="text-quiet text-sm">
        <span aria-hidden="true" className="mr-3">
          <span className="text-accent">■</span> succeeded <span className="ml-2 text-critical">■</span> failed
        </span>
        {sentence}
      </figcaption>
      <details className="mt-2 text-sm">
        <summary className="text-accent">As a table</summary>
        <Scrolls label="Sign-ins an hour" className="mt-2 max-h-64">
          <table className="list">
            <thead>
              <tr>
                <th scope="col">Hour (UTC)</th>
                <th scope="col" data-align="end">
                  Succeeded
                </th>
                <th scope="col" data-align="end">
                  Failed
                </th>
              </tr>
            </thead>
            <tbody>
              {hours.toReversed().map((hour) => (
                <tr key={hour.at}>
                  <td>{label(hour.at)}</td>
                  <td data-align="end">{hour.succeeded.toLocaleString('en-US')}</td>
                  <td data-align="end">{hour.failed.toLocaleString('en-US')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      </details>
    </figure>
  );
}
