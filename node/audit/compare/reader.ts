import type { ContractFunctionArgs, ContractFunctionName, ReadContractParameters, ReadContractReturnType } from 'viem';

import { type CallOptions, abortable } from '../../chain/abortable.ts';
import type { ChainView } from '../../chain/client.ts';
import { readContract } from '../../chain/contract-call.ts';
import { toChainError } from '../../chain/errors.ts';
import { type MarketContractName, marketAbis } from '../../chain/market-abi.ts';
import type { Hex } from '../../market/messages.ts';
import type { Value } from '../findings.ts';

type View = 'pure' | 'view';
type AbiOf<name extends MarketContractName> = (typeof marketAbis)[name];

/** Reads of one block's state: whatever happens on the chain meanwhile, they belong together. */
export class StateReader {
  readonly view: ChainView;
  readonly block: bigint;
  readonly options: CallOptions;

  constructor(view: ChainView, block: bigint, options: CallOptions) {
    this.view = view;
    this.block = block;
    this.options = options;
  }

  /** One view of one of the market's contracts. @throws StowError `chain-*` */
  async market<name extends MarketContractName, fn extends ContractFunctionName<AbiOf<name>, View>>(
    contract: name,
    functionName: fn,
    args: ContractFunctionArgs<AbiOf<name>, View, fn>,
  ): Promise<ReadContractReturnType<AbiOf<name>, fn, ContractFunctionArgs<AbiOf<name>, View, fn>>> {
    const call = {
      address: this.view.deployment.contracts[contract],
      abi: marketAbis[contract],
      functionName,
      args,
      blockNumber: this.block,
    };
    // The library's own parameter type is a conditional over an unresolved generic; the arguments were checked above.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const parameters = call as unknown as ReadContractParameters<
      AbiOf<name>,
      fn,
      ContractFunctionArgs<AbiOf<name>, View, fn>
    >;
    return readContract(
      this.view,
      `read ${functionName} of ${contract} at block ${this.block}`,
      parameters,
      this.options,
    );
  }

  /** Hash of an earlier block; undefined for one that is not over. @throws StowError `chain-*` */
  async hashOf(blockNumber: bigint): Promise<Hex | undefined> {
    if (blockNumber > this.block) return undefined;
    try {
      return (await abortable(this.view.client.getBlock({ blockNumber }), this.options.signal)).hash;
    } catch (error) {
      this.options.signal?.throwIfAborted();
      throw toChainError(error, `read block ${blockNumber}`);
    }
  }
}

/** One read of the chain, and what the replay expects of it. */
export interface Check {
  readonly subject: string;
  /** By name, as the chain's struct or view names them. */
  readonly replayed: Readonly<Record<string, Value>>;
  /** The same names, perhaps among others. */
  readonly read: () => Promise<object>;
}
