import { resolve } from 'node:path';

import { newObjectSecret } from '../../../pipeline/encrypt/frame-key.ts';
import { openEnvelope, sealEnvelope, type EnvelopeContent } from '../../../pipeline/header/envelope.ts';
import { envelopeAad } from '../../../pipeline/header/header-unit.ts';
import type { PutSource } from '../source.ts';
import { sourceChanged } from '../source-errors.ts';
import type { PutRecord } from './put-record.ts';
import type { PutJournal, UnfinishedPuts } from './unfinished-puts.ts';

/** What the secret of an unfinished put is bound to. */
interface SealedFor {
  objectKey: Uint8Array;
  k: number;
  n: number;
  maxBytes: number;
}

/** What a put is to become, beyond what its source says. */
type Beginning = Pick<PutRecord, 'objectKey' | 'name' | 'k' | 'n' | 'spares' | 'periods' | 'units' | 'bid'> & {
  /** Where the source is, as the user gave it. */
  path: string | undefined;
};

/** Puts a new put on disk, with a secret of its own that only its owner's later processes can open. @throws StowError `put-state-unusable` */
export async function beginPut(
  unfinished: UnfinishedPuts,
  owner: { publicKey: Uint8Array },
  source: PutSource,
  { path: given, ...beginning }: Beginning,
): Promise<{ journal: PutJournal; content: EnvelopeContent }> {
  const { kind, mode, mtimeMs: mtime, maxBytes, exact, label } = source;
  const content = { secret: newObjectSecret(), name: beginning.name, kind, mode, mtime };
  const sealed = await sealEnvelope(owner.publicKey, content, sealedAad({ ...beginning, maxBytes }));
  const path = placeOf(source, given);
  const journal = await unfinished.begin({
    ...beginning,
    kind,
    source: { ...(path === undefined ? {} : { path }), label, maxBytes, exact },
    sealed,
    places: [],
    signed: [],
  });
  return { journal, content };
}

/**
 * The secret and description of a put that is gone on with. The source is looked at cheaply, before its first byte; the digests of what
 * was enciphered decide.
 * @throws StowError `source-changed`; `envelope-*` when it was sealed for another wallet, or for another put
 */
export async function openContent(
  owner: { privateKey: Uint8Array },
  { record }: Pick<PutJournal, 'record'>,
  source: PutSource,
): Promise<EnvelopeContent> {
  const { objectKey, k, n, sealed, kind, source: past } = record;
  const isSame = source.kind === kind && source.exact === past.exact && source.maxBytes === past.maxBytes;
  if (!isSame) {
    throw sourceChanged(
      source.label,
      `it had ${past.maxBytes} bytes when the put began, and has ${source.maxBytes} now`,
    );
  }
  return openEnvelope(owner.privateKey, sealed, sealedAad({ objectKey, k, n, maxBytes: past.maxBytes }));
}

/** Removes what earlier puts left of a source that is stored now; not what may have a bid on chain, which only its record finds again. */
export async function forgetSame(
  unfinished: UnfinishedPuts,
  source: PutSource,
  { name, path }: { name: string; path: string | undefined },
): Promise<void> {
  const place = placeOf(source, path);
  await unfinished.clean((past) => past.name === name && past.source.path === place && past.bid?.isPosting !== true);
}

/** Where the bytes of a put come from, as far as they can be found there again. */
function placeOf(source: PutSource, path: string | undefined): string | undefined {
  return source.rereadable && path !== undefined ? resolve(path) : undefined;
}

function sealedAad({ objectKey, k, n, maxBytes }: SealedFor): Uint8Array {
  return envelopeAad({ objectKey, k, n, plainBytes: maxBytes });
}
