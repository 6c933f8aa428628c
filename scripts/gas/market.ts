import type { HardhatEthers } from '@nomicfoundation/hardhat-ethers/types';
import { AbiCoder, type Contract, keccak256, Signature, type Signer, type TypedDataField, Wallet } from 'ethers';

import { deployMarket } from '../../deploy/deploy-market.ts';
import { publicNetwork } from '../../deploy/parameters/public.ts';
import type { RpcProvider } from '../../deploy/rpc-provider.ts';
import { joinPaths } from '../../node/proofs/shared-paths.ts';
import { ConstantShard, sha256 } from './constant-shard.ts';

/** The market on an in-process chain, with the steps that gas journeys repeat. Parameters are those of a public deployment but for the clock. */
/** Long enough to form a hundred agreements, one a block, inside a period, after the blocks in which seeds are block hashes. */
export const PERIOD_BLOCKS = 600;
/** The EVM knows the hashes of this many blocks. */
const BLOCKHASH_WINDOW = 256;
export const PRICE = 10n ** 12n;
export const COLLATERAL_PERIODS = 30n;
const BOND = 10n * 10n ** 18n;
const STAKE = 10n ** 5n * 10n ** 18n;

/** More than any journey fills, in units. */
const CAPACITY = 0xffff_ffff;

/** Where BlockRandomness keeps its seeds: snapshots/storage-layout.json. */
const SEEDS_SLOT = 0;

/** A fixed time far ahead without a zero byte: deadlines are calldata, and zero bytes are cheaper. */
const DEADLINE = 0xffff_ffff;

/** An in-process chain. */
export interface GasChain {
  ethers: HardhatEthers;
  provider: RpcProvider;
}

export interface GasProvider {
  id: bigint;
  operator: Signer;
  node: Wallet;
  askId: bigint;
}

export interface Market {
  ethers: HardhatEthers;
  deployer: Signer;
  token: Contract;
  escrow: Contract;
  registry: Contract;
  orderBook: Contract;
  randomness: Contract;
  proofs: Contract;
  collateral: Contract;
  agreements: Contract;
  channels: Contract;
  demands: Contract;
  shards: Map<string, ConstantShard>;
  nextNonce: bigint;
}

/** Deploys the market as `npm run deploy` does, with `drawCount` leaves per provider and period. */
export async function deployTo(connection: GasChain, drawCount: number): Promise<Market> {
  const { ethers, provider } = connection;
  const [deployer] = await ethers.getSigners();
  if (deployer === undefined) throw new Error('the chain has no account');
  const { contracts } = await deployMarket({
    provider,
    confirmations: 1,
    parameters: {
      ...publicNetwork,
      proofs: { ...publicNetwork.proofs, periodBlocks: PERIOD_BLOCKS, drawCount },
      collateral: { ...publicNetwork.collateral, bond: BOND },
      agreements: { ...publicNetwork.agreements, minValue: 1n },
    },
  });
  const contract = async (name: string, address: string): Promise<Contract> => ethers.getContractAt(name, address);
  return {
    ethers,
    deployer,
    token: await contract('DevToken', contracts.token),
    escrow: await contract('Escrow', contracts.escrow),
    registry: await contract('NodeRegistry', contracts.nodeRegistry),
    orderBook: await contract('OrderBook', contracts.orderBook),
    randomness: await contract('BlockRandomness', contracts.randomness),
    proofs: await contract('PossessionProofs', contracts.possessionProofs),
    collateral: await contract('Collateral', contracts.collateral),
    agreements: await contract('Agreements', contracts.agreements),
    channels: await contract('RetrievalChannels', contracts.retrievalChannels),
    demands: await contract('Demands', contracts.demands),
    shards: new Map(),
    nextNonce: 0n,
  };
}

/** Gives `owner` tokens and an escrow balance. */
export async function fund(market: Market, owner: string, amount: bigint): Promise<void> {
  await (await market.token.getFunction('approve')(await market.escrow.getAddress(), amount)).wait();
  await (await market.escrow.getFunction('deposit')(owner, amount)).wait();
}

/** Mines empty blocks. */
export async function mine(market: Market, blocks: number): Promise<void> {
  await market.ethers.provider.send('hardhat_mine', [`0x${blocks.toString(16)}`]);
}

/**
 * Goes into the next period, and returns it. Its seed is written where BlockRandomness keeps the seeds that somebody fixed, and the chain goes
 * to where it has forgotten the opening block's hash: block hashes follow the clock and the compiler's metadata, draws follow the
 * seed, and gas must not follow either.
 */
