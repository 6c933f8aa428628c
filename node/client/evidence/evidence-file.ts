import { z } from 'zod';

import { fromHex, to0x } from '../../core/bytes.ts';
import { formatAgreementId, parseAgreementId } from '../../market/agreement-id.ts';
import type { Evidence } from './evidence.ts';

const VERSION = 1;

const hexBytes = z
  .string()
  .regex(/^0x(?:[0-9a-f]{2})*$/)
  .transform((text) => fromHex(text));
const digest = hexBytes.refine(({ byteLength }) => byteLength === 32, '32 bytes');
const count = z.int().min(0);

const fileSchema = z.strictObject({
  version: z.literal(VERSION),
  at: z.iso.datetime().transform((text) => Date.parse(text)),
  agreement: z.string().transform((text, context) => {
    const id = parseAgreementId(text);
    if (id !== undefined) return id;
    context.addIssue('an agreement such as 3.17');
    return z.NEVER;
  }),
  provider: count,
  peerId: z.string(),
  shardIndex: count,
  shardRoot: digest,
  units: count,
  asked: z.discriminatedUnion('what', [
    z.strictObject({ what: z.literal('unit'), unit: count, unitRoot: digest, path: z.array(digest) }),
    z.strictObject({ what: z.literal('unit-roots') }),
  ]),
  receivedBytes: count,
  receivedSha256: digest,
});

/** A record as the text of its file: JSON. */
export function encodeEvidence(evidence: Evidence): string {
  return `${JSON.stringify({ version: VERSION, ...evidenceFields(evidence) }, null, 2)}\n`;
}

/** What a record says, as JSON has it: byte strings as 0x hex. */
export function evidenceFields(evidence: Evidence): Record<string, unknown> {
  const { asked, root } = evidence;
  return {
    at: new Date(evidence.atMs).toISOString(),
    agreement: formatAgreementId(evidence.agreement),
    provider: evidence.provider,
    peerId: evidence.peerId,
    shardIndex: evidence.shardIndex,
    shardRoot: to0x(root),
    units: evidence.units,
    asked:
      asked.what === 'unit'
        ? { what: asked.what, unit: asked.unit, unitRoot: to0x(asked.unitRoot), path: nodesOf(asked.path) }
        : asked,
    receivedBytes: evidence.receivedBytes,
    receivedSha256: to0x(evidence.receivedSha256),
  };
}

/** @returns undefined for what this version does not write */
export function decodeEvidence(text: string): Evidence | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { version: _version, at, shardRoot, asked, ...rest } = parsed.data;
  return {
    ...rest,
    atMs: at,
    root: shardRoot,
    asked: asked.what === 'unit' ? { ...asked, path: Buffer.concat(asked.path) } : asked,
  };
}

/** 32-byte nodes as hex, one each. */
function nodesOf(path: Uint8Array): string[] {
  return Array.from({ length: path.byteLength / 32 }, (_, i) => to0x(path.subarray(i * 32, (i + 1) * 32)));
}
