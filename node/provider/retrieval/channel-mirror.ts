import type { ChannelState } from '../../chain/records.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { BlockRange } from '../block-ranges.ts';
import type { ChainClock } from '../chain-clock.ts';
import type { PaidChannel } from '../ledger/channels.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { LogFollower } from '../log-follower.ts';
import type { ChannelLog } from './channel-log.ts';

export interface ChannelMirrorComponents {
  chain: {
    /** Events of blocks `from` to `to`, both included. */
    channelLog(from: bigint, to: bigint, signal?: AbortSignal): Promise<ChannelLog>;
    channel(channel: bigint, signal?: AbortSignal): Promise<ChannelState | undefined>;
  };
  chainClock: Pick<ChainClock, 'subscribe' | 'head' | 'look'>;
  ledger: Pick<Ledger, 'channels' | 'facts' | 'transaction'>;
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  logger: Logger;
}

export interface ChannelMirrorInit {
  /** Block in which this provider registered: no channel leads to it before. */
  firstBlock: bigint;
}

/** Keeps the ledger's channels in step with the chain, from the block where the last run stopped. */
export class ChannelMirror {
  readonly #components: ChannelMirrorComponents;
  readonly #follower: LogFollower;
  /** Channels to this provider that the log touched: in the blocks up to which one. Kept while those are read again. */
  readonly #recent = new Map<bigint, bigint>();

  constructor(components: ChannelMirrorComponents, { firstBlock }: ChannelMirrorInit) {
    this.#components = components;
    this.#follower = new LogFollower(components, {
      name: 'channel-mirror',
      place: 'next-channel-block',
      firstBlock,
      take: async (range, signal) => this.#record(await this.#rowsOf(range, signal)),
    });
  }

  /** Returns once everything up to now is known. */
  async start(): Promise<void> {
    await this.#follower.start();
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
  }

  /** A channel to this provider that is not closed. */
  find(channel: bigint): PaidChannel | undefined {
    const known = this.#components.ledger.channels.get(channel);
    return known?.closed === false ? known : undefined;
  }

  /** Reads up to the newest block. Calls at the same time share one reading. */
  async sync(signal?: AbortSignal): Promise<void> {
    await this.#follower.sync(signal);
  }

  /**
   * What the log touches, or touched when it was read last, as the chain shows it now: a reorganisation that takes something back leaves no event, and an
   * endpoint's state may be older or newer than its log.
   */
  async #rowsOf({ from, to }: BlockRange, signal: AbortSignal): Promise<PaidChannel[]> {
    const { chain, ledger } = this.#components;
    const log = await chain.channelLog(from, to, signal);
    const opened = new Map(log.opened.map((args) => [args.channel, args]));
    const touched = new Set([...opened.keys(), ...log.redeemed.keys(), ...log.changed, ...log.closed]);
    for (const [channel, block] of this.#recent) if (block < from) this.#recent.delete(channel);
    const rows: PaidChannel[] = [];
    for (const channel of new Set([...touched, ...this.#recent.keys()])) {
      const known = ledger.channels.get(channel);
      const fresh = opened.get(channel);
      if (known === undefined && fresh === undefined) continue;
      if (touched.has(channel)) this.#recent.set(channel, to);
      const state = await chain.channel(channel, signal);
      const redeemed = log.redeemed.get(channel) ?? known?.redeemed ?? 0n;
      if (state !== undefined) rows.push(openRow(channel, state));
      else if (known !== undefined) rows.push({ ...known, redeemed, closed: true });
      else if (fresh !== undefined) {
        const { client, amount: deposit, expiry } = fresh;
        rows.push({ channel, client, deposit, redeemed, expiry, closesAt: undefined, closed: true });
      }
    }
    return rows;
  }

  #record(rows: readonly PaidChannel[]): void {
    const { ledger, logger } = this.#components;
    const isNews = (row: PaidChannel): boolean => !same(row, ledger.channels.get(row.channel));
    const news = rows.filter(isNews);
    ledger.transaction(() => {
      for (const row of news) ledger.channels.put(row);
    });
    for (const { channel, closed, closesAt } of news)
      logger.info({ channel: String(channel), closed, closesAt }, 'a channel to this provider changed');
  }
}

function openRow(channel: bigint, { client, deposit, redeemed, expiry, closesAt }: ChannelState): PaidChannel {
  return {
    channel,
    client,
    deposit,
    redeemed,
    expiry,
    closesAt: closesAt === 0 ? undefined : closesAt,
    closed: false,
  };
}

function same(a: PaidChannel, b: PaidChannel | undefined): boolean {
  return (
    b !== undefined &&
    a.deposit === b.deposit &&
    a.redeemed === b.redeemed &&
    a.expiry === b.expiry &&
    a.closesAt === b.closesAt &&
    a.closed === b.closed
  );
}
