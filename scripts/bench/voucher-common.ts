import type { LocalAccount } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import type { Deployment } from '../../node/chain/deployment.ts';
import { to0x } from '../../node/core/bytes.ts';
import { DIGEST_BYTES, UNIT_BYTES } from '../../node/core/units.ts';
import { hashUnits } from '../../node/pipeline/merkle/hash-thread.ts';
import { rootOfUnitRoots } from '../../node/pipeline/merkle/upper-tree.ts';
import { CLIENT_KEY, SERVER_KEY, SIZE_BYTES } from './transport-common.ts';

/** What both processes of the benchmark of paid reads agree on. */

export const CHANNEL = 1n;
/** Token wei for a MiB. */
export const PRICE = 1_000_000_000_003n;
export const NOW_S = 1_800_000_000;
export const clientAccount: LocalAccount = privateKeyToAccount(to0x(CLIENT_KEY));
export const nodeAccount: LocalAccount = privateKeyToAccount(to0x(SERVER_KEY));
export const deployment = {
  chainId: 31_337,
  contracts: { retrievalChannels: `0x${'c0'.repeat(20)}` },
} as unknown as Deployment;

/** A shard of zeros, with the roots that belong to it. */
export async function zeroShard(): Promise<{ root: Uint8Array; unitRoots: Uint8Array; units: number }> {
  const units = SIZE_BYTES / UNIT_BYTES;
  const unitRoot = await hashUnits(new Uint8Array(UNIT_BYTES));
  const unitRoots = new Uint8Array(units * DIGEST_BYTES);
  for (let unit = 0; unit < units; unit++) unitRoots.set(unitRoot, unit * DIGEST_BYTES);
  return { root: rootOfUnitRoots(unitRoots), unitRoots, units };
}
