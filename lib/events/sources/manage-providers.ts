import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { defineCommand } from '#lib/kernel/command.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { httpAllowanceSchema } from '#lib/kernel/http/address-guard.ts';
import { newId, newSecret, sha256 } from '#lib/kernel/ids.ts';
import { saveConnection } from '#lib/providers/connection.ts';
import type { ProviderDefinition } from '#lib/providers/definition.ts';
import { findProvider, providers } from '#lib/providers/registry.ts';

/** Kinds an administrator can add by hand. A Shared Signals stream has a command of its own. */
export const addableKinds = providers.map(({ kind }) => kind).filter((kind) => kind !== 'ssf');

/** Adds a provider, so that its records have an address before the first one comes. */
export const createProvider = defineCommand({
  action: 'provider_created',
  permission: 'providers:manage',
  input: z.strictObject({
    kind: z.enum(addableKinds as [string, ...string[]], { error: `expected one of: ${addableKinds.join(', ')}` }),
    name: z.string().trim().min(1).max(100),
    slug: z
      .string()
      .trim()
      .regex(/^[a-z][a-z0-9-]{1,40}$/, 'expected small letters, digits and dashes'),
    issuer: z.string().trim().max(500).optional(),
  }),
  async run({ tx, actor, input }) {
    const { tenantId } = actor;
    const taken = await tx.provider.findUnique({ where: { tenantId_slug: { tenantId, slug: input.slug } } });
    if (taken) throw new Refusal('conflict', `There is already a provider "${input.slug}". Choose another short name.`);
    const id = newId();
    const issuer = input.issuer || `urn:gatehouse:provider:${input.slug}`;
    await tx.provider.create({ data: { tenantId, id, slug: input.slug, kind: input.kind, name: input.name, issuer } });
    return {
      result: { id },
      audit: { target: { type: 'provider', id }, detail: { slug: input.slug, kind: input.kind, issuer } },
    };
  },
});

const connectInput = z.strictObject({
  id: z.uuid(),
  baseUrl: z.url({ protocol: /^https?$/, error: 'expected an address such as https://id.example.org' }).max(500),
  /** The fields the provider asks for; left out: the secrets kept so far stay. */
  secret: z.record(z.string().max(60), z.string().max(20_000)).optional(),
  logs: z.array(z.string().max(60)).max(20).default([]),
  /** What this one provider may be called at beyond public addresses over https. */
  allowance: httpAllowanceSchema.optional(),
});

/** Stores how to reach a provider, its secrets wrapped, and which of its logs to pull. Secrets go in and never come out again. */
export const connectProvider = defineCommand({
  action: 'provider_connected',
  permission: 'providers:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: connectInput,
  async run({ tx, actor, input }) {
    const { tenantId } = actor;
    const row = await tx.provider.findUnique({ where: { tenantId_id: { tenantId, id: input.id } } });
    const definition = row ? findProvider(row.kind) : undefined;
    if (!row || !definition) throw new Refusal('not_found', 'There is no such provider.');
    if (input.secret) {
      requireGoodAddress(input.baseUrl, input.allowance?.plainHttp ?? false);
      const secret = secretText(definition, input.secret);
      await saveConnection(tx, {
        tenantId,
        providerId: input.id,
        baseUrl: input.baseUrl,
        secret,
        ...(input.allowance ? { allowance: input.allowance } : {}),
      });
    } else {
      // An address changed under kept secrets would send them to wherever somebody points it.
      if (row.baseUrl !== input.baseUrl || input.allowance)
        throw new Refusal('invalid_input', 'To change the address, give the secrets again. Nothing was changed.', {
          problems: [{ path: 'secret', message: 'needed when the address changes' }],
        });
    }
    await setLogs(tx, tenantId, input.id, definition, input.logs);
    return {
      result: { id: input.id },
      audit: {
        target: { type: 'provider', id: input.id },
        detail: {
          address: new URL(input.baseUrl).origin,
          secrets_changed: input.secret !== undefined,
          logs: input.logs,
        },
      },
    };
  },
});

function requireGoodAddress(address: string, plainHttp: boolean): void {
  const url = new URL(address);
  const problem =
    url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== ''
      ? 'must hold no credentials, query or fragment'
      : url.protocol === 'http:' && !plainHttp
        ? 'must begin with https://'
        : null;
  if (problem)
    throw new Refusal('invalid_input', 'The address is not right. Nothing was changed.', {
      problems: [{ path: 'baseUrl', message: problem }],
    });
}

/** The secret as one text: a lone `token` as it is, several fields as JSON. @throws Refusal `invalid_input` naming what is missing */
function secretText(definition: ProviderDefinition, given: Record<string, string>): string {
  const fields = definition.connection?.fields ?? [{ name: 'token', label: 'Token' }];
  const missing = fields.filter(({ name, optional }) => !optional && (given[name] ?? '').trim() === '');
  const stray = Object.keys(given).filter((name) => !fields.some((field) => field.name === name));
  if (missing.length > 0 || stray.length > 0) {
    throw new Refusal('invalid_input', 'Some fields of the connection are not right. Nothing was changed.', {
      problems: [
        ...missing.map(({ name, label }) => ({ path: `secret.${name}`, message: `${label} is needed` })),
        ...stray.map((name) => ({ path: `secret.${name}`, message: 'is not a field of this provider' })),
      ],
    });
  }
  const [only, ...more] = fields;
  if (only?.name === 'token' && more.length === 0) return (given.token ?? '').trim();
  return JSON.stringify(Object.fromEntries(Object.entries(given).filter(([, value]) => value.trim() !== '')));
}

