import { z } from 'zod';

import { byteCount, choice, described, duration, flag, integer, list, path, share, text, tokens } from './fields.ts';
import { chainSection, logSection, peersFields } from './shared-sections.ts';

const UINT24_MAX = 2 ** 24 - 1;
/** As many as the server of shard bytes takes of all clients. */
const MAX_READS = 256;

const keysSection = z.strictObject({
  operator: described(path(), {
    description: 'Keystore of the operator wallet, which owns stake and earnings.',
    defaultText: 'operator.json in the keystores folder',
    isPath: true,
  }),
  node: described(path(), {
    description: 'Keystore of the node key, which signs agreements and proofs and gives the peer id.',
    defaultText: 'node.json in the keystores folder',
    isPath: true,
  }),
  passwordFile: described(path().optional(), {
    description: 'File whose first line is the password of both keystores. Without it, the password is asked for.',
    example: '"/etc/stowmarket/password"',
    isPath: true,
  }),
});

const networkSection = z.strictObject({
  listen: described(list().default(['/ip4/0.0.0.0/tcp/4601']), {
    description: 'Multiaddrs to listen on for peers.',
  }),
  announce: described(list().default([]), {
    description: 'Multiaddrs under which others reach this node, when they differ from those it listens on.',
    example: '["/ip4/203.0.113.7/tcp/4601"]',
  }),
  ...peersFields,
});

const transferSection = z.strictObject({
  host: described(text().default('0.0.0.0'), { description: 'Address to listen on for shard bytes.' }),
  port: described(integer(0, 65_535).default(4602), {
    description: 'Port to listen on for shard bytes; 0 takes a free one.',
  }),
  announceHost: described(text().optional(), {
    description: 'Host name or address under which others reach the transfer port, when it differs.',
    example: '"203.0.113.7"',
  }),
});

const askSection = z.strictObject({
  pricePerGibPeriod: described(tokens().default(1_000_000_000_000_000n), {
    description: 'Price of one GiB over one period, in tokens; with ask.premium-percent, the least.',
    example: '"0.001"',
  }),
  premiumPercent: described(integer(0, 200).default(0), {
    description:
      'Follow the market: ask for this percentage of its index, from 50 to 200, not below ask.price-per-gib-period and not above ask.ceiling-per-gib-period. 0 keeps the price fixed.',
    example: '105',
  }),
  ceilingPerGibPeriod: described(tokens().default(10_000_000_000_000_000n), {
    description: 'Most that one GiB costs over one period when the price follows the market, in tokens.',
    example: '"0.01"',
  }),
  capacity: described(byteCount().default(10 * 2 ** 30), {
    description: 'How much to sell in all.',
    example: '"10 GiB"',
  }),
  minShard: described(byteCount().default(65_536), {
    description: 'Smallest shard to take; rounded up to whole units of 64 KiB.',
    example: '"64 KiB"',
  }),
  maxShard: described(byteCount().default(2 ** 30), {
    description: 'Largest shard to take; rounded down to whole units of 64 KiB.',
    example: '"1 GiB"',
  }),
  minPeriods: described(integer(1, UINT24_MAX).default(1), { description: 'Shortest term to accept, in periods.' }),
  maxPeriods: described(integer(1, UINT24_MAX).default(180), { description: 'Longest term to accept, in periods.' }),
  collateralPeriods: described(integer(1, UINT24_MAX).optional(), {
    description:
      'Collateral to put behind each agreement, in periods of its rent. More attracts clients and locks more stake.',
    defaultText: 'half of ask.max-periods, at least 30',
    example: '90',
  }),
  region: described(integer(0, 999).default(0), {
    description: 'Declared country (ISO 3166-1 numeric); 0 declares none.',
  }),
  minClientDeposit: described(tokens().default(0n), {
    description: 'Take only clients that have at least this many tokens in escrow.',
    example: '"0"',
  }),
  retrievalPricePerMib: described(tokens().default(0n), {
    description:
      'Most that reads cost under agreements that take this ask, for their whole term, in tokens per MiB. 0 makes them free.',
    example: '"0"',
  }),
  publish: described(choice(['chain', 'signed', 'none']).default('chain'), {
    description:
      'How clients hear of the ask: posted on the chain (chain), or signed and spread among peers at no cost (signed); whoever fills a signed ask first brings it to the chain. With none there is no ask, and no bid is answered: for a node that only sells reads of what it caches.',
  }),
  validFor: described(duration().default(30 * 86_400_000), {
    description: 'How long a posted ask stands before it runs out. It is renewed while the provider runs.',
    example: '"30d"',
  }),
});

