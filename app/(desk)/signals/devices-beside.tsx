import { placeWords } from '#components/desk/labels.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { Scrolls } from '#components/ui/scrolls.tsx';
import { safeText } from '#lib/model/safe-text.ts';
import type { SignalDevice, SignalEvent } from '#lib/signals/read-signal.ts';

/** The devices of the evidence as columns, so that what differs stands side by side. */
export function DevicesBesideEachOther({ devices, events }: { devices: SignalDevice[]; events: SignalEvent[] }) {
  const shown = devices
    .map((device) => ({ device, events: events.filter(({ deviceId }) => deviceId === device.id) }))
    .sort((a, b) => (a.events[0]?.occurredAt ?? '').localeCompare(b.events[0]?.occurredAt ?? ''))
    .slice(0, 4);
  const list = (values: (string | null)[]) =>
    [...new Set(values.flatMap((value) => value ?? []))].join(', ') || 'unknown';
  const rows = [
    {
      label: 'Known by',
      of: ({ device }: (typeof shown)[number]) => (device.strong ? 'device id of the provider' : 'its user agent'),
    },
    {
      label: 'First seen',
      of: ({ device }: (typeof shown)[number]) => <RelativeTime at={device.firstSeenAt} />,
    },
    {
      label: 'Sign-ins',
      of: ({ device }: (typeof shown)[number]) =>
        `${device.signIns.toLocaleString('en-US')}, ${device.failures.toLocaleString('en-US')} failed`,
    },
    { label: 'Place', of: (one: (typeof shown)[number]) => safeText(list(one.events.map(placeWords))) },
    { label: 'Address', of: (one: (typeof shown)[number]) => list(one.events.map(({ ip }) => ip)) },
    {
      label: 'Application',
      of: (one: (typeof shown)[number]) => safeText(list(one.events.map(({ client }) => client))),
    },
    {
      label: 'In this signal',
      of: (one: (typeof shown)[number]) => `${one.events.length} ${one.events.length === 1 ? 'event' : 'events'}`,
    },
  ];
  return (
    <Scrolls label="Devices">
      <table className="w-full min-w-[22rem] text-left text-sm">
        <thead>
          <tr>
            <th scope="col" className="w-28 border-line border-b py-1.5 font-normal text-quiet">
              Device
            </th>
            {shown.map(({ device }) => (
              <th key={device.id} scope="col" className="border-line border-b py-1.5 font-medium">
                {safeText(device.label)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ label, of }) => (
            <tr key={label}>
              <th scope="row" className="border-line border-b py-1.5 pr-3 font-normal text-quiet">
                {label}
              </th>
              {shown.map((one) => (
                <td key={one.device.id} className="border-line border-b py-1.5 pr-3 align-top">
                  {of(one)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}