export async function toNextPeriod(market: Market): Promise<bigint> {
  const period: bigint = (await market.proofs.getFunction('currentPeriod')()) + 1n;
  const opening: bigint = await market.proofs.getFunction('openingBlock')(period);
  await mine(market, Number(opening) + BLOCKHASH_WINDOW + 1 - (await market.ethers.provider.getBlockNumber()));
  const slot = keccak256(AbiCoder.defaultAbiCoder().encode(['uint256', 'uint256'], [opening, SEEDS_SLOT]));
  const seed = `0x${sha256(Buffer.from(`seed of period ${period}`)).toString('hex')}`;
  await market.ethers.provider.send('hardhat_setStorageAt', [await market.randomness.getAddress(), slot, seed]);
  return period;
}

/** Registers, stakes, places and posts an ask; returns the provider and the gas of each step. */
export async function addProvider(
  market: Market,
  operator: Signer,
  seed: string,
): Promise<{ provider: GasProvider; gas: Record<string, bigint> }> {
  const node = new Wallet(`0x${sha256(Buffer.from(seed)).toString('hex')}`);
  const address = await operator.getAddress();
  await fund(market, address, STAKE);
  const deadline = DEADLINE;
  const domain = await domainOf(market, 'Stowmarket NodeRegistry', market.registry);
  const binding = {
    NodeBinding: [
      { name: 'operator', type: 'address' },
      { name: 'region', type: 'uint16' },
      { name: 'deadline', type: 'uint256' },
    ],
  };
  const signature = await node.signTypedData(domain, binding, { operator: address, region: 826, deadline });
  const publicKey = `0x${node.signingKey.publicKey.slice(4)}`;
  const gas: Record<string, bigint> = {};
  const send = async (name: string, contract: Contract, method: string, args: unknown[]): Promise<void> => {
    const tx = await (contract.connect(operator) as Contract).getFunction(method)(...args);
    gas[name] = (await tx.wait()).gasUsed;
  };
  await send('register', market.registry, 'register', [publicKey, 826, '/ip4/127.0.0.1/tcp/4001', deadline, signature]);
  const id: bigint = await market.registry.getFunction('providerOfNode')(node.address);
  await send('assignPlacement', market.registry, 'assignPlacement', [id]);
  await send('stake', market.collateral, 'stake', [id, address, STAKE - BOND]);
  await send('declareCapacity', market.registry, 'declareCapacity', [id, CAPACITY]);
  await send('postAsk', market.orderBook, 'postAsk', [
    {
      provider: id,
      pricePerUnitPeriod: PRICE,
      unitsLeft: 2 ** 31,
      minUnits: 1,
      maxUnits: 2 ** 24,
      expiry: DEADLINE,
      collateralPeriods: COLLATERAL_PERIODS,
      minPeriods: 1,
      maxPeriods: 2_000,
      region: 826,
      minClientDeposit: 0,
      retrievalPricePerMiB: 0,
      premiumBps: 0,
      ceiling: 0,
    },
  ]);
  const askId: bigint = await market.orderBook.getFunction('askCount')();
  return { provider: { id, operator, node, askId }, gas };
}

async function domainOf(market: Market, name: string, contract: Contract): Promise<Record<string, unknown>> {
  const { chainId } = await market.ethers.provider.getNetwork();
  return { name, version: '1', chainId, verifyingContract: await contract.getAddress() };
}

const AGREEMENT_FIELDS = {
  StorageAgreement: [
    ['client', 'address'],
    ['provider', 'uint32'],
    ['objectKey', 'bytes32'],
    ['shardIndex', 'uint8'],
    ['shardRoot', 'bytes32'],
    ['units', 'uint32'],
    ['pricePerUnitPeriod', 'uint64'],
    ['periods', 'uint24'],
    ['collateral', 'uint96'],
    ['askId', 'uint64'],
    ['bidId', 'uint64'],
    ['nonce', 'uint64'],
    ['deadline', 'uint64'],
  ].map(([name, type]) => ({ name, type })) as TypedDataField[],
};

/** Forms one agreement with each provider for one object in one transaction; returns ids and the transaction's gas. */
export async function form(
  market: Market,
  client: Signer,
  providers: GasProvider[],
  options: { label: string; units: number; periods: number; firstIndex?: number },
): Promise<{ ids: bigint[]; gas: bigint }> {
  const domain = await domainOf(market, 'Stowmarket Agreements', market.agreements);
  const objectKey = sha256(Buffer.from(options.label));
  const list: Record<string, unknown>[] = [];
  const signatures: string[] = [];
  for (const [index, provider] of providers.entries()) {
    const shardIndex = index + (options.firstIndex ?? 0);
    const shard = new ConstantShard(sha256(Buffer.from(`${options.label}/${shardIndex}`)), options.units);
    market.shards.set(`0x${shard.root.toString('hex')}`, shard);
    const agreement = {
      client: await client.getAddress(),
      provider: provider.id,
      objectKey,
      shardIndex,
      shardRoot: shard.root,
      units: options.units,
      pricePerUnitPeriod: PRICE,
      periods: options.periods,
      collateral: PRICE * BigInt(options.units) * COLLATERAL_PERIODS,
      askId: provider.askId,
      bidId: 0,
      nonce: market.nextNonce++,
      deadline: DEADLINE,
    };
    list.push(agreement);
    signatures.push(await provider.node.signTypedData(domain, AGREEMENT_FIELDS, agreement));
  }
  const contract = market.agreements.connect(client) as Contract;
  const ids: bigint[] = await contract.getFunction('form').staticCall(list, signatures, '0x');
  const receipt = await (await contract.getFunction('form')(list, signatures, '0x')).wait();
  return { ids: [...ids], gas: receipt.gasUsed };
}

