import { StowError } from '../../core/errors.ts';
import type { EnvelopeContent } from '../../pipeline/header/envelope.ts';
import type { ShardHeader } from '../../pipeline/header/header-unit.ts';
import { readHeader } from '../../transfer/read/read-header.ts';
import type { ReaderPool } from '../../transfer/read/reader-pool.ts';
import type { VerifiedReader } from '../../transfer/read/verified-reader.ts';
import type { Unseal } from './unseal.ts';

/** An object as its own shards describe it. */
export interface OpenedObject {
  header: ShardHeader;
  content: EnvelopeContent;
}

export interface OpenInit {
  objectKey: Uint8Array;
  unseal: Unseal;
  signal: AbortSignal;
}

/** Failures that another shard's header would only repeat: all are sealed for the same wallet and of the same version. */
const FINAL = new Set(['envelope-closed', 'share-mismatch', 'header-version']);

/**
 * Reads the header of any shard and opens its envelope. A shard whose header does not fit is given up for another.
 * @returns undefined when no shard's header could be read
 * @throws StowError `envelope-closed` when the wallet is not the one that stored it, `share-mismatch`, `header-version`
 */
export async function openObject(
  pool: ReaderPool,
  init: OpenInit,
): Promise<(OpenedObject & { reader: VerifiedReader }) | undefined> {
  for (let reader = await pool.next(); reader !== undefined; reader = await pool.next()) {
    try {
      const header = await readHeader(reader, init);
      const content = await init.unseal(header);
      return { header, content, reader };
    } catch (error) {
      init.signal.throwIfAborted();
      pool.fail(reader.holder, error);
      if (error instanceof StowError && FINAL.has(error.code)) throw error;
    }
  }
  return undefined;
}
