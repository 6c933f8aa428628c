import { decodeFunctionData } from 'viem';

import { fromHex } from '../../core/bytes.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import type { Hex } from '../../market/messages.ts';
import { type CallOptions, abortable } from '../abortable.ts';
import { demandsAbi } from '../abi/demands.ts';
import type { ChainView } from '../client.ts';
import { toChainError } from '../errors.ts';

/** A unit as the transaction that showed it has it; undefined when that called the contract through another one. */
export async function readShownUnit(
  view: ChainView,
  { demand, transaction }: { demand: bigint; transaction: Hex },
  options: CallOptions = {},
): Promise<Uint8Array | undefined> {
  const { client, deployment } = view;
  try {
    const { to, input } = await abortable(client.getTransaction({ hash: transaction }), options.signal);
    if (to?.toLowerCase() !== deployment.contracts.demands.toLowerCase()) return undefined;
    const { functionName, args } = decodeFunctionData({ abi: demandsAbi, data: input });
    // Bytes behind the unit are its path, which the contract has checked.
    return functionName === 'answer' && args[0] === demand ? fromHex(args[1]).subarray(0, UNIT_BYTES) : undefined;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, `read the unit that demand ${demand} asked for`);
  }
}
