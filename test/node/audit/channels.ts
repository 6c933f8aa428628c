import type { Abi } from 'viem';

import { escrowAbi } from '../../../node/chain/abi/escrow.ts';
import { retrievalChannelsAbi } from '../../../node/chain/abi/retrieval-channels.ts';
import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { contractCall } from '../../../node/chain/contract-call.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import type { Hex } from '../../../node/market/messages.ts';
import { TOKEN, type TestProvider } from '../chain/market-fixture.ts';
import type { TestChain } from '../support/chain.ts';

/** Of the devnet's parameters. */
const DISPUTE_S = 60;
const MONTH_S = 30 * 86_400;
const voucherTypes = {
  Voucher: [
    { name: 'channel', type: 'uint64' },
    { name: 'amount', type: 'uint96' },
    { name: 'readBytes', type: 'uint64' },
    { name: 'firstByteMs', type: 'uint32' },
    { name: 'kibPerSecond', type: 'uint8' },
  ],
} as const;

/** Four channels: one that is closed by agreement, one from one side, one that is about to be, and one that stays as it is. */
export class ChannelsHistory {
  readonly #chain: TestChain;
  readonly #view: ChainView;
  readonly #client: TxSender;

  constructor(chain: TestChain, view: ChainView, client: TxSender) {
    this.#chain = chain;
    this.#view = view;
    this.#client = client;
  }

  async play(provider: TestProvider): Promise<void> {
    const { seconds } = await readChainTime(this.#view);
    const expiry = seconds + MONTH_S;
    for (let i = 0; i < 4; i += 1)
      await this.#send(this.#client, 'open', [this.#client.address, provider.id, TOKEN, expiry]);
    await this.#send(this.#client, 'topUp', [3n, TOKEN, expiry + 1]);
    const [first, firstSigned] = await this.#voucher(1n, TOKEN / 7n);
    const [second, secondSigned] = await this.#voucher(2n, 5n);
    await this.#send(this.#client, 'redeem', [first, firstSigned]);
    await this.#send(this.#client, 'redeemBatch', [
      [
        { voucher: first, signature: firstSigned },
        { voucher: second, signature: secondSigned },
      ],
    ]);
    const [last, lastSigned] = await this.#voucher(1n, TOKEN / 3n);
    await this.#send(provider.sender, 'close', [last, lastSigned, 0n, '0x']);
    // What the next one burns still waits when the history ends.
    await this.#collectBurns(provider.sender);
    await this.#send(this.#client, 'startClose', [2n]);
    await this.#send(this.#client, 'startClose', [3n]);
    await this.#chain.rpc('evm_increaseTime', DISPUTE_S);
    await this.#chain.mine(1);
    await this.#send(this.#client, 'withdraw', [2n]);
  }

  async #collectBurns(sender: TxSender): Promise<void> {
    const { escrow: address, retrievalChannels } = this.#view.deployment.contracts;
    const call = { address, abi: escrowAbi, functionName: 'collectBurned', args: [retrievalChannels] } as const;
    await sender.send(contractCall('collect what channels burned', call));
  }

  async #voucher(channel: bigint, amount: bigint) {
    const voucher = { channel, amount, readBytes: 1n << 20n, firstByteMs: 20, kibPerSecond: 16 };
    const { chainId, contracts } = this.#view.deployment;
    const signature: Hex = await this.#client.account.signTypedData({
      domain: {
        name: 'Stowmarket RetrievalChannels',
        version: '1',
        chainId,
        verifyingContract: contracts.retrievalChannels,
      },
      types: voucherTypes,
      primaryType: 'Voucher',
      message: voucher,
    });
    return [voucher, signature] as const;
  }

  async #send(sender: TxSender, functionName: string, args: readonly unknown[]): Promise<void> {
    const address = this.#view.deployment.contracts.retrievalChannels;
    const abi: Abi = retrievalChannelsAbi;
    await sender.send(contractCall(functionName, { address, abi, functionName, args }));
  }
}
