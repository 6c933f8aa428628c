import { resolve } from 'node:path';

import { openEnvelope, sealEnvelope, type EnvelopeContent } from '../../../pipeline/header/envelope.ts';
import { envelopeAad } from '../../../pipeline/header/header-unit.ts';
import type { PutSource } from '../source.ts';
import { sourceChanged } from '../source-errors.ts';
import type { PutRecord } from './put-record.ts';

/** What the secret of an unfinished put is bound to. */
interface SealedFor {
  objectKey: Uint8Array;
  k: number;
  n: number;
  maxBytes: number;
}

/** Secret and description of an object, for its owner's later processes alone. */
export async function sealContent(
  owner: { publicKey: Uint8Array },
  content: EnvelopeContent,
  put: SealedFor,
): Promise<Uint8Array> {
  return sealEnvelope(owner.publicKey, content, sealedAad(put));
}

/** @throws StowError `envelope-*` when it was sealed for another wallet, or for another put */
export async function openContent(owner: { privateKey: Uint8Array }, record: PutRecord): Promise<EnvelopeContent> {
  const { objectKey, k, n, sealed, source } = record;
  return openEnvelope(owner.privateKey, sealed, sealedAad({ objectKey, k, n, maxBytes: source.maxBytes }));
}

/** A cheap look before the first byte; the digests of what was enciphered decide. @throws StowError `source-changed` */
export function requireSameSource({ source: past, kind }: PutRecord, source: PutSource): void {
  const isSame = source.kind === kind && source.exact === past.exact && source.maxBytes === past.maxBytes;
  if (isSame) return;
  throw sourceChanged(source.label, `it had ${past.maxBytes} bytes when the put began, and has ${source.maxBytes} now`);
}

/** Where the bytes of a put come from, as far as they can be found there again. */
export function placeOf(source: PutSource, path: string | undefined): string | undefined {
  return source.rereadable && path !== undefined ? resolve(path) : undefined;
}

function sealedAad({ objectKey, k, n, maxBytes }: SealedFor): Uint8Array {
  return envelopeAad({ objectKey, k, n, plainBytes: maxBytes });
}
