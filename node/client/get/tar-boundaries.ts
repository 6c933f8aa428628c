import { Header, Pax } from 'tar';

const BLOCK_BYTES = 512;
/** Extended headers hold names and times; what is longer is none of ours. */
const MAX_EXTENDED_BYTES = 1_048_576;
/** Entries that describe the one after them, which therefore does not stand alone. */
const EXTENDED = new Set([
  'ExtendedHeader',
  'OldExtendedHeader',
  'NextFileHasLongPath',
  'NextFileHasLongLinkpath',
  'OldGnuLongPath',
]);

/**
 * Finds in a tar stream where entries end: between two entries it can be cut in two archives that unpack one after the other. It only
 * counts; the library that unpacks is the judge of what is in there.
 */
export class TarBoundaries {
  readonly #header = Buffer.alloc(BLOCK_BYTES);
  #headerBytes = 0;
  /** Bytes until the next header. */
  #skip = 0;
  /** Content of an extended header, as far as it has come. */
  #extended: Buffer[] | undefined;
  #extendedLeft = 0;
  #nextSize: number | undefined;
  #describesNext = false;
  #position = 0;
  #last: number;
  /** From a header on that is none, nothing is a boundary. */
  #lost = false;

  /** @param start where in the archive the first byte lies: a boundary */
  constructor(start = 0) {
    this.#position = start;
    this.#last = start;
  }

  /** Where the last entry so far begins. */
  get last(): number {
    return this.#last;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.byteLength && !this.#lost;) {
      const taken = this.#skip > 0 ? this.#takeContent(bytes.subarray(at)) : this.#takeHeader(bytes.subarray(at));
      at += taken;
      this.#position += taken;
    }
  }

  #takeContent(bytes: Buffer): number {
    const taken = Math.min(this.#skip, bytes.byteLength);
    this.#skip -= taken;
    if (this.#extended !== undefined) {
      const part = bytes.subarray(0, Math.min(taken, this.#extendedLeft));
      this.#extended.push(Buffer.from(part));
      this.#extendedLeft -= part.byteLength;
      if (this.#skip === 0) {
        this.#nextSize = Pax.parse(Buffer.concat(this.#extended).toString('utf8')).size;
        this.#extended = undefined;
      }
    }
    return taken;
  }

  #takeHeader(bytes: Buffer): number {
    const taken = bytes.copy(this.#header, this.#headerBytes, 0, BLOCK_BYTES - this.#headerBytes);
    this.#headerBytes += taken;
    if (this.#headerBytes < BLOCK_BYTES) return taken;
    this.#headerBytes = 0;
    const header = new Header(this.#header, 0);
    if (!header.cksumValid) {
      // The zeros at the end of an archive, or no archive.
      this.#lost = true;
      return taken;
    }
    if (!this.#describesNext) this.#last = this.#position + taken - BLOCK_BYTES;
    this.#describesNext = EXTENDED.has(header.type);
    const size = this.#nextSize ?? header.size ?? 0;
    this.#nextSize = undefined;
    if (header.type === 'ExtendedHeader' && size > 0) {
      this.#lost = size > MAX_EXTENDED_BYTES;
      this.#extended = [];
      this.#extendedLeft = size;
    }
    this.#skip = Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
    return taken;
  }
}
