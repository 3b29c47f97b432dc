import { z } from 'zod';
import type { Connection, KeyCapabilities } from '#lib/providers/definition.ts';
import { askSample, readAnswer } from '#lib/providers/sample/ask-sample.ts';

const time = z.iso.datetime().nullable();
const keyShape = z.object({
  kid: z.string().min(1).max(300),
  state: z.enum(['created', 'published', 'active', 'retiring', 'retired', 'destroyed']),
  alg: z.string().max(16),
  publicJwk: z.record(z.string(), z.json()),
  createdAt: z.iso.datetime(),
  publishedAt: time,
  activatedAt: time,
  retiringAt: time,
  retiredAt: time,
  signatures: z.number(),
  lastSignedAt: time,
});
const readerShape = z.object({
  reader: z.string().max(300),
  fetches: z.number(),
  firstAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
});
const reportShape = z.object({
  data: z.array(keyShape).max(200),
  issuer: z.url(),
  jwksUri: z.url(),
  policy: z.object({
    jwksMaxAgeSeconds: z.number().int().min(0),
    clientCacheSeconds: z.number().int().min(0),
    tokenLifeSeconds: z.number().int().min(1),
  }),
  readers: z.array(readerShape).max(500),
});
const paths = { published: 'publish', active: 'activate', retired: 'retire' } as const;

/** Rotating the sample provider's keys through its management interface. */
export function sampleKeys(connection: Connection): KeyCapabilities {
  return {
    async report(signal) {
      const answer = await askSample(connection, { method: 'GET', path: '/keys', signal, wanted: [200] });
      const { data, issuer, jwksUri, policy, readers } = readAnswer(answer, reportShape);
      return { issuer, jwksUri, policy, readers, keys: data.map(({ alg, ...key }) => ({ ...key, algorithm: alg })) };
    },
    async create(reference, signal) {
      const path = `/keys?${new URLSearchParams({ reference })}`;
      const answer = await askSample(connection, { method: 'POST', path, signal, wanted: [201] });
      return readAnswer(answer, z.object({ kid: z.string().min(1) })).kid;
    },
    async move(kid, to, signal) {
      const path = `/keys/${encodeURIComponent(kid)}`;
      const found = await askSample(connection, { method: 'GET', path, signal, wanted: [200] });
      const { state } = readAnswer(found, z.object({ state: z.string() }));
      // Where it is already, or further, there is nothing to do: the step is safe to repeat.
      if (state === to || state === 'destroyed') return;
      if (to === 'destroyed') await askSample(connection, { method: 'DELETE', path, signal, wanted: [200] });
      else await askSample(connection, { method: 'POST', path: `${path}/${paths[to]}`, signal, wanted: [200] });
    },
  };
}
