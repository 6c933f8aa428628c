import type { LocalAccount } from 'viem';

import { fromHex } from '../../core/bytes.ts';
import type { Address } from '../../market/messages.ts';
import { ownerPublicKey } from '../../pipeline/header/envelope.ts';
import { deriveOwnerKey, STORAGE_KEY_TYPED_DATA } from '../../pipeline/header/owner-key.ts';

/** An r || s || v signature. */
const SIGNATURE_BYTES = 65;

/** The client: who pays, and who alone can read. */
export interface ClientWallet {
  readonly address: Address;
  readonly account: LocalAccount;
  /** Raw X25519 keys that envelopes are sealed for. They follow from the wallet, so that it alone brings everything back. */
  readonly ownerKey: { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array };
}

/** Derives the storage keys of an unlocked account. */
export async function clientWallet(account: LocalAccount): Promise<ClientWallet> {
  const signature = await account.signTypedData(STORAGE_KEY_TYPED_DATA);
  const privateKey = deriveOwnerKey(fromHex(signature, SIGNATURE_BYTES));
  // Not enumerable: a wallet that is logged by mistake does not show its key.
  const ownerKey = Object.defineProperty({ privateKey, publicKey: ownerPublicKey(privateKey) }, 'privateKey', {
    enumerable: false,
  });
  return Object.freeze({ address: account.address, account, ownerKey });
}
