import type { PeerId } from '@libp2p/interface';
import { zeroHash } from 'viem';

import type { Address, Hex } from '../market/messages.ts';

/** A wish to read a shard that is held here. */
export interface WantedRead {
  readonly root: Hex;
  /** First unit and number of units; both 0 for the unit roots. */
  readonly from: number;
  readonly count: number;
  /** Who asks, as its connection proves. */
  readonly peer: PeerId;
  /** The `authorization` header as it came, of any length and content; undefined without one. */
  readonly authorization: string | undefined;
}

/** The root of no shard. Whoever is let in at it may ask what shards cost that are stored now, and gets no bytes. */
export const NO_SHARD: Hex = zeroHash;

/** Who was let in. */
export interface Admitted {
  /** Whose ticket it is; undefined for reads without a ticket. */
  readonly wallet: Address | undefined;
  /** Never pays: whoever repairs what others lost. */
  readonly isExempt: boolean;
}

/** One way in which somebody may be allowed to read. Each judges the wishes of its own scheme. */
export interface ReadRule {
  /** First word of the `authorization` header; undefined for wishes without a header. */
  readonly scheme: string | undefined;
  /**
   * Resolves when the shard may be read, to who reads.
   * @throws StowError `read-ticket-malformed`, `read-refused`, `provider-busy`, `provider-chain-behind`
   */
  admit(read: WantedRead): Promise<Admitted>;
}

/** An object of which a shard is held here, under an agreement that lives or was kept to an end of late. */
export interface ServedObject {
  readonly client: Address;
  readonly objectKey: Hex;
}

/** What is held here, and for whom. */
export interface ServedShards {
  /** The objects that a shard belongs to: as a rule one, as no two are enciphered alike. */
  of(root: Hex): Promise<readonly ServedObject[]>;
}
