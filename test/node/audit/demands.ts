import type { Abi } from 'viem';

import { demandsAbi } from '../../../node/chain/abi/demands.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { contractCall } from '../../../node/chain/contract-call.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import { toHex } from '../../../node/core/bytes.ts';
import type { AgreementId } from '../../../node/market/messages.ts';
import { unitOf } from '../chain/market-fixture.ts';

/** Units that are demanded on chain, of shards that are one unit each. */
export class DemandsHistory {
  readonly #view: ChainView;
  readonly #client: TxSender;

  constructor(view: ChainView, client: TxSender) {
    this.#view = view;
    this.#client = client;
  }

  /** The first demand of the market, and its answer. */
  async shown(id: AgreementId, submitter: TxSender): Promise<void> {
    await this.#send(this.#client, 'demand', [id, [0]]);
    await this.#send(submitter, 'answer', [1n, `0x${toHex(unitOf(1))}`]);
  }

  /** The second and third, which nobody answers. */
  async refused(id: AgreementId): Promise<void> {
    await this.#send(this.#client, 'demand', [id, [0, 0]]);
  }

  /** The second makes the agreement fail, and the third is void then. */
  async close(): Promise<void> {
    await this.#send(this.#client, 'close', [2n]);
    await this.#send(this.#client, 'close', [3n]);
  }

  async #send(sender: TxSender, functionName: string, args: readonly unknown[]): Promise<void> {
    const address = this.#view.deployment.contracts.demands;
    const abi: Abi = demandsAbi;
    await sender.send(contractCall(functionName, { address, abi, functionName, args }));
  }
}
