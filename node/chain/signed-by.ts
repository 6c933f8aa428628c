import { recover } from 'tiny-secp256k1';
import { keccak256 } from 'viem';

import { fromHex } from '../core/bytes.ts';
import type { Address, Hex } from '../market/messages.ts';

/** Half the order of secp256k1 (SEC 2, section 2.4.1). */
const HALF_CURVE_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

const DIGEST_BYTES = 32;
const SIGNATURE_BYTES = 65;
const ADDRESS_CHARS = 40;
/** `v` of a signature whose point has an even y. */
const V_EVEN = 27;

/**
 * Whether `signature` is `signer`'s over what `digest` gives. Malformed signatures and values out of range are not, rather than an error: peers
 * send such things. The curve is libsecp256k1's, compiled to WebAssembly: ten times as fast as in JavaScript, and a provider checks a signature for
 * every few mebibytes that it sells.
 */
export function isSignedBy(signer: Address, signature: Hex, digest: () => Hex): boolean {
  if (!isCanonical(signature)) return false;
  try {
    const bytes = fromHex(signature, SIGNATURE_BYTES);
    const parity = bytes[SIGNATURE_BYTES - 1] === V_EVEN ? 0 : 1;
    const key = recover(fromHex(digest(), DIGEST_BYTES), bytes.subarray(0, SIGNATURE_BYTES - 1), parity, false);
    return key !== null && keccak256(key.subarray(1)).slice(-ADDRESS_CHARS) === signer.slice(2).toLowerCase();
  } catch {
    return false;
  }
}

/**
 * The one encoding that the contracts accept: r || s || v of 65 bytes, s in the lower half of the curve's order (EIP-2), v 27 or 28. The
 * library recovers from others too; a peer that sends one would pass here and make the whole transaction fail.
 */
function isCanonical(signature: Hex): boolean {
  return /^0x[\da-f]{128}1[bc]$/i.test(signature) && BigInt(`0x${signature.slice(66, 130)}`) <= HALF_CURVE_ORDER;
}
