import { equal, toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { openEnvelope, type EnvelopeContent } from '../../pipeline/header/envelope.ts';
import { decodeHeaderUnit, envelopeAad, type ShardHeader } from '../../pipeline/header/header-unit.ts';
import { layoutOf } from '../../pipeline/layout.ts';
import type { ReaderPool } from './reader-pool.ts';
import type { VerifiedReader } from './verified-reader.ts';

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

async function readHeader(reader: VerifiedReader, { objectKey, signal }: OpenInit): Promise<ShardHeader> {
  const header = decodeHeaderUnit(await reader.readUnits(0, 1, { signal }));
  const { unitsPerShard } = layoutOf(header.plainBytes, header.k);
  const fits =
    equal(header.objectKey, objectKey) && header.index === reader.index && unitsPerShard === reader.holder.units;
  if (fits) return header;
  throw new StowError({
    code: 'bad-header',
    message: `shard ${reader.index} at provider ${reader.holder.provider.id} describes another object or shard (${toHex(header.objectKey)}, ${header.index})`,
    hint: 'another shard of the object is read',
    exitCode: ExitCode.integrity,
  });
}
