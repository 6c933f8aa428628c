import { Market } from '../market/market.ts';
import { UNLIMITED } from '../market/token.ts';
import type { Address, Hex } from '../market/types.ts';
import { DEV_TOKEN_SUPPLY } from '../../../../deploy/modules/market.ts';
import type { MarketParameters } from '../../../../deploy/parameters/market-parameters.ts';
import { Chain, type Sent } from './chain.ts';
import { keyOf } from './keys.ts';
import type { Random } from './random.ts';
import { TypedData } from './typed-data.ts';
import { World } from './world.ts';

const CLIENTS = 3;
const OPERATORS = 4;
const TOKENS = 5_000n * 10n ** 18n;

/** A chain, the model of it, and people with tokens. */
export interface Stage {
  chain: Chain;
  market: Market;
  world: World;
  hashes: Map<number, Hex>;
  /** Chooses what is compared where not everything is: not the world's, so that comparing more often changes no step. */
  samples: Random;
}

/** Deploys a market, and makes model and people for it. */
export async function setUp(random: Random, samples: Random, parameters: MarketParameters): Promise<Stage> {
  const chain = await Chain.start(parameters);
  const hashes = new Map<number, Hex>();
  const market = modelOf(chain, parameters, hashes);
  const person = (name: string) => keyOf(random.bytes(name));
  const clients = Array.from({ length: CLIENTS }, (_, i) => person(`client ${i}`));
  const operators = Array.from({ length: OPERATORS }, (_, i) => person(`operator ${i}`));
  const [cautious, stranger] = [person('cautious'), person('stranger')];
  const walletOf = async (i: number, owners: typeof clients): Promise<Address> => {
    const owner = owners[i] ?? stranger;
    const wallet = await chain.deployWallet(owner.address, owner.address);
    market.wallets.set(wallet, owner.address);
    return wallet;
  };
  const wallets = { client: await walletOf(0, clients), operator: await walletOf(0, operators) };
  const chainId = BigInt(chain.deployment.chainId);
  const world = new World({
    random,
    market,
    messages: {
      registry: new TypedData('Stowmarket NodeRegistry', '1', chainId, chain.address('nodeRegistry')),
      orderBook: new TypedData('Stowmarket OrderBook', '1', chainId, chain.address('orderBook')),
      agreements: new TypedData('Stowmarket Agreements', '1', chainId, chain.address('agreements')),
      channels: new TypedData('Stowmarket RetrievalChannels', '1', chainId, chain.address('retrievalChannels')),
      token: new TypedData('Stowmarket Dev Token', '1', chainId, chain.address('token')),
    },
    clients,
    operators,
    wallets,
    cautious,
    stranger,
    addressOf: (name) => chain.address(name),
  });
  await giveTokens(chain, market, world);
  return { chain, market, world, hashes, samples };
}

function modelOf(chain: Chain, parameters: MarketParameters, hashes: ReadonlyMap<number, Hex>): Market {
  const { genesisBlock } = chain.deployment.parameters.proofs;
  const { periodBlocks, drawCount, ...maintenance } = parameters.proofs;
  const chainId = BigInt(chain.deployment.chainId);
  return new Market({
    escrow: chain.address('escrow'),
    orderBook: chain.address('orderBook'),
    genesisBlock,
    periodBlocks,
    proofs: { drawCount, chainId, contract: chain.address('possessionProofs') },
    audits: { ...parameters.audits, chainId, contract: chain.address('audits') },
    maintenance,
    stakes: parameters.collateral,
    priceIndex: parameters.priceIndex,
    repairs: {
      ...parameters.repairs,
      contract: chain.address('repairs'),
      compensationBps: parameters.collateral.compensationBps,
    },
    reputation: parameters.reputation,
    channels: parameters.channels,
    demands: parameters.demands,
    agreements: parameters.agreements,
    hashes,
  });
}

async function giveTokens(chain: Chain, market: Market, world: World): Promise<void> {
  const deployer = await chain.deployer();
  market.token.purse(deployer).balance = DEV_TOKEN_SUPPLY;
  const send = async (sent: Sent): Promise<void> => {
    const failure = await chain.send(sent, chain.time + 1);
    if (failure !== undefined) throw new Error(`setting up failed: ${failure.error}`);
  };
  const allowed = [...world.clients, ...world.operators];
  for (const owner of [...allowed, world.cautious]) {
    await send({ from: deployer, to: 'token', functionName: 'transfer', args: [owner, TOKENS] });
    market.token.move(deployer, owner, TOKENS);
  }
  for (const owner of allowed) {
    await send({ from: owner, to: 'token', functionName: 'approve', args: [chain.address('escrow'), UNLIMITED] });
    market.token.approve(owner, UNLIMITED);
  }
}

/** Brings the model to the block after the last, and tells it the hashes that anybody could ask for there. */
export async function toNextBlock({ chain, market, hashes }: Stage, secondsLater: number): Promise<void> {
  const { audits, clock, registry, seeds } = market;
  clock.block = chain.block + 1;
  clock.time = chain.time + secondsLater;
  const providers = registry.ids().map((id) => registry.get(id));
  const unplaced = providers.filter(({ placementId }) => placementId === undefined);
  const audited = audits.all().flatMap(([, { open, openedAt }]) => (open ? [openedAt] : []));
  for (const block of [clock.opening(clock.period), ...unplaced.map(({ registeredAt }) => registeredAt), ...audited]) {
    const anchor = seeds.anchor(block);
    if (block < clock.block && !hashes.has(anchor)) hashes.set(anchor, await chain.hashOf(anchor));
  }
}
