import { assert } from '../core/assert.ts';
import { equal, toHex } from '../core/bytes.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import { DIGEST_BYTES, UNIT_BYTES } from '../core/units.ts';
import { unitRoot } from '../pipeline/merkle/unit-tree.ts';
import { verifyUnitRoots } from '../proofs/verify.ts';
import { addressText } from './bulk-address.ts';
import type { BulkClient, BulkOptions, BulkPeer } from './bulk-client.ts';

export interface VerifiedReaderInit {
  client: Pick<BulkClient, 'readUnits' | 'unitRoots'>;
  peer: BulkPeer;
  /** Shard root and units as the agreement on chain states them. */
  root: Uint8Array;
  units: number;
  /** Value of the `authorization` header. */
  ticket?: string | undefined;
}

/** Reads one shard from one provider. Whatever it yields is what the root commits to. */
export class VerifiedReader {
  readonly #init: VerifiedReaderInit;
  #unitRoots: Uint8Array | undefined;

  constructor(init: VerifiedReaderInit) {
    this.#init = init;
  }

  /**
   * Units `from` to `from + count - 1` in order, each 65,536 bytes and checked before it is handed out. The unit roots are
   * fetched and checked once, before the first.
   * @throws StowError `transfer-wrong-roots`, `transfer-wrong-bytes` (integrity, naming provider and unit) and those of
   *   `BulkClient`
   */
  async *read(from: number, count: number, options: BulkOptions = {}): AsyncGenerator<Uint8Array> {
    const { client, peer, root, units, ticket } = this.#init;
    assert(from >= 0 && count > 0 && from + count <= units, `units ${from} + ${count} of ${units}`);
    const roots = await this.#roots(options);
    let unit = from;
    for await (const block of client.readUnits(peer, root, from, count, { ...options, ticket })) {
      for (let at = 0; at < block.byteLength; at += UNIT_BYTES) {
        const bytes = block.subarray(at, at + UNIT_BYTES);
        const expected = roots.subarray(unit * DIGEST_BYTES, (unit + 1) * DIGEST_BYTES);
        if (!equal(unitRoot(bytes), expected)) throw wrongBytes(this.#init, unit);
        unit++;
        yield bytes;
      }
    }
  }

  async #roots(options: BulkOptions): Promise<Uint8Array> {
    if (this.#unitRoots !== undefined) return this.#unitRoots;
    const { client, peer, root, units, ticket } = this.#init;
    const unitRoots = await client.unitRoots(peer, root, units, { ...options, ticket });
    if (!verifyUnitRoots({ root, units, unitRoots }).ok) throw wrongRoots(this.#init);
    this.#unitRoots = unitRoots;
    return unitRoots;
  }
}

function wrongBytes(init: VerifiedReaderInit, unit: number): StowError {
  return new StowError({
    code: 'transfer-wrong-bytes',
    message: `${who(init.peer)} sent wrong bytes for unit ${unit} of shard ${toHex(init.root)}`,
    hint: 'read this shard from another holder; any k shards rebuild the object',
    exitCode: ExitCode.integrity,
  });
}

function wrongRoots(init: VerifiedReaderInit): StowError {
  return new StowError({
    code: 'transfer-wrong-roots',
    message: `${who(init.peer)} sent unit roots that do not belong to shard ${toHex(init.root)}`,
    hint: 'read this shard from another holder; any k shards rebuild the object',
    exitCode: ExitCode.integrity,
  });
}

function who({ peerId, address }: BulkPeer): string {
  return `provider ${peerId.toString()} at ${addressText(address)}`;
}
