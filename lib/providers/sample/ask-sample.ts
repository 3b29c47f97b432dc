import type { z } from 'zod';
import { type HttpAnswer, type HttpRequest, requireStatus, sharedHttpClient } from '#lib/kernel/http/http-client.ts';
import { OutboundCallFailed } from '#lib/kernel/http/outbound-call-failed.ts';
import { type Connection, ProviderCallFailed } from '#lib/providers/definition.ts';

/**
 * One call of the sample provider's management interface; also what key rotation and recovery use for theirs.
 * @throws ProviderCallFailed with a status that is not wanted, or without an answer
 */
export async function askSample(
  connection: Connection,
  request: {
    method: HttpRequest['method'];
    path: string;
    signal: AbortSignal;
    wanted: readonly number[];
    body?: unknown;
  },
): Promise<HttpAnswer> {
  const url = new URL(connection.baseUrl + request.path);
  const http = sharedHttpClient({ allowance: connection.allowance, origins: [new URL(connection.baseUrl).origin] });
  try {
    const answer = await http.call({
      method: request.method,
      url,
      headers: { authorization: `Bearer ${connection.secret}` },
      ...(request.body === undefined ? {} : { body: { json: request.body } }),
      signal: request.signal,
    });
    return requireStatus(request, answer, request.wanted);
  } catch (error) {
    throw asProviderFailure(error);
  }
}

/** The answer in the shape it must have. @throws ProviderCallFailed */
export function readAnswer<Shape extends z.ZodType>(answer: HttpAnswer, shape: Shape): z.output<Shape> {
  const parsed = shape.safeParse(readJson(answer));
  if (parsed.success) return parsed.data;
  throw new ProviderCallFailed('The provider answered in a form that Gatehouse does not know.', {
    ambiguous: true,
    retryable: false,
    status: answer.status,
  });
}

function readJson(answer: HttpAnswer): unknown {
  try {
    return answer.json();
  } catch (error) {
    throw asProviderFailure(error);
  }
}

function asProviderFailure(error: unknown): unknown {
  if (!(error instanceof OutboundCallFailed)) return error;
  const { ambiguous, retryable, status } = error;
  const words =
    status === 401 || status === 403
      ? 'The provider did not accept the credentials of this connection.'
      : error.message;
  return new ProviderCallFailed(words, { ambiguous, retryable, status });
}
