import type { Clock } from './clock.ts';
import { need } from './refusal.ts';
import { type Address, type Hex, type Undoable, ZERO_ADDRESS, copyRecords } from './types.ts';

export const MAX_ENVELOPE_BYTES = 8_192;
const NO_HASH: Hex = `0x${'00'.repeat(32)}`;

export interface Share {
  owner: Address;
  objectKey: Hex;
  reader: Address;
  until: number;
}

/** ICatalog: who published which key, and who may read what until when. */
export class Catalog implements Undoable {
  readonly #clock: Clock;
  #keys = new Map<Address, Hex>();
  #shares = new Map<string, Share>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  save(): () => void {
    const [keys, shares] = [new Map(this.#keys), copyRecords(this.#shares)];
    return () => {
      [this.#keys, this.#shares] = [keys, shares];
    };
  }

  publishKey(owner: Address, key: Hex): void {
    need(key !== NO_HASH, 'Catalog_InvalidKey');
    this.#keys.set(owner, key);
  }

  share({ owner, objectKey, reader, until }: Share, envelopeBytes: number): void {
    need(objectKey !== NO_HASH, 'Catalog_InvalidShare', 'objectKey');
    need(reader !== owner, 'Catalog_InvalidShare', 'reader');
    need(until > this.#clock.time, 'Catalog_InvalidShare', 'until');
    need(envelopeBytes !== 0, 'Catalog_InvalidShare', 'envelope');
    const fits = envelopeBytes <= MAX_ENVELOPE_BYTES;
    need(fits, 'Catalog_EnvelopeTooLong', BigInt(envelopeBytes), BigInt(MAX_ENVELOPE_BYTES));
    this.#shares.set(nameOf(owner, objectKey, reader), { owner, objectKey, reader, until });
  }

  unshare(owner: Address, objectKey: Hex, reader: Address): void {
    const known = this.#shares.delete(nameOf(owner, objectKey, reader));
    need(known, 'Catalog_NotShared', owner, objectKey, reader);
  }

  keyOf(owner: Address): Hex {
    return this.#keys.get(owner) ?? NO_HASH;
  }

  shares(): Share[] {
    return [...this.#shares.values()];
  }

  /** 0 when never. */
  sharedUntil(owner: Address, objectKey: Hex, reader: Address): number {
    return this.#shares.get(nameOf(owner, objectKey, reader))?.until ?? 0;
  }

  mayRead(owner: Address, objectKey: Hex, reader: Address): boolean {
    return [reader, ZERO_ADDRESS].some((who) => this.#clock.time < this.sharedUntil(owner, objectKey, who));
  }
}

function nameOf(owner: Address, objectKey: Hex, reader: Address): string {
  return `${owner} ${objectKey} ${reader}`;
}
