import type { ChainView } from '../../../../node/chain/client.ts';
import { NOW_S } from './fake-market.ts';

const address = (digit: string): `0x${string}` => `0x${digit.repeat(40)}`;

/** A chain of which only the newest block is asked for. */
export function fakeChainView(): ChainView {
  const contracts = {
    token: address('1'),
    escrow: address('2'),
    nodeRegistry: address('3'),
    orderBook: address('4'),
    randomness: address('5'),
    possessionProofs: address('6'),
    collateral: address('7'),
    reputation: address('8'),
    agreements: address('9'),
    audits: address('a'),
    priceIndex: address('b'),
    repairs: address('c'),
    catalog: address('d'),
    retrievalChannels: address('e'),
    demands: address('f'),
  };
  const client = { getBlock: async () => ({ number: 1n, timestamp: BigInt(NOW_S) }) };
  return {
    client: client as unknown as ChainView['client'],
    deployment: { chainId: 31_337, deployedAtBlock: 0n, contracts, parameters: {} },
  };
}
