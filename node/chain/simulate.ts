import { ExitCode, StowError } from '../core/errors.ts';
import type { Address } from '../market/messages.ts';
import { type CallOptions, abortable } from './abortable.ts';
import type { ChainView } from './client.ts';
import type { ContractCall } from './contract-call.ts';
import { toChainError } from './errors.ts';

/** Gas can rise between estimate and inclusion, by a first write to a slot or a deeper tree: a quarter more, unused gas is not paid. */
const GAS_MARGIN_PERCENT = 125n;
/** A period that begins in between may have to be recorded as missed first: 85,000 (`snapshots/gas.json`), rounded up. */
const MISS_GAS = 100_000n;

/** Gas that a call would use if `from` sent it now. Throws its revert as a sentence. */
export async function simulate(
  view: ChainView,
  from: Address,
  call: ContractCall,
  options: CallOptions = {},
): Promise<bigint> {
  // In the next block, where it will run: what depends on the block's number or time differs from the newest one's.
  const request = { account: from, to: call.to, data: call.data, blockTag: 'pending' } as const;
  try {
    // Estimating would report reverts too, but several nodes lose the reason on that path.
    await abortable(view.client.call(request), options.signal);
    return await abortable(view.client.estimateGas(request), options.signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, call.doing);
  }
}

/** What a transaction may use at most that was estimated at so much. */
export function gasLimitOf(estimate: bigint): bigint {
  return (estimate * GAS_MARGIN_PERCENT) / 100n + MISS_GAS;
}

/** @throws StowError `gas-price` when the chain asks for more than the owner pays, in wei per gas */
export function requireGasPrice(
  { doing }: Pick<ContractCall, 'doing'>,
  offered: bigint,
  max: bigint | undefined,
): void {
  if (max === undefined || offered <= max) return;
  throw new StowError({
    code: 'gas-price',
    message: `could not ${doing}: the chain asks for ${offered} wei per gas, above the limit of ${max}`,
    hint: 'wait until the chain is cheaper, or raise chain.max-fee-gwei',
    exitCode: ExitCode.funds,
  });
}
