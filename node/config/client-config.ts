import { z } from 'zod';

import { choice, described, flag, integer, list, path, postgresUrl, share, tokens } from './fields.ts';
import { chainSection, logSection, peersFields } from './shared-sections.ts';

/** GF(2^8) has room for 255 shards. */
const MAX_SHARDS = 255;
/** The bound that putting asserts, where its reason is told. */
const MAX_SPARES = 3;
/** A million whole reads: beyond it somebody mistook bytes for reads. */
const MAX_READS = 1_000_000;
const UINT24_MAX = 2 ** 24 - 1;
/** The bound that ranking asserts, where its reason is told. */
const MAX_SCORE_WEIGHT = 0.1;
/** The same of what paid reads say. */
const MAX_SERVICE_WEIGHT = 0.04;
/** What ranking takes by default, where its reason is told. */
const DEFAULT_SCORE_WEIGHT = 0.015;

const storageSection = z.strictObject({
  needed: described(integer(1, MAX_SHARDS).default(4), {
    description: 'Shards that rebuild an object (k).',
  }),
  shards: described(integer(1, MAX_SHARDS).default(6), {
    description: 'Shards to store in all (n), each with a provider of its own.',
  }),
  spares: described(integer(0, MAX_SPARES).optional(), {
    description:
      'Shards to start beyond those, of which the slowest are dropped: each costs the traffic of a shard, and no tokens. Without it, 1 from 4 shards on.',
    example: '1',
  }),
  periods: described(integer(1, UINT24_MAX).default(90), { description: 'How long to store, in periods.' }),
  maxPricePerGibPeriod: described(tokens().optional(), {
    description:
      'Take no ask above this price, in tokens for one GiB and period. Without it, the cheapest that fit are taken.',
    example: '"0.01"',
  }),
  regions: described(list().default([]), {
    description: 'Take only providers that declare one of these countries (ISO 3166-1 numeric). Empty takes all.',
    example: '["276", "250"]',
  }),
});

/**
 * `lock`: renewed at the price that was agreed. `follow`: at the end of its term each shard is renewed or, where the market asks less by the
 * margin, bought anew. `re-tender`: that, and shards whose term has long to run are moved too.
 */
export const RENEWAL_POLICIES = ['lock', 'follow', 're-tender'] as const;
export type RenewalPolicy = (typeof RENEWAL_POLICIES)[number];

/**
 * A tenth. Moving a shard spends what no figure counts: its bytes cross the client's line twice, its new provider starts without a history
 * of proofs, and prices waver. Asks that follow the index move by some per cent from week to week; a tenth outlasts that.
 */
const DEFAULT_MARGIN = 0.1;

const renewSection = z.strictObject({
  policy: described(choice(RENEWAL_POLICIES).default('lock'), {
    description:
      'What `renew` does about prices: "lock" keeps those agreed; "follow" buys what ends anew where that is cheaper; "re-tender" also moves what has long to run.',
  }),
  margin: described(share().default(DEFAULT_MARGIN), {
    description:
      'How much less the market must ask, all in, before a shard is moved, as a share of what keeping it costs.',
  }),
});

const preferenceSection = z.strictObject({
  score: described(share(MAX_SCORE_WEIGHT).default(DEFAULT_SCORE_WEIGHT), {
    description: `How much a bad reputation counts against a provider, as a share of its price; at most ${MAX_SCORE_WEIGHT}. If most clients go above the default, it pays to fake one.`,
  }),
  latency: described(share().default(0.05), {
    description: 'How much a slow line counts against a provider, as a share of its price.',
  }),
  service: described(share(MAX_SERVICE_WEIGHT).default(0.01), {
    description: `How much slow paid reads on the record count against a provider, as a share of its price; at most ${MAX_SERVICE_WEIGHT}, above which it would pay to fake them.`,
  }),
  distance: described(share().default(0), {
    description: "How much distance from the shard's key counts against a provider, as a share of its price.",
  }),
});

const quoteSection = z.strictObject({
  reads: described(integer(0, MAX_READS).default(1), {
    description: 'How often quotes expect the whole object to be read over its term.',
  }),
  tokensPerCoin: described(tokens().optional(), {
    description: "What one of the chain's own coins is worth in tokens, so that quotes count gas in tokens, too.",
    example: '"2500"',
  }),
});

const retrievalSection = z.strictObject({
  maxPricePerMib: described(tokens().optional(), {
    description:
      'Pay no more than this for reads, in tokens per MiB. Without it, what the ask promised that an agreement took; where none binds the provider, nothing.',
    example: '"0.000001"',
  }),
  caches: described(flag().default(true), {
    description:
      'Whether `get` also reads from nodes that only keep copies, where they cost no more than the holders may take: those that are cheaper first, others when holders fail.',
  }),
  budget: described(tokens().default(0n), {
    description:
      'Tokens to put behind a channel to a provider that wants to be paid for reads, where none is open that has enough left for a read. 0 opens none: `stowmarket channel open` does.',
    example: '"1"',
  }),
});

const indexSection = z.strictObject({
  url: described(postgresUrl().default(''), {
    description:
      "PostgreSQL database for the index of the market's events, so that several machines share one; each market has a schema of its own in it. Empty keeps it in a SQLite file in the data folder. It holds a password, so the variable is a better place than a file that others read.",
    defaultText: 'empty',
    example: '"postgres://stow:password@db.example.org:5432/stowmarket"',
    isSecret: true,
  }),
});

export const clientSchema = z.strictObject({
  wallet: z.strictObject({
    keystore: described(path(), {
      description: 'Keystore of the wallet that pays, and from which every encryption key derives.',
      defaultText: 'wallet.json in the keystores folder',
      isPath: true,
    }),
    passwordFile: described(path().optional(), {
      description: "File whose first line is the keystore's password. Without it, the password is asked for.",
      example: '"/home/me/.stowmarket-password"',
      isPath: true,
    }),
  }),
  chain: chainSection,
  storage: storageSection.prefault({}),
  preference: preferenceSection.prefault({}),
  renew: renewSection.prefault({}),
  quote: quoteSection.prefault({}),
  retrieval: retrievalSection.prefault({}),
  index: indexSection.prefault({}),
  network: z.strictObject(peersFields).prefault({}),
  log: logSection.prefault({}),
});

/** Times in milliseconds, sizes in bytes, money in token wei. */
export type ClientConfig = Readonly<z.output<typeof clientSchema>>;
