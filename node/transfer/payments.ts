import type { Address } from '../market/messages.ts';
import { READ_BLOCK_BYTES } from './limits.ts';

/** Who reads, as the authorizer found. */
export interface Reader {
  /** Whose ticket it is; undefined for reads without a ticket. */
  readonly wallet: Address | undefined;
  /** Never pays: whoever repairs what others lost. */
  readonly isExempt: boolean;
}

/** A read that was let in, before its first byte. */
export interface WantedRead {
  readonly root: Uint8Array;
  readonly byteLength: number;
  /** Digest of the contract that it names, 64 hex digits; undefined for one that names none. */
  readonly contract: string | undefined;
  readonly reader: Reader;
}

/** One read that is paid for as it goes. `close` it, however it ends. */
export interface PaidRead {
  /**
   * Resolves once bytes may leave: `bytes`, or fewer whole blocks, but `block` at least.
   * @throws StowError when nobody pays in time; the reason of `signal`
   */
  take(bytes: number, block: number, signal: AbortSignal): Promise<number>;
  /** The read is over, whole or not. */
  close(): void;
}

/** What reads cost, and how they are paid. Bodies are bytes whose meaning is the service's. Failures are StowErrors, told to the reader with status 402 or as they class themselves. */
export interface Payments {
  /** Resolves once the first block may leave; to undefined for a read that costs nothing. @param signal tells when the reader is gone */
  open(read: WantedRead, signal: AbortSignal): Promise<PaidRead | undefined>;
  /** What the shard costs this reader, now; of the root of no shard, what one costs that is stored now. */
  offer(root: Uint8Array, reader: Reader): Promise<Uint8Array>;
  agree(body: Uint8Array): Promise<Uint8Array>;
  pay(body: Uint8Array): Promise<Uint8Array>;
}

/** The content of a read, let go block by block as it is paid for: what the reader gets it can check, so that it can pay for it. */
export async function* paidContent(
  content: AsyncIterable<Uint8Array>,
  { byteLength, paid, signal }: { byteLength: number; paid: PaidRead; signal: AbortSignal },
): AsyncIterable<Uint8Array> {
  let left = byteLength;
  let granted = 0;
  for await (const chunk of content) {
    for (let at = 0; at < chunk.byteLength;) {
      const size = chunk.byteLength - at;
      if (granted === 0) {
        // Whole blocks, counted from the beginning of the read, as the reader gathers them.
        const most = Math.min(left, Math.ceil(size / READ_BLOCK_BYTES) * READ_BLOCK_BYTES);
        granted = await paid.take(most, Math.min(READ_BLOCK_BYTES, most), signal);
        left -= granted;
      }
      const sent = Math.min(size, granted);
      yield chunk.subarray(at, at + sent);
      at += sent;
      granted -= sent;
    }
  }
}