/** Proves a provider's draws of the current period; returns the gas and the EIP-7623 floor of the transaction's own calldata. */
export async function prove(market: Market, provider: bigint, period: bigint): Promise<{ gas: bigint; floor: bigint }> {
  const draws = (await market.proofs.getFunction('draws')(provider)) as {
    agreement: bigint;
    leaf: bigint;
    root: string;
  }[];
  const proof = joinPaths(
    draws.map(({ agreement, leaf, root }) => ({ agreement, leaf, path: market.shards.get(root)!.proof() })),
  );
  const tx = await market.proofs.getFunction('prove')(provider, period, proof);
  const receipt = await tx.wait();
  return { gas: receipt.gasUsed, floor: calldataFloor(tx.data as string) };
}

/** EIP-7623: 21000 + 10 per token, where a zero byte is one token and another byte four. */
export function calldataFloor(data: string): bigint {
  const bytes = Buffer.from(data.slice(2), 'hex');
  const zeros = bytes.filter((byte) => byte === 0).length;
  return 21_000n + 10n * BigInt(zeros + 4 * (bytes.length - zeros));
}

/** Sends one call; returns the transaction's gas. */
export async function gasOf(contract: Contract, signer: Signer, method: string, args: unknown[]): Promise<bigint> {
  const sent = await (contract.connect(signer) as Contract).getFunction(method)(...args);
  return (await sent.wait()).gasUsed;
}

const VOUCHER_TYPES: Record<string, TypedDataField[]> = {
  Voucher: [
    { name: 'channel', type: 'uint64' },
    { name: 'amount', type: 'uint96' },
    { name: 'readBytes', type: 'uint64' },
    { name: 'firstByteMs', type: 'uint32' },
    { name: 'kibPerSecond', type: 'uint8' },
  ],
};

const PERMIT_TYPES: Record<string, TypedDataField[]> = {
  Permit: [
    { name: 'owner', type: 'address' },
    { name: 'spender', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
};

const CLOSING_TYPES: Record<string, TypedDataField[]> = {
  Closing: [
    { name: 'voucher', type: 'Voucher' },
    { name: 'deadline', type: 'uint64' },
  ],
  ...VOUCHER_TYPES,
};

function promiseOf(channel: bigint, amount: bigint) {
  return { channel, amount, readBytes: 0x1111_1111n, firstByteMs: 25, kibPerSecond: 16 };
}

/** A voucher and its client's signature, in the order of the contract's arguments. */
export async function voucher(
  market: Market,
  client: Signer,
  channel: bigint,
  amount: bigint,
): Promise<[object, string]> {
  const domain = await domainOf(market, 'Stowmarket RetrievalChannels', market.channels);
  const promise = promiseOf(channel, amount);
  return [promise, await client.signTypedData(domain, VOUCHER_TYPES, promise)];
}

/** A permit of a wallet for the escrow, as RetrievalChannels takes it. */
export async function walletPermit({ token, escrow, ethers }: Market, owner: Signer, amount: bigint): Promise<object> {
  const { chainId } = await ethers.provider.getNetwork();
  const [address, verifyingContract] = [await owner.getAddress(), await token.getAddress()];
  const permit = {
    owner: address,
    spender: await escrow.getAddress(),
    value: amount,
    nonce: await token.getFunction('nonces')(address),
    deadline: DEADLINE,
  };
  const domain = { name: await token.getFunction('name')(), version: '1', chainId, verifyingContract };
  const { v, r, s } = Signature.from(await owner.signTypedData(domain, PERMIT_TYPES, permit));
  return { amount, deadline: DEADLINE, v, r, s };
}

/** The last voucher of a channel as its client sends it, with the node's consent, in the order of the contract's arguments. */
export async function closing(
  market: Market,
  { node }: GasProvider,
  channel: bigint,
  amount: bigint,
): Promise<[object, number, string, string]> {
  const domain = await domainOf(market, 'Stowmarket RetrievalChannels', market.channels);
  const promise = promiseOf(channel, amount);
  const signed = await node.signTypedData(domain, CLOSING_TYPES, { voucher: promise, deadline: DEADLINE });
  const { r, yParityAndS } = Signature.from(signed);
  return [promise, DEADLINE, r, yParityAndS];
}
