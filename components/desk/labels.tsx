import { safeText } from '#lib/model/safe-text.ts';

/** A person: name, with the e-mail under it. */
export function PersonLabel({
  name,
  email,
  subject,
}: {
  name: string | null;
  email: string | null;
  subject?: string | null;
}) {
  const first = name ?? email ?? subject;
  if (!first) return <span className="text-quiet">Unknown person</span>;
  return (
    <span className="block min-w-0">
      <span className="block break-words">{safeText(first)}</span>
      {email && email !== first ? <span className="block break-all text-quiet">{safeText(email)}</span> : null}
    </span>
  );
}

/** A place as "Sydney, AU", with the address it was derived from. */
export function PlaceLabel({ city, country, ip }: { city: string | null; country: string | null; ip: string | null }) {
  return (
    <span className="block">
      <span className="block">{[city, country].filter(Boolean).join(', ') || 'Unknown place'}</span>
      {ip ? <span className="block break-all font-mono text-[12px] text-quiet">{ip}</span> : null}
    </span>
  );
}
