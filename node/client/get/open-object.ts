import { StowError } from '../../core/errors.ts';
import { openEnvelope, type EnvelopeContent } from '../../pipeline/header/envelope.ts';
import { envelopeAad, type ShardHeader } from '../../pipeline/header/header-unit.ts';
import { readHeader } from '../../transfer/read/read-header.ts';
import type { ReaderPool } from '../../transfer/read/reader-pool.ts';
import type { VerifiedReader } from '../../transfer/read/verified-reader.ts';

/** An object as its own shards describe it. */
export interface OpenedObject {
  header: ShardHeader;
  content: EnvelopeContent;
}

export interface OpenInit {
  objectKey: Uint8Array;
  /** The owner's raw X25519 private key. */
  privateKey: Uint8Array;
  signal: AbortSignal;
}

/**
 * Reads the header of any shard and opens its envelope. A shard whose header does not fit is given up for another.
 * @returns undefined when no shard's header could be read
 * @throws StowError `envelope-closed` when the wallet is not the one that stored it, `header-version`
 */
export async function openObject(
  pool: ReaderPool,
  init: OpenInit,
): Promise<(OpenedObject & { reader: VerifiedReader }) | undefined> {
  for (let reader = await pool.next(); reader !== undefined; reader = await pool.next()) {
    try {
      const header = await readHeader(reader, init);
      const content = await openEnvelope(init.privateKey, header.envelope, envelopeAad(header));
      return { header, content, reader };
    } catch (error) {
      init.signal.throwIfAborted();
      pool.fail(reader.holder, error);
      // Another shard's header is sealed for the same wallet and of the same version.
      if (error instanceof StowError && (error.code === 'envelope-closed' || error.code === 'header-version'))
        throw error;
    }
  }
  return undefined;
}
