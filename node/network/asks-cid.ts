import { createHash } from 'node:crypto';

import { CID } from 'multiformats/cid';
import { create as createDigest } from 'multiformats/hashes/digest';

/** Multicodec `raw`. */
const RAW_CODEC = 0x55;
/** Multicodec `sha2-256`. */
const SHA2_256 = 0x12;

/** A market, as far as peers have to tell one from another. */
export interface MarketName {
  readonly chainId: number;
  /** Address of the order book. */
  readonly orderBook: string;
}

/** Where signed asks of a market are gossiped. */
export function asksTopic({ chainId, orderBook }: MarketName): string {
  return `/stowmarket/asks/1.0.0/${chainId}/${orderBook.toLowerCase()}`;
}

/** The DHT's key for peers that sign asks in a market: SHA-256 of the topic. */
export function asksCid(market: MarketName): CID {
  const digest = createHash('sha256').update(asksTopic(market)).digest();
  return CID.createV1(RAW_CODEC, createDigest(SHA2_256, digest));
}
