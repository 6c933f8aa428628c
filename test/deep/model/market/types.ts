/** Lower-case hex of 20 bytes, so that addresses can be compared as they are. */
export type Address = `0x${string}`;
export type Hex = `0x${string}`;

export const ZERO_ADDRESS: Address = '0x0000000000000000000000000000000000000000';
export const BPS = 10_000n;
/** Balances and collateral are at most this. */
export const MAX_UINT96 = 2n ** 96n - 1n;
export const MAX_UINT256 = 2n ** 256n - 1n;
export const MAX_UINT32 = 2n ** 32n - 1n;
export const MAX_UINT24 = 2n ** 24n - 1n;

/**
 * Whose signature a transaction carries over the right message: the address of the key that made it, or undefined when the signature
 * is over something else and so recovers to nobody in particular.
 */
export type Signer = Address | undefined;

/** A signature as it is sent, and whose it is. */
export interface Signature {
  bytes: Hex;
  signer: Signer;
}

/** What somebody can undo: called before a step, it gives the function that puts everything back. */
export interface Undoable {
  save(): () => void;
}

/** Copies of records without references to others. */
export function copyRecords<K, V extends object>(records: ReadonlyMap<K, V>): Map<K, V> {
  return new Map([...records].map(([key, value]) => [key, { ...value }]));
}
