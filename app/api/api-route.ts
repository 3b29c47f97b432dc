import { z } from 'zod';
import { answer } from '#app/api/answer.ts';
import { answerOnce } from '#app/api/answer-once.ts';
import { bodyBytesMaxDefault, readJsonBody, refuseUnstorable } from '#app/api/read-json-body.ts';
import type { Access, RouteContext, RouteDefinition, RouteFunction, RouteHandler } from '#app/api/route-definition.ts';
import { mayReadAddresses, searchedBy, withoutAddresses } from '#lib/kernel/addresses.ts';
import { requirePermission, requireStepUp } from '#lib/kernel/command.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { declareMethod } from '#lib/kernel/declared-methods.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { authenticateCaller, type Caller } from '#lib/staff/authenticate-caller.ts';
import { admitStranger } from '#lib/staff/public-door.ts';
import { requireSameOrigin } from '#lib/staff/same-origin.ts';

/** Path parameters of most routes: one id. An id that is none gets the answer of an unknown one. */
export const idParams = z.strictObject({ id: z.uuid() });

/**
 * Declares a route under /api/v1; the only way to make one (a test holds that). What it does, in this order:
 * who calls → may they (a refusal is audited) → parse path, query and body within limits → a fresh passkey where asked →
 * the handler → errors become answers.
 * The handler never sees a caller without the permission, nor input that the declared shapes do not take.
 */
export function route<
  const A extends Access,
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
>(definition: RouteDefinition<A, Params, Query, Body>) {
  declareMethod(definition.path, definition.method);
  return (handle: (context: RouteContext<A, Params, Query, Body>) => Promise<Response>): RouteHandler => {
    const handler: RouteFunction = (request, context) =>
      answer(async () => {
        const whole = pool(definition.pool ?? 'desk');
        const caller = await admit(whole, request, definition);
        // What only takes things in searches nothing.
        const database = caller && !definition.stream ? searchedBy(whole, caller.actor) : whole;
        const params = definition.params
          ? definition.params.safeParse(await context?.params)
          : { success: true, data: undefined };
        if (!params.success) throw new Refusal('not_found', 'There is nothing at this address.');
        const query = readQuery(request, definition.query) as z.output<Query>;
        const body = (await readBody(request, definition)) as z.output<Body>;
        // Tokens have no passkey; what they may do without one is the command's to say.
        if (definition.stepUp && caller?.actor.type === 'operator')
          await requireStepUp(database, caller.actor, `${definition.method} ${definition.path}`);
        const make = (repeatId: string | null) =>
          handle({
            request,
            database,
            actor: (caller?.actor ?? null) as RouteContext<A, Params, Query, Body>['actor'],
            session: caller?.session ?? null,
            tokenProvider: caller?.tokenProvider ?? null,
            repeatId,
            params: params.data as z.output<Params>,
            query,
            body,
          });
        const response =
          definition.idempotent && caller
            ? await answerOnce({ request, database, actor: caller.actor, body }, make)
            : await make(null);
        if (!response.headers.has('cache-control')) response.headers.set('Cache-Control', 'no-store');
        // What is about oneself is one's own to see.
        const isOwn = definition.path.startsWith('/api/v1/me/');
        return !caller || isOwn || mayReadAddresses(caller.actor) ? response : withoutAddresses(response);
      });
    return Object.assign(handler, { definition: definition as unknown as RouteDefinition });
  };
}

async function admit(
  database: Database,
  request: Request,
  definition: Pick<RouteDefinition, 'permission' | 'background' | 'stepUp'>,
): Promise<Caller | null> {
  const { permission, background, stepUp } = definition;
  if (permission === 'own-proof') return null;
  if (permission === 'public') {
    if (request.method === 'GET' || request.method === 'HEAD') return null;
    requireSameOrigin(request);
    await admitStranger(database, request);
    return null;
  }
  // A page that looks by itself says so; then it keeps no session alive.
  const looksByItself = request.headers.get('x-gatehouse-background') === '1';
  const caller = await authenticateCaller(database, request, { background: (background ?? false) || looksByItself });
  const attempted = `${request.method} ${new URL(request.url).pathname}`.slice(0, 200);
  if (permission !== 'operator') {
    await requirePermission(database, caller.actor, permission, attempted);
  } else if (caller.actor.type !== 'operator')
    throw new Refusal('forbidden', 'This is for people who signed in at the desk; a token cannot do it.');
  if (stepUp) await requireStepUp(database, caller.actor, attempted);
  return caller;
}

function readQuery(request: Request, shape: z.ZodType | undefined): unknown {
  if (!shape) return undefined;
  const params = new URL(request.url).searchParams;
  const given = Object.fromEntries(params);
  refuseUnstorable(given);
  const parsed = shape.safeParse(given);
  // Of two values one would silently not count.
  const twice = Object.keys(given).filter((name) => params.getAll(name).length > 1);
  if (parsed.success && twice.length === 0) return parsed.data;
  throw new Refusal('bad_request', 'A filter or parameter in the address is not right. Correct it or take it away.', {
    problems: [
      ...(parsed.error ? problemsOf(parsed.error) : []),
      ...twice.map((path) => ({ path, message: 'given more than once; write several values with commas' })),
    ],
  });
}

async function readBody(request: Request, definition: RouteDefinition<Access, z.ZodType, z.ZodType, z.ZodType>) {
  const { body: shape, stream } = definition;
  if (stream && Number(request.headers.get('content-length') ?? 0) > stream.bytesMax)
    throw new Refusal('too_large', `At most ${stream.bytesMax} bytes a request. Nothing was stored.`);
  if (!shape) return undefined;
  const parsed = shape.safeParse(await readJsonBody(request, definition.bodyBytesMax ?? bodyBytesMaxDefault));
  if (parsed.success) return parsed.data;
  throw new Refusal('invalid_input', 'Some fields are not right. Nothing was changed.', {
    problems: problemsOf(parsed.error),
  });
}

function problemsOf(error: z.ZodError): { path: string; message: string }[] {
  return error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
}
