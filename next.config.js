/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  productionBrowserSourceMaps: false,
  // The optimiser is a second way in that the desk does not need.
  images: { unoptimized: true },
  // `npm run check` runs the compiler; a first start on a fresh machine should not wait for it again.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: ['pg', '@prisma/adapter-pg', '@prisma/client', 'pino', 'maxmind', 'ua-parser-js'],
  // `forbidden()`: a page that one may not see answers 403.
  experimental: { serverActions: { bodySizeLimit: '256kb' }, authInterrupts: true },
};
