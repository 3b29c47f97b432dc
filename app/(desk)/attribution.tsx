import { places } from '#lib/kernel/geo/places.ts';

/** Where places are shown, their source is named (DB-IP City Lite, CC BY 4.0). */
export function Attribution() {
  const source = places().attribution;
  return source ? (
    <p className="mt-6 text-[12px] text-quiet">
      <a className="underline" href={source.href} rel="noreferrer">
        {source.text}
      </a>
    </p>
  ) : null;
}
