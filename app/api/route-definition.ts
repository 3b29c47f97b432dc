import type { z } from 'zod';
import type { Actor } from '#lib/kernel/actor.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import type { PoolName } from '#lib/kernel/db/pools.ts';
import type { Permission } from '#lib/model/permissions.ts';
import type { DeskSession } from '#lib/staff/desk-sessions.ts';

/**
 * Who may call: the holder of a permission; `operator`, any signed-in operator about themselves (no token); `public`, anybody
 * from our own pages; `own-proof`, a machine whose proof (a signed token in the body) the handler itself checks.
 */
export type Access = Permission | 'operator' | 'public' | 'own-proof';

/** An answer of a route: its meaning, and the shape of its JSON or another content type. */
export type Answer = { description: string; body?: z.ZodType; contentType?: string };

/** What a route declares of itself. The checks, the OpenAPI description and the refusal crawler all read this one thing. */
export type RouteDefinition<
  A extends Access = Access,
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
> = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As OpenAPI writes it: `/api/v1/sessions/{id}/revocation`. */
  path: `/api/v1/${string}`;
  summary: string;
  tag: string;
  permission: A;
  /** Asks for a passkey used within the last five minutes; the command behind it holds that too. */
  stepUp?: true;
  /** Takes an Idempotency-Key. Never for an answer that holds a secret: answers are kept. */
  idempotent?: true;
  /** Polling and streams: keeps no session alive. */
  background?: true;
  params?: Params;
  query?: Query;
  /** JSON, `application/json` only. What the command takes, without what stands in the path. */
  body?: Body;
  bodyBytesMax?: number;
  /** Instead of `body`: the handler reads the request's stream itself, within this limit. */
  stream?: { contentTypes: readonly string[]; bytesMax: number; description: string };
  pool?: PoolName;
  answers: Readonly<Record<number, Answer>>;
};

/** What a handler gets: the proven caller and the parsed input. Nothing it needs has to be read from the request again. */
export type RouteContext<
  A extends Access,
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
> = {
  request: Request;
  database: Database;
  actor: A extends 'public' | 'own-proof' ? null : Actor;
  session: DeskSession | null;
  /** The provider a token is bound to, if it is. */
  tokenProvider: string | null;
  /** With an Idempotency-Key: the id under which a repetition after a crash finds what the first call made. */
  repeatId: string | null;
  params: z.output<Params>;
  query: z.output<Query>;
  body: z.output<Body>;
};

/** What Next calls. Next gives the context; a test may leave it out where the path has no parameters. */
export type RouteFunction = (
  request: Request,
  context?: { params: Promise<Record<string, string | string[] | undefined>> },
) => Promise<Response>;

/** A route's function with its declaration at hand. */
export type RouteHandler = RouteFunction & { readonly definition: RouteDefinition };
