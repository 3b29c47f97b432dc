import Link from 'next/link';
import { placeWords } from '#components/desk/labels.tsx';
import { PlacesMap } from '#components/map/places-map.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { safeText } from '#lib/model/safe-text.ts';
import type { PersonPlace } from '#lib/signals/read-person.ts';

/** Where somebody signs in: a map, and the same as a table. */
export function PersonPlaces({ places, name, personId }: { places: PersonPlace[]; name: string; personId: string }) {
  const usual = places[0];
  if (!usual) return <p className="text-quiet text-sm">No sign-in with a known place in this time.</p>;
  const points = places.map((place) => ({
    id: `${place.latitude},${place.longitude}`,
    latitude: place.latitude,
    longitude: place.longitude,
    radiusKm: place.radiusKm ?? 50,
    label: safeText(placeWords(place)),
  }));
  return (
    <div className="grid gap-6 lg:grid-cols-2">
      <PlacesMap
        points={points}
        sentence={`${name} signs in ${mostly(places.length - 1, safeText(placeWords(usual)))}.`}
      />
      <table className="list self-start">
        <caption className="sr-only">Places of {name}, the usual one first</caption>
        <thead>
          <tr>
            <th scope="col">Place</th>
            <th scope="col" data-align="end">
              Sign-ins
            </th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          {places.map((place) => (
            <tr key={`${place.latitude},${place.longitude}`}>
              <td>{safeText(placeWords(place))}</td>
              <td data-align="end">
                <Link
                  className="text-accent underline"
                  href={`/events?person=${personId}&type=sign_in&outcome=success${place.country ? `&country=${place.country}` : ''}`}
                >
                  {place.signIns.toLocaleString('en-US')}
                </Link>
              </td>
              <td>
                <RelativeTime at={place.lastAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function mostly(others: number, place: string): string {
  if (others === 0) return `only from ${place}`;
  return `mostly from ${place}, and from ${others} other ${others === 1 ? 'place' : 'places'}`;
}
