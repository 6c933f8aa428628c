import { type Abi, concat, encodeAbiParameters, keccak256 } from 'viem';

import { orderBookAbi } from '../../../node/chain/abi/order-book.ts';
import { reputationAbi } from '../../../node/chain/abi/reputation.ts';
import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import { readBid } from '../../../node/chain/actions/read-bid.ts';
import { readHoldersOf } from '../../../node/chain/actions/read-holders-of.ts';
import { readRepair } from '../../../node/chain/actions/read-repair.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { contractCall } from '../../../node/chain/contract-call.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import { signAgreement } from '../../../node/chain/typed-data.ts';
import { bidNonce } from '../../../node/market/bid-compatibility.ts';
import type { AgreementId, Hex } from '../../../node/market/messages.ts';
import { type TestProvider, draft, rootOf, unitOf } from '../chain/market-fixture.ts';

const DAY_S = 86_400;
const REST = { stand: 1, refund: 2 } as const;
const NONCE_BIT = 1n << 63n;
const askMembers = [
  ['provider', 'uint32'],
  ['pricePerUnitPeriod', 'uint64'],
  ['unitsLeft', 'uint32'],
  ['minUnits', 'uint32'],
  ['maxUnits', 'uint32'],
  ['expiry', 'uint40'],
  ['collateralPeriods', 'uint24'],
  ['minPeriods', 'uint24'],
  ['maxPeriods', 'uint24'],
  ['region', 'uint16'],
  ['minClientDeposit', 'uint96'],
  ['retrievalPricePerMiB', 'uint64'],
  ['premiumBps', 'uint16'],
  ['ceiling', 'uint64'],
] as const;
const signedAskTypes = {
  Ask: askMembers.map(([name, type]) => ({ name, type })),
  SignedAsk: [
    { name: 'ask', type: 'Ask' },
    { name: 'nonce', type: 'uint64' },
    { name: 'series', type: 'uint32' },
  ],
};

/** What happens in the order book beyond posted asks: signed asks, bids and their answers. */
export class OrdersHistory {
  readonly #view: ChainView;
  readonly #client: TxSender;

  constructor(view: ChainView, client: TxSender) {
    this.#view = view;
    this.#client = client;
  }

  /** A new series, and a pegged ask signed in it that stays in the book. */
  async signedAsk({ id, sender, nodeKey, ask }: TestProvider): Promise<void> {
    await this.#send(sender, 'startSeries', [id]);
    const signed = { ask: { ...ask, premiumBps: 11_000, ceiling: ask.pricePerUnitPeriod * 3n }, nonce: 7n, series: 1 };
    const { chainId, contracts } = this.#view.deployment;
    const signature = await nodeKey.signTypedData({
      domain: { name: 'Stowmarket OrderBook', version: '1', chainId, verifyingContract: contracts.orderBook },
      types: signedAskTypes,
      primaryType: 'SignedAsk',
      message: signed,
    });
    await this.#send(this.#client, 'bringAsk', [signed, signature]);
  }

  /** One bid is cancelled, one is answered in part and gives back the rest, one is answered in part and stands. */
  async bids(first: TestProvider, second: TestProvider): Promise<void> {
    await this.#postBid('cancelled', REST.stand, 1);
    await this.#send(this.#client, 'cancelBid', [1n]);
    await this.#postBid('given back', REST.refund, 2);
    await this.#answer(2n, 'given back', first);
    await this.#postBid('standing', REST.stand, 3);
    await this.#answer(3n, 'standing', second);
  }

  /** Takes the bid for a lost shard, at the price that it starts with. */
  async takeRepair(lost: AgreementId, provider: TestProvider): Promise<AgreementId> {
    const repair = await readRepair(this.#view, lost);
    const bid = repair && (await readBid(this.#view, repair.bidId));
    if (repair === undefined || bid === undefined) throw new Error(`nobody posted a bid for the shard of ${lost}`);
    const { bidId, objectKey, shardIndex } = repair;
    const { periods, startPrice: pricePerUnitPeriod } = bid.terms;
    const shard = { objectKey, shardIndex, shardRoot: rootOf(unitOf(1)), periods };
    const nonce = bidNonce(bidId, shardIndex);
    const agreement = await draft(this.#client, provider, { ...shard, askId: 0n, bidId, nonce, pricePerUnitPeriod });
    const signature = await signAgreement(provider.nodeKey, this.#view.deployment, agreement);
    await this.#send(provider.sender, 'answerBid', [bidId, [agreement], [signature], [[]]]);
    const holders = await readHoldersOf(this.#view, this.#client.address, objectKey);
    return holders[shardIndex]!;
  }

  async countClients(ids: readonly AgreementId[]): Promise<void> {
    const address = this.#view.deployment.contracts.reputation;
    await this.#client.send(
      contractCall('count clients', { address, abi: reputationAbi, functionName: 'countClients', args: [ids] }),
    );
  }

  async #postBid(name: string, rest: number, shards: number): Promise<void> {
    const { seconds } = await readChainTime(this.#view);
    const terms = {
      objectKey: keyOf(name),
      shardsRoot: treeOf(shards).root,
      units: 1,
      periods: 20,
      shards,
      rest,
      region: 276,
      minScoreBps: 0,
      collateralPeriods: 3,
      expiry: seconds + DAY_S,
      climbSeconds: 3_600,
      startPrice: 10n ** 12n,
      ceiling: 2n * 10n ** 12n,
    };
    await this.#send(this.#client, 'postBid', [terms]);
  }

  /** Takes the first shard. */
  async #answer(bidId: bigint, name: string, provider: TestProvider): Promise<void> {
    const bid = { objectKey: keyOf(name), shardIndex: 0, shardRoot: rootOf(unitOf(1)), periods: 20 };
    const price = { askId: 0n, bidId, nonce: NONCE_BIT | (bidId << 8n), pricePerUnitPeriod: 10n ** 12n };
    const agreement = await draft(this.#client, provider, { ...bid, ...price });
    const signature = await signAgreement(provider.nodeKey, this.#view.deployment, agreement);
    const shards = name === 'standing' ? 3 : 2;
    await this.#send(provider.sender, 'answerBid', [bidId, [agreement], [signature], [treeOf(shards).proof]]);
  }

  async #send(sender: TxSender, functionName: string, args: readonly unknown[]): Promise<void> {
    const address = this.#view.deployment.contracts.orderBook;
    const abi: Abi = orderBookAbi;
    await sender.send(contractCall(functionName, { address, abi, functionName, args }));
  }
}

function keyOf(name: string): Hex {
  return keccak256(`0x${Buffer.from(name).toString('hex')}`);
}

/** The tree over so many shards that are all alike, and the proof of the first. */
function treeOf(shards: number): { root: Hex; proof: Hex[] } {
  const leaves = Array.from({ length: shards }, (_, index) => {
    const leaf = encodeAbiParameters([{ type: 'uint8' }, { type: 'bytes32' }], [index, rootOf(unitOf(1))]);
    return keccak256(keccak256(leaf));
  });
  const [first, ...proof] = leaves;
  if (first === undefined) throw new Error('a tree over nothing');
  return { root: proof.reduce((node, sibling) => pair(node, sibling), first), proof };
}

function pair(a: Hex, b: Hex): Hex {
  return keccak256(a < b ? concat([a, b]) : concat([b, a]));
}
