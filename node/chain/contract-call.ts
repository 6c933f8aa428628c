import {
  type Abi,
  type Address,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type EncodeFunctionDataParameters,
  type Hex,
  type ReadContractParameters,
  type ReadContractReturnType,
  encodeFunctionData,
} from 'viem';

import { type CallOptions, abortable } from './abortable.ts';
import type { ChainView } from './client.ts';
import { toChainError } from './errors.ts';

/** One transaction to be sent: where to, and what. */
export interface ContractCall {
  readonly to: Address;
  readonly data: Hex;
  /** What it does, as it reads after "could not": `deposit 5 tokens`. */
  readonly doing: string;
}

type Mutability = 'nonpayable' | 'payable';

/** A call of a contract's function, with its arguments checked against the ABI. */
export function contractCall<const abi extends Abi, name extends ContractFunctionName<abi, Mutability>>(
  doing: string,
  call: {
    address: Address;
    abi: abi;
    functionName: name;
    args: ContractFunctionArgs<abi, Mutability, name>;
  },
): ContractCall {
  const parameters = { abi: call.abi, functionName: call.functionName, args: call.args };
  // The library's own parameter type is a conditional over an unresolved generic; the arguments were checked above.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const data = encodeFunctionData(parameters as unknown as EncodeFunctionDataParameters);
  return { to: call.address, data, doing };
}

/** Reads one value from a contract. Throws what `toChainError` makes of a failure, or the signal's reason. */
export async function readContract<
  const abi extends Abi,
  name extends ContractFunctionName<abi, 'pure' | 'view'>,
  const args extends ContractFunctionArgs<abi, 'pure' | 'view', name>,
>(
  view: ChainView,
  doing: string,
  parameters: ReadContractParameters<abi, name, args>,
  options: CallOptions = {},
): Promise<ReadContractReturnType<abi, name, args>> {
  try {
    return await abortable(view.client.readContract(parameters), options.signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, doing);
  }
}
