import { bodyOf, readAtMost } from '#lib/events/ingest-stream.ts';
import { Refusal } from '#lib/kernel/errors.ts';

/** A form of the desk is small; a route that takes more says so. */
export const bodyBytesMaxDefault = 64 * 1024;
const depthMax = 32;

/**
 * Reads a JSON body of at most so many bytes, nested at most 32 deep, with text the database can keep (no U+0000, no lone
 * surrogate). @throws Refusal `unsupported_media`, `too_large`, `bad_request`
 */
export async function readJsonBody(request: Request, bytesMax: number): Promise<unknown> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json')
    throw new Refusal('unsupported_media', 'Send this as application/json. Nothing was changed.');
  const tooLarge = new Refusal('too_large', `The body is larger than ${bytesMax} bytes. Nothing was changed.`);
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge;
  const bytes = await readAtMost(bodyOf(request), bytesMax).catch((error: unknown) => {
    throw error instanceof Refusal && error.code === 'too_large' ? tooLarge : error;
  });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal('bad_request', 'The body is not JSON. Nothing was changed.');
  }
  refuseUnstorable(value);
  return value;
}

/** Refuses text that PostgreSQL cannot keep as it is, and nesting that nobody needs. @throws Refusal `bad_request` */
export function refuseUnstorable(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthMax)
      throw new Refusal('bad_request', `More than ${depthMax} levels of nesting are not read here.`);
    const next: unknown[] = [];
    for (const each of level) {
      if (typeof each === 'string') refuseText(each);
      else if (Array.isArray(each)) next.push(...each);
      else if (each && typeof each === 'object')
        for (const [name, inner] of Object.entries(each)) {
          refuseText(name);
          next.push(inner);
        }
    }
    level = next;
  }
}

function refuseText(text: string): void {
  if (text.includes('\0') || !text.isWellFormed())
    throw new Refusal('bad_request', 'A text holds a character that cannot be kept (U+0000 or half of a pair).');
}
