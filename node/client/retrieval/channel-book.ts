import type { ChannelRow } from '../../chain/market-index.ts';
import type { ChannelState } from '../../chain/records.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { formatTokens } from '../../market/money.ts';
import type { OpenChannel } from '../../retrieval/read-payer.ts';
import type { SentVouchers } from '../../retrieval/voucher-store.ts';

/** How long a channel lives that is opened on the way: a month of reads from the same provider, and an idle deposit is back soon after. */
const CHANNEL_LIFE_S = 30 * 24 * 60 * 60;
/** A channel that expires sooner is not used for what begins now. */
const LEAST_LIFE_S = 60;

/** Channels that a provider may refuse though something is left in them, before none is opened for it any more: a deposit is bound until its channel closes. */
const MAX_DENIED = 2;

export interface ChannelBookComponents {
  /** As the chain has it; undefined when it was never opened, or is closed. */
  readonly channel: (channel: bigint) => Promise<Pick<ChannelState, 'deposit' | 'expiry' | 'closesAt'> | undefined>;
  readonly ofClient: () => Promise<readonly Pick<ChannelRow, 'channel' | 'provider' | 'status'>[]>;
  readonly sent: Pick<SentVouchers, 'promised'>;
  readonly nowS: () => Promise<number>;
  readonly open: (wish: { provider: number; amount: bigint; expiry: number }) => Promise<bigint>;
  readonly logger: Logger;
}

/** The channels that this wallet reads over: those that it has; new ones only within a budget. */
export class ChannelBook {
  readonly #components: ChannelBookComponents;
  readonly #budget: bigint;
  /** Opened by this process: the index may not know them yet. */
  readonly #opened = new Map<number, readonly bigint[]>();
  /** Channels that their provider serves nothing more over, by what stood behind them then. */
  readonly #refused = new Map<bigint, bigint>();
  /** By provider: the search that came last. */
  readonly #finding = new Map<number, Promise<OpenChannel>>();

  /** @param budget token wei to put behind a channel where there is none; 0 opens none */
  constructor(components: ChannelBookComponents, { budget }: { budget: bigint }) {
    this.#components = components;
    this.#budget = budget;
  }

  /**
   * The channel to a provider with the most left in it, and at least `least` token wei: what the read that it is for costs.
   * @throws StowError `channel-missing`, `channel-refused`, `channel-budget-small`
   */
  async to(provider: number, least: bigint): Promise<OpenChannel> {
    const before = this.#finding.get(provider);
    const finding = (async () => {
      // What one search opens, the next finds.
      await before?.catch(() => undefined);
      return this.#find(provider, least);
    })();
    this.#finding.set(provider, finding);
    try {
      return await finding;
    } finally {
      if (this.#finding.get(provider) === finding) this.#finding.delete(provider);
    }
  }

  /** The provider serves nothing more over a channel. It is used again once more is put behind it. */
  refused({ channel, deposit }: OpenChannel): void {
    this.#refused.set(channel, deposit);
  }

  async depositOf(channel: bigint): Promise<bigint> {
    return (await this.#components.channel(channel))?.deposit ?? 0n;
  }

  async #find(provider: number, least: bigint): Promise<OpenChannel> {
    const { ofClient, nowS } = this.#components;
    const [rows, now] = await Promise.all([ofClient(), nowS()]);
    const listed = rows.filter((row) => row.provider === provider && row.status === 'open').map((row) => row.channel);
    const candidates = new Set([...listed, ...(this.#opened.get(provider) ?? [])]);
    const looked = await Promise.all([...candidates].map(async (channel) => this.#look(channel, now)));
    const open = looked
      .filter((found) => found !== undefined)
      .toSorted((a, b) => (this.#left(a) > this.#left(b) ? -1 : 1));
    const isRefused = ({ channel, deposit }: OpenChannel): boolean => this.#refused.get(channel) === deposit;
    const best = open.find((found) => !isRefused(found));
    if (best !== undefined && this.#left(best) >= least) return best;
    const denied = open.filter((found) => isRefused(found) && this.#left(found) >= least);
    if (denied.length >= MAX_DENIED) throw deniedBy(provider, denied);
    return this.#openOne(provider, { now, least, spent: open[0] });
  }

  async #look(channel: bigint, now: number): Promise<OpenChannel | undefined> {
    const state = await this.#components.channel(channel);
    if (state === undefined || state.closesAt !== 0 || state.expiry < now + LEAST_LIFE_S) return undefined;
    return { channel, deposit: state.deposit };
  }

  #left({ channel, deposit }: OpenChannel): bigint {
    return deposit - this.#components.sent.promised(channel).amount;
  }

  async #openOne(
    provider: number,
    { now, least, spent }: { now: number; least: bigint; spent: OpenChannel | undefined },
  ): Promise<OpenChannel> {
    if (this.#budget === 0n) throw missing(provider, spent);
    if (this.#budget < least) throw budgetSmall(provider, this.#budget, least);
    const { open, logger } = this.#components;
    const channel = await open({ provider, amount: this.#budget, expiry: now + CHANNEL_LIFE_S });
    logger.info({ channel, provider, deposit: this.#budget }, 'opened a channel for reads');
    this.#opened.set(provider, [...(this.#opened.get(provider) ?? []), channel]);
    return { channel, deposit: this.#budget };
  }
}

function deniedBy(provider: number, denied: readonly OpenChannel[]): StowError {
  const channels = denied.map(({ channel }) => channel).join(' and ');
  return new StowError({
    code: 'channel-refused',
    message: `provider ${provider} serves nothing more over channels ${channels}, in which enough is left by this wallet's record; no other is opened`,
    hint: 'it is read elsewhere where enough other shards are left; close them: stowmarket channel close CHANNEL',
    exitCode: ExitCode.funds,
  });
}

function budgetSmall(provider: number, budget: bigint, least: bigint): StowError {
  return new StowError({
    code: 'channel-budget-small',
    message: `one read from provider ${provider} costs ${formatTokens(least)}, and retrieval.budget opens channels with ${formatTokens(budget)}`,
    hint: `raise retrieval.budget, or open a channel: stowmarket channel open ${provider} TOKENS`,
    exitCode: ExitCode.funds,
  });
}

function missing(provider: number, spent: OpenChannel | undefined): StowError {
  return new StowError({
    code: 'channel-missing',
    message:
      spent === undefined
        ? `provider ${provider} wants to be paid for reads, and no channel to it is open`
        : `provider ${provider} wants to be paid for reads, and too little is left of the ${formatTokens(spent.deposit)} behind channel ${spent.channel}`,
    hint:
      spent === undefined
        ? `open one: stowmarket channel open ${provider} TOKENS; or let commands open what they need: retrieval.budget`
        : `put more behind it: stowmarket channel topup ${spent.channel} TOKENS; or let commands open what they need: retrieval.budget`,
    exitCode: ExitCode.funds,
  });
}