async function setLogs(
  tx: Tx,
  tenantId: string,
  providerId: string,
  definition: ProviderDefinition,
  logs: readonly string[],
): Promise<void> {
  const known = (definition.pulls ?? []).map(({ log }) => log);
  const stray = logs.filter((log) => !known.includes(log));
  if (stray.length > 0)
    throw new Refusal('invalid_input', `${definition.name} has no log "${stray[0]}". Nothing was changed.`, {
      problems: [{ path: 'logs', message: `expected some of: ${known.join(', ') || 'none'}` }],
    });
  await tx.providerPull.updateMany({ where: { tenantId, providerId }, data: { enabled: false } });
  for (const log of new Set(logs)) {
    await tx.$executeRaw`
      INSERT INTO provider_pulls (tenant_id, id, provider_id, log) VALUES (${tenantId}::uuid, ${newId()}::uuid, ${providerId}::uuid, ${log})
      ON CONFLICT (tenant_id, provider_id, log) DO UPDATE SET enabled = true, failures = 0, next_at = clock_timestamp()`;
  }
}

/** Forgets how to reach a provider: the secrets are gone, nothing is pulled any more. What came so far stays. */
export const disconnectProvider = defineCommand({
  action: 'provider_disconnected',
  permission: 'providers:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({ id: z.uuid() }),
  async run({ tx, actor, input }) {
    const { tenantId } = actor;
    const changed = await tx.provider.updateMany({
      where: { tenantId, id: input.id, secret: { not: null } },
      data: { secret: null, baseUrl: null },
    });
    if (changed.count === 0) throw new Refusal('conflict', 'This provider is not connected. Nothing was changed.');
    await tx.providerPull.updateMany({ where: { tenantId, providerId: input.id }, data: { enabled: false } });
    return { result: { id: input.id }, audit: { target: { type: 'provider', id: input.id } } };
  },
});

/** Looks at a log again at once, or stops looking. */
export const steerPull = defineCommand({
  action: 'provider_pull_steered',
  permission: 'providers:manage',
  input: z.strictObject({ id: z.uuid(), act: z.enum(['now', 'stop', 'start']) }),
  async run({ tx, actor, input }) {
    const { tenantId } = actor;
    const changed =
      input.act === 'now'
        ? await tx.$executeRaw`UPDATE provider_pulls SET next_at = clock_timestamp() WHERE tenant_id = ${tenantId}::uuid AND id = ${input.id}::uuid AND enabled`
        : await tx.$executeRaw`UPDATE provider_pulls SET enabled = ${input.act === 'start'}, failures = 0, next_at = clock_timestamp()
            WHERE tenant_id = ${tenantId}::uuid AND id = ${input.id}::uuid AND enabled = ${input.act === 'stop'}`;
    if (changed === 0)
      throw new Refusal('conflict', 'There is no such log, or it is already as asked. Nothing was changed.');
    return {
      result: { id: input.id },
      audit: { target: { type: 'provider_pull', id: input.id }, detail: { act: input.act } },
    };
  },
});

const hookKinds: Readonly<Record<string, 'okta-event-hook' | 'auth0-log-stream'>> = {
  okta: 'okta-event-hook',
  auth0: 'auth0-log-stream',
};

/** Opens a door for the provider's own push. @returns the address and the Authorization value, shown once */
export const createHook = defineCommand({
  action: 'provider_hook_created',
  permission: 'providers:manage',
  stepUp: true,
  withoutPerson: ['system'],
  input: z.strictObject({ id: z.uuid() }),
  async run({ tx, actor, input }) {
    const { tenantId } = actor;
    const provider = await tx.provider.findUnique({ where: { tenantId_id: { tenantId, id: input.id } } });
    const kind = provider ? hookKinds[provider.kind] : undefined;
    if (!provider || !kind) throw new Refusal('not_found', 'There is no such provider, or it has no hooks of its own.');
    const hookId = randomUUID();
    const secret = newSecret();
    await tx.providerHook.create({
      data: {
        tenantId,
        id: hookId,
        providerId: input.id,
        kind,
        secretHash: new Uint8Array(sha256(secret)),
        createdBy: actor.label,
      },
    });
    return {
      result: { id: hookId, address: `${readEnv().GATEHOUSE_URL}/api/v1/hooks/${hookId}`, authorization: secret },
      audit: { target: { type: 'provider_hook', id: hookId }, detail: { provider: provider.slug, kind } },
    };
  },
});

/** Closes a hook's door; the next delivery is refused. */
export const revokeHook = defineCommand({
  action: 'provider_hook_revoked',
  permission: 'providers:manage',
  input: z.strictObject({ id: z.uuid() }),
  async run({ tx, actor, input }) {
    const revoked = await tx.$executeRaw`
      UPDATE provider_hooks SET revoked_at = clock_timestamp() WHERE tenant_id = ${actor.tenantId}::uuid AND id = ${input.id}::uuid AND revoked_at IS NULL`;
    if (revoked === 0) throw new Refusal('not_found', 'There is no such hook any more.');
    return { result: { id: input.id }, audit: { target: { type: 'provider_hook', id: input.id } } };
  },
});