const retrievalSection = z.strictObject({
  pricePerMib: described(tokens().optional(), {
    description:
      'Price of reads now, in tokens per MiB; never above what the ask promises (ask.retrieval-price-per-mib), nor above what it promised when an agreement took it. Without it, that.',
    example: '"0.000001"',
  }),
  freePerDay: described(byteCount().default(0), {
    description: 'How much each client may read for nothing in a day, where reads cost something.',
    example: '"100 MiB"',
  }),
  maxReadsPerClient: described(integer(4, MAX_READS).default(32), {
    description: 'How many reads of one client are served at once. One download takes three from a shard.',
  }),
  maxContract: described(byteCount(64 * 2 ** 20).default(64 * 2 ** 30), {
    description:
      'How much a client may read under one contract, which fixes its price for up to a day; at least 64 MiB. It agrees on the next by itself.',
    example: '"64 GiB"',
  }),
});

const cacheSection = z.strictObject({
  size: described(byteCount().default(0), {
    description:
      "How much to keep of others' shards, to sell reads of them without an agreement (`stowmarket provider cache`); the least recently read make room. It is beside ask.capacity. 0 caches nothing.",
    example: '"20 GiB"',
  }),
  pricePerMib: described(tokens().default(0n), {
    description:
      'Price of reads of what is cached, in tokens per MiB. Clients pay no more than their holders may take. 0 makes them free.',
    example: '"0.000001"',
  }),
});

const bidsSection = z.strictObject({
  accept: described(flag().default(true), {
    description:
      'Answer bids of clients: take in their shards, and form the agreement once the price has climbed enough.',
  }),
  // On, though the answer has to be signed before anybody can know that the others let themselves be read: who makes decoys of that gains nothing (docs/economics.md).
  repair: described(flag().default(true), {
    description:
      'Answer bids for shards that other providers lost, too, and post them where their clients allowed it: such a shard is rebuilt from others of its object, at your line and for the bounty. The risk: you promise before you can read all of it, and when the others then refuse, the collateral is burned. Limits: at most 1% of your stake stands behind shards that are not rebuilt yet, the price is at most twice what you ask, and a client whose shard could not be rebuilt is never answered again.',
  }),
  minPricePerGibPeriod: described(tokens().optional(), {
    description:
      'Answer bids from this price on, in tokens for one GiB and period. Without it, from ask.price-per-gib-period on.',
    example: '"0.001"',
  }),
  maxCollateralPeriods: described(integer(1, UINT24_MAX).default(30), {
    description: 'Most collateral to put behind an agreement under a bid, in periods of its rent.',
  }),
  maxWait: described(duration().default(86_400_000), {
    description: 'Longest to keep a shard, unpaid, for a bid that nobody has answered yet.',
    example: '"1d"',
  }),
});

const dutiesSection = z.strictObject({
  concede: described(choice(['auto', 'never']).default('auto'), {
    description:
      'Whether to admit the loss of a shard that cannot be read (auto): that costs its collateral, and the rest can still be proven. With never, the period goes unproven until the file is back.',
  }),
  settleEveryPeriods: described(integer(1, UINT24_MAX).default(1), {
    description: 'How often to collect earnings, in periods. Waiting costs nothing but patience; settling costs gas.',
  }),
  countClientsGain: described(share().default(0.01), {
    description:
      "Have this provider's clients counted on the chain once that raises its score (0 to 1) by at least so much, as the score of few clients is worth little. It costs about 60,000 gas for each client and half-life; 1 never does it.",
  }),
  redeemAbove: described(tokens().default(1_000_000_000_000_000_000n), {
    description:
      'Redeem vouchers for reads once they are worth so many tokens together, where duties.tokens-per-coin does not say what gas is worth. Before a channel closes they are redeemed all the same.',
    example: '"1"',
  }),
  tokensPerCoin: described(tokens().optional(), {
    description:
      "What one of the chain's own coins is worth in tokens: then vouchers are redeemed once they are worth 20 times their gas, and before a channel closes if they are worth their gas.",
    example: '"2500"',
  }),
  reportMisses: described(flag().default(true), {
    description: 'Record the periods that other providers missed, for the fee that the market pays for it.',
  }),
});

export const providerSchema = z.strictObject({
  dataDir: described(path(), {
    description: 'Folder for shards and for what the provider knows. One running provider per folder.',
    defaultText: 'provider in the data folder',
    isPath: true,
  }),
  stake: described(tokens().default(100n * 10n ** 18n), {
    description: 'Keep at least this many tokens staked beyond the bond; collateral is locked out of it.',
    example: '"100"',
  }),
  chain: chainSection,
  keys: keysSection,
  network: networkSection.prefault({}),
  transfer: transferSection.prefault({}),
  ask: askSection.prefault({}),
  retrieval: retrievalSection.prefault({}),
  cache: cacheSection.prefault({}),
  bids: bidsSection.prefault({}),
  duties: dutiesSection.prefault({}),
  monitor: z
    .strictObject({
      host: described(text().default('127.0.0.1'), { description: 'Address for health checks and metrics.' }),
      port: described(integer(0, 65_535).default(4603), {
        description: 'Port for health checks and metrics; 0 turns them off.',
      }),
    })
    .prefault({}),
  log: logSection.prefault({}),
});

/** Times in milliseconds, sizes in bytes, money in token wei. */
export type ProviderConfig = Readonly<z.output<typeof providerSchema>>;
