import { drawMap, type MapPoint } from '#components/map/world.ts';

const width = 720;
const height = 360;

/**
 * Places on a map, with how far off each may be and the ways between them. `sentence` says what it shows; the figures behind it
 * stand in a table on the same page.
 */
export function PlacesMap({
  points,
  arcs = [],
  sentence,
}: {
  points: readonly MapPoint[];
  arcs?: readonly (readonly [string, string])[];
  sentence: string;
}) {
  const map = drawMap(points, arcs, width, height);
  return (
    <figure>
      <div className="relative overflow-hidden rounded-md border border-line bg-rail">
        <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={sentence} className="block w-full">
          <path d={map.land} className="fill-line stroke-edge" strokeWidth="0.5" />
          <path d={map.borders} className="fill-none stroke-rail" strokeWidth="0.6" />
          {map.arcs.map((d) => (
            <path key={d} d={d} className="fill-none stroke-high" strokeWidth="1.8" strokeDasharray="5 3" />
          ))}
          {map.rings.map((d) => (
            <path key={d} d={d} className="fill-accent/20 stroke-accent" strokeWidth="1.2" />
          ))}
          {map.points.map(({ id, x, y }) => (
            <circle
              key={id}
              cx={x * width}
              cy={y * height}
              r="4"
              className="fill-accent stroke-paper"
              strokeWidth="1.5"
            />
          ))}
        </svg>
        {map.points.map(({ id, label, x, y }) => (
          <span
            key={id}
            aria-hidden="true"
            className="absolute -translate-y-1/2 whitespace-nowrap rounded-sm bg-paper/90 px-1 font-medium text-xs"
            style={
              x > 0.7
                ? { right: `calc(${(1 - x) * 100}% + 9px)`, top: `${y * 100}%` }
                : { left: `calc(${x * 100}% + 9px)`, top: `${y * 100}%` }
            }
          >
            {label}
          </span>
        ))}
      </div>
      <figcaption className="mt-1.5 text-quiet text-sm">{sentence}</figcaption>
    </figure>
  );
}
