import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { sealForInlet } from '#lib/events/sources/inlet-secret.ts';
import { accessText, transmitterClient } from '#lib/events/sources/transmitter-access.ts';
import { defineCommand } from '#lib/kernel/command.ts';
import { signatureAlgorithms } from '#lib/kernel/crypto/json-web-token.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { httpAllowanceSchema } from '#lib/kernel/http/address-guard.ts';
import { newId, newSecret, sha256 } from '#lib/kernel/ids.ts';
import type { JsonObject } from '#lib/model/event.ts';

const address = z.url({ protocol: /^https?$/, error: 'expected an https address' }).max(500);
const jwk = z
  .looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']), kid: z.string().max(200).optional() })
  .refine((key) => !('d' in key) && !('k' in key), {
    error: 'a private key was given; only the public half belongs here',
  });

export const createReceiverInput = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    slug: z
      .string()
      .trim()
      .regex(/^[a-z][a-z0-9-]{1,40}$/, 'expected small letters, digits and dashes'),
    issuer: z.string().trim().min(1).max(500),
    /** What the transmitter puts into `aud`; this desk's own address unless both sides agreed on another. */
    audience: z.string().trim().min(1).max(500).optional(),
    jwksUri: address.nullable().default(null),
    jwks: z
      .strictObject({ keys: z.array(jwk).min(1).max(20) })
      .nullable()
      .default(null),
    algorithms: z.array(z.enum(signatureAlgorithms)).min(1).default(['RS256', 'ES256', 'PS256']),
    /** An Authorization header that the transmitter has to send with each push. Made here and shown once. */
    authorization: z.boolean().default(false),
    delivery: z.enum(['push', 'poll']).default('push'),
    /** Left out: the transmitter names it when the stream is made from here. */
    pollUrl: address.nullable().default(null),
    /** For polling, and for managing the stream at the transmitter. */
    pollToken: z.string().min(1).max(4000).nullable().default(null),
    /** Instead of a token: a client that fetches one. */
    pollClient: transmitterClient.nullable().default(null),
    streamId: z.string().max(200).nullable().default(null),
    criticalMembers: z.array(z.string().max(60)).max(20).default([]),
    subjectsMax: z.number().int().min(1).max(1_000_000).default(50),
    windowMinutes: z.number().int().min(1).max(1440).default(10),
    allowance: httpAllowanceSchema.optional(),
  })
  .refine((input) => (input.jwksUri === null) !== (input.jwks === null), {
    path: ['jwksUri'],
    error: "give either the address of the transmitter's keys or the keys themselves",
  })
  .refine((input) => input.pollToken === null || input.pollClient === null, {
    path: ['pollToken'],
    error: 'give either a token or a client that fetches one',
  })
  .refine((input) => input.delivery === 'push' || (input.pollToken ?? input.pollClient), {
    path: ['pollToken'],
    error: 'polling needs a token or a client that fetches one',
  });

/**
 * Makes the receiving end of a Shared Signals stream, with a provider of its own so that its events are told apart.
 * @returns the address to give to the transmitter, and the Authorization header, shown once
 */
export const createReceiver = defineCommand({
  action: 'ssf_receiver_created',
  permission: 'providers:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: createReceiverInput,
  async run({ tx, actor, input }) {
    const { tenantId } = actor;
    const taken = await tx.provider.findUnique({ where: { tenantId_slug: { tenantId, slug: input.slug } } });
    if (taken) throw new Refusal('conflict', `There is already a provider "${input.slug}". Choose another short name.`);
    const providerId = newId();
    // Random, not time-ordered: this id is the address that anybody may call.
    const id = randomUUID();
    const access = accessText({ token: input.pollToken, client: input.pollClient });
    const authorization = input.authorization ? `Bearer ${newSecret()}` : null;
    await tx.provider.create({
      data: {
        tenantId,
        id: providerId,
        slug: input.slug,
        kind: 'ssf',
        name: input.name,
        issuer: input.issuer,
        ...(input.allowance ? { httpAllowance: input.allowance } : {}),
      },
    });
    await tx.ssfReceiver.create({
      data: {
        tenantId,
        id,
        providerId,
        issuer: input.issuer,
        audience: audienceOf(input),
        jwksUri: input.jwksUri,
        ...(input.jwks ? { jwks: input.jwks as JsonObject } : {}),
        algorithms: input.algorithms,
        authorizationHash: authorization === null ? null : new Uint8Array(sha256(authorization)),
        delivery: input.delivery,
        pollUrl: input.pollUrl,
        pollSecret: access === null ? null : sealForInlet(tenantId, id, access),
        streamId: input.streamId,
        criticalMembers: input.criticalMembers,
        subjectsMax: input.subjectsMax,
        windowMinutes: input.windowMinutes,
        nextPollAt: input.delivery === 'poll' ? new Date(0) : null,
      },
    });
    return {
      result: {
        id,
        providerId,
        address: `${readEnv().GATEHOUSE_URL}/api/v1/ssf/receivers/${id}`,
        audience: audienceOf(input),
        authorization,
      },
      audit: {
        target: { type: 'ssf_receiver', id },
        detail: { name: input.name, issuer: input.issuer, delivery: input.delivery, subjects_max: input.subjectsMax },
      },
    };
  },
});

function audienceOf(input: z.output<typeof createReceiverInput>): string {
  return input.audience ?? readEnv().GATEHOUSE_URL;
}

const switchInput = z.strictObject({ id: z.uuid(), enabled: z.boolean() });

/** Opens or closes the stream's door. A closed one answers 404 and is not polled. */
export const switchReceiver = defineCommand({
  action: 'ssf_receiver_switched',
  permission: 'providers:manage',
  input: switchInput,
  async run({ tx, actor, input }) {
    const changed = await tx.ssfReceiver.updateMany({
      where: { tenantId: actor.tenantId, id: input.id, enabled: !input.enabled },
      data: { enabled: input.enabled },
    });
    if (changed.count === 0)
      throw new Refusal('conflict', 'There is no such stream, or it is already as asked. Nothing was changed.');
    return {
      result: { id: input.id },
      audit: { target: { type: 'ssf_receiver', id: input.id }, detail: { enabled: input.enabled } },
    };
  },
});
