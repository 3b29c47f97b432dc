import { z } from 'zod';
import type { RouteDefinition } from '#app/api/route-definition.ts';

type Json = Record<string, unknown>;

const refusals: Record<number, string> = {
  400: 'The request cannot be read.',
  401: 'Nobody is signed in, or the token is not valid.',
  403: 'The permission or scope is missing, or a fresh passkey is asked for (`step_up_required`).',
  404: 'There is nothing by that id in this tenant.',
  409: 'Somebody or something was faster; reload and look again.',
  413: 'Too large; nothing of it was stored.',
  415: 'Not a content type this route reads.',
  422: 'Some fields are not right; `problems` names them.',
  429: 'Too many requests; wait as `Retry-After` says.',
  503: 'Under pressure or without its database; send it again after `Retry-After`.',
};

/** The OpenAPI 3.1 description of these routes. Shapes come from the zod schemas that check the requests (JSON Schema 2020-12). */
export function openApi(definitions: readonly RouteDefinition[], server: string): Json {
  const paths: Record<string, Json> = {};
  for (const definition of definitions.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const path = definition.path.slice('/api/v1'.length);
    paths[path] = { ...paths[path], [definition.method.toLowerCase()]: operation(definition) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Gatehouse', version: '1', description: 'A token can propose; only people approve.' },
    servers: [{ url: `${server}/api/v1` }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A service token: gatehouse token create. One that is bound to a key takes the scheme DPoP and a proof (RFC 9449).',
        },
        desk: { type: 'apiKey', in: 'cookie', name: '__Host-gatehouse-session' },
      },
      responses: Object.fromEntries(
        Object.entries(refusals).map(([status, description]) => [
          `Refusal${status}`,
          { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } } },
        ]),
      ),
      schemas: {
        Refusal: schemaOf(
          z.object({
            error: z.string(),
            message: z.string(),
            problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
            /** The page of the desk where what was wanted can be done. */
            see: z.object({ label: z.string(), path: z.string() }).optional(),
          }),
        ),
      },
    },
  };
}

function operation(definition: RouteDefinition): Json {
  const { permission, params, query, body, stream, answers } = definition;
  const open = permission === 'public' || permission === 'own-proof';
  const content = body
    ? { 'application/json': { schema: schemaOf(body) } }
    : Object.fromEntries((stream?.contentTypes ?? []).map((type) => [type, {}]));
  return {
    operationId: `${definition.method.toLowerCase()}${definition.path
      .slice('/api/v1'.length)
      .replace(/[^A-Za-z0-9]+(\w?)/g, (_all, first: string) => first.toUpperCase())}`,
    tags: [definition.tag],
    summary: definition.summary,
    ...(open ? { security: [] } : { 'x-permission': permission, security: securityOf(permission) }),
    ...(definition.stepUp ? { 'x-step-up': true } : {}),
    parameters: [
      ...parametersOf(params, 'path'),
      ...parametersOf(query, 'query'),
      ...(definition.idempotent ? [idempotencyKey] : []),
    ],
    ...(body || stream
      ? { requestBody: { required: true, ...(stream ? { description: stream.description } : {}), content } }
      : {}),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)])),
      ...Object.fromEntries(
        refusalsOf(definition)
          .filter((status) => !(status in answers))
          .map((status) => [status, { $ref: `#/components/responses/Refusal${status}` }]),
      ),
    },
  };
}

const idempotencyKey: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key and body get the same answer; 409 while the first is in flight, 422 for another body.',
  schema: { type: 'string', minLength: 8, maxLength: 200 },
};

function answerOf(answer: RouteDefinition['answers'][number]): Json {
  const { description, body, contentType } = answer;
  if (!body && !contentType) return { description };
  return { description, content: { [contentType ?? 'application/json']: body ? { schema: schemaOf(body) } : {} } };
}

function securityOf(permission: string): Json[] {
  return permission === 'operator' ? [{ desk: [] }] : [{ token: [permission] }, { desk: [] }];
}

function refusalsOf({ method, permission, params, query, body, stream }: RouteDefinition): number[] {
  return [
    ...(query || body || stream ? [400] : []),
    ...(permission === 'public' || permission === 'own-proof' ? [] : [401]),
    403,
    ...(params ? [404] : []),
    ...(method === 'GET' ? [] : [409]),
    ...(body || stream ? [413, 415] : []),
    ...(body ? [422] : []),
    429,
    503,
  ];
}

function parametersOf(shape: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!shape) return [];
  const { properties = {}, required = [] } = schemaOf(shape) as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema,
  }));
}

function schemaOf(shape: z.ZodType): Json {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' });
  return schema;
}
