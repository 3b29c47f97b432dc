import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { ReceiptItem } from '#lib/execution/receipt-items.ts';
import { itemStates } from '#lib/model/operations.ts';

const step = z.tuple([z.number().int(), z.string(), z.enum(itemStates), z.number().int(), z.string()]);
const itemShape = z.strictObject({
  position: z.number().int().min(1),
  type: z.string(),
  id: z.string(),
  person: z.string().nullable(),
  provider: z.string().nullable(),
  reference: z.string(),
  label: z.string(),
  detail: z.string().nullable(),
  state: z.enum(itemStates),
  steps: z.array(step),
});
/** The key as we issue it, and nothing else: a file with another member in it is not the file that was issued. */
const keyShape = z.strictObject({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  kid: z.string(),
  alg: z.string(),
  use: z.literal('sig'),
  n: z.string().optional(),
  e: z.string().optional(),
  crv: z.string().optional(),
  x: z.string().optional(),
  y: z.string().optional(),
});
const tailShape = z.strictObject({
  signed: z.strictObject({ issuer: z.string(), jwksUri: z.string(), kid: z.string(), jws: z.string() }),
  jwks: z.strictObject({ keys: z.array(keyShape).max(10) }),
});
export type ReceiptTail = z.output<typeof tailShape>;

const opening = '{"type":"gatehouse-receipt","version":1,"items":[';

/**
 * Reads a receipt line by line as it was issued, handing each item on, so that its size does not matter; one that was written anew
 * by another program is read whole. @returns what follows the items
 * @throws Error in plain words for anything that is no receipt
 */
export async function readReceipt(file: string, onItem: (item: ReceiptItem) => void): Promise<ReceiptTail> {
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
  let first = true;
  for await (const line of lines) {
    if (first && line !== opening) {
      lines.close();
      return readWhole(file, onItem);
    }
    if (first || line === '') {
      first = false;
      continue;
    }
    if (line.startsWith('],')) return tailShape.parse(readJson(`{${line.slice(2)}`));
    onItem(itemShape.parse(readJson(line.endsWith(',') ? line.slice(0, -1) : line)));
  }
  throw new Error('The receipt ends before its signature: the file was cut.');
}

async function readWhole(file: string, onItem: (item: ReceiptItem) => void): Promise<ReceiptTail> {
  const shape = tailShape.extend({
    type: z.literal('gatehouse-receipt', { error: 'This file is no receipt of Gatehouse.' }),
    version: z.literal(1),
    items: z.array(itemShape),
  });
  const { items, type: _type, version: _version, ...tail } = shape.parse(readJson(await readFile(file, 'utf8')));
  for (const item of items) onItem(item);
  return tail;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('The receipt cannot be read: it is not the JSON that was issued.');
  }
}
