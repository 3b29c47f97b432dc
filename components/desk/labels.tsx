import { safeText } from '#lib/model/safe-text.ts';

/** A person: name, with the e-mail beside it in tables and under it where there is room. */
export function PersonLabel({
  name,
  email,
  subject,
  stacked = false,
}: {
  name: string | null;
  email: string | null;
  subject?: string | null;
  stacked?: boolean;
}) {
  const first = name ?? email ?? subject;
  if (!first) return <span className="text-quiet">Unknown person</span>;
  const second = email && email !== first ? safeText(email) : null;
  if (stacked) {
    return (
      <span className="block min-w-0">
        <span className="block break-words">{safeText(first)}</span>
        {second ? <span className="block break-all text-quiet">{second}</span> : null}
      </span>
    );
  }
  return (
    <span className="clip" title={second ? `${safeText(first)}, ${second}` : safeText(first)}>
      {safeText(first)}
      {second ? <span className="ml-2 font-normal text-quiet">{second}</span> : null}
    </span>
  );
}

/** A place as "Sydney, AU". */
export function placeWords(place: { city: string | null; country: string | null }): string {
  return [place.city, place.country].filter(Boolean).join(', ') || 'Unknown place';
}

/** A place as "Sydney, AU", with the address it was derived from. */
export function PlaceLabel({ city, country, ip }: { city: string | null; country: string | null; ip: string | null }) {
  return (
    <span>
      {placeWords({ city, country })}
      {ip ? <span className="ml-2 whitespace-nowrap font-mono text-quiet text-xs">{ip}</span> : null}
    </span>
  );
}
