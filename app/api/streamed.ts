/** Pieces of text as the body of an answer: the next is made when the reader takes it, and no more once the reader is gone. */
export function streamed(pieces: AsyncGenerator<string, void, undefined>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await pieces.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await pieces.return();
    },
  });
}

/**
 * A file to keep, streamed while it is made. Its first piece is read here, so that a refusal is an answer of its own and not a
 * broken download.
 */
export async function streamedFile(
  pieces: AsyncGenerator<string, void, undefined>,
  file: { name: string; contentType: string },
): Promise<Response> {
  const first = await pieces.next();
  async function* whole() {
    if (!first.done) yield first.value;
    yield* pieces;
  }
  return new Response(streamed(whole()), {
    headers: {
      'Content-Type': file.contentType,
      'Content-Disposition': `attachment; filename="${file.name}"`,
      'Cache-Control': 'no-store',
    },
  });
}
