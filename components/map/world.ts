import { type GeoPermissibleObjects, type GeoProjection, geoCentroid, geoCircle, geoEqualEarth, geoPath } from 'd3-geo';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import countries from 'world-atlas/countries-110m.json' with { type: 'json' };

/** A place on a map. `radiusKm`: how far off it may be, `null` where that is not known. */
export type MapPoint = { id: string; longitude: number; latitude: number; radiusKm: number | null; label: string };

const atlas = countries as unknown as Topology<{ countries: GeometryCollection; land: GeometryCollection }>;
const land = feature(atlas, atlas.objects.land);
const borders = mesh(atlas, atlas.objects.countries, (a, b) => a !== b);
const kmPerDegree = 111.195;
/** The narrowest view, in degrees of longitude: closer in, the coarse coast would lie. */
const narrowestDegrees = 24;

/** A map as SVG paths in a box of `width` by `height`, and where its points fell in it (0 to 1). */
export type DrawnMap = {
  land: string;
  borders: string;
  rings: string[];
  arcs: string[];
  points: (MapPoint & { x: number; y: number })[];
};

/**
 * Draws the world around some points in the Equal Earth projection, turned so that they stand together: land, borders, a ring of the
 * true size around each point, and great circles between the pairs of `arcs` (ids of points).
 */
export function drawMap(
  points: readonly MapPoint[],
  arcs: readonly (readonly [string, string])[],
  width: number,
  height: number,
): DrawnMap {
  const rings = points.map((point) =>
    geoCircle()
      .center([point.longitude, point.latitude])
      .radius(Math.max(point.radiusKm ?? 0, 1) / kmPerDegree)(),
  );
  const byId = new Map(points.map((point) => [point.id, point]));
  const lines = arcs.flatMap(([a, b]) => {
    const [from, to] = [byId.get(a), byId.get(b)];
    if (!from || !to) return [];
    const coordinates = [from, to].map(({ longitude, latitude }) => [longitude, latitude]);
    return [{ type: 'LineString' as const, coordinates }];
  });
  const shown = { type: 'GeometryCollection' as const, geometries: [...rings, ...lines] };
  const projection = fitted(points, shown, width, height);
  const path = geoPath(projection).digits(1);
  return {
    land: path(land) ?? '',
    borders: path(borders) ?? '',
    rings: rings.map((ring) => path(ring) ?? ''),
    arcs: lines.map((line) => path(line) ?? ''),
    points: points.map((point) => {
      const [x = 0, y = 0] = projection([point.longitude, point.latitude]) ?? [];
      return { ...point, x: x / width, y: y / height };
    }),
  };
}

function fitted(
  points: readonly MapPoint[],
  shown: GeoPermissibleObjects,
  width: number,
  height: number,
): GeoProjection {
  const [longitude = 0] = geoCentroid({
    type: 'MultiPoint',
    coordinates: points.map((point) => [point.longitude, point.latitude]),
  });
  const projection = geoEqualEarth().rotate([Number.isFinite(longitude) ? -longitude : 0, 0]);
  const margin = { x: width * 0.14, y: height * 0.2 };
  projection.fitExtent(
    [
      [margin.x, margin.y],
      [width - margin.x, height - margin.y],
    ],
    points.length > 0 ? shown : { type: 'Sphere' },
  );
  const scaleMax = (width / narrowestDegrees) * (180 / Math.PI);
  if (projection.scale() > scaleMax) {
    projection.scale(scaleMax).translate([0, 0]);
    const [[left, top], [right, bottom]] = geoPath(projection).bounds(shown);
    projection.translate([width / 2 - (left + right) / 2, height / 2 - (top + bottom) / 2]);
  }
  return projection.clipExtent([
    [0, 0],
    [width, height],
  ]);
}
