import { readChannel } from '../../chain/actions/read-channel.ts';
import type { ChainView } from '../../chain/client.ts';
import type { ChannelRow } from '../../chain/market-index.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { formatTokens } from '../../market/money.ts';
import type { OpenChannel } from '../../retrieval/read-payer.ts';
import type { SentVouchers } from '../../retrieval/voucher-store.ts';

/** How long a channel lives that is opened on the way: a month of reads from the same provider, and an idle deposit is back soon after. */
const CHANNEL_LIFE_S = 30 * 24 * 60 * 60;
/** A channel that expires sooner is not used for what begins now. */
const LEAST_LIFE_S = 60;

export interface ChannelBookComponents {
  readonly chain: ChainView;
  readonly ofClient: () => Promise<readonly ChannelRow[]>;
  readonly sent: Pick<SentVouchers, 'promised'>;
  readonly nowS: () => Promise<number>;
  readonly open: (wish: { provider: number; amount: bigint; expiry: number }) => Promise<bigint>;
  readonly logger: Logger;
}

/** The channels that this wallet reads over: those that it has; new ones only within a budget. */
export class ChannelBook {
  readonly #components: ChannelBookComponents;
  readonly #budget: bigint;
  /** Opened by this process. */
  readonly #opened = new Map<number, bigint>();
  readonly #opening = new Map<number, Promise<OpenChannel>>();

  /** @param budget token wei to put behind a channel where there is none; 0 opens none */
  constructor(components: ChannelBookComponents, { budget }: { budget: bigint }) {
    this.#components = components;
    this.#budget = budget;
  }

  /** The channel to a provider with the most left in it. @throws StowError `channel-missing` */
  async to(provider: number): Promise<OpenChannel> {
    const known = this.#opening.get(provider);
    if (known !== undefined) return known;
    const finding = this.#find(provider).finally(() => this.#opening.delete(provider));
    this.#opening.set(provider, finding);
    return finding;
  }

  async #find(provider: number): Promise<OpenChannel> {
    const { ofClient, nowS } = this.#components;
    const [rows, now] = await Promise.all([ofClient(), nowS()]);
    const listed = rows.filter((row) => row.provider === provider && row.status === 'open').map((row) => row.channel);
    const own = this.#opened.get(provider);
    const candidates = new Set(own === undefined ? listed : [...listed, own]);
    const open = await Promise.all([...candidates].map(async (channel) => this.#look(channel, now)));
    const [best] = open
      .filter((found) => found !== undefined)
      .toSorted((a, b) => (this.#left(a) > this.#left(b) ? -1 : 1));
    if (best !== undefined && this.#left(best) > 0n) return best;
    return this.#openOne(provider, now, best);
  }

  async #look(channel: bigint, now: number): Promise<OpenChannel | undefined> {
    const state = await readChannel(this.#components.chain, channel);
    if (state === undefined || state.closesAt !== 0 || state.expiry < now + LEAST_LIFE_S) return undefined;
    return { channel, deposit: state.deposit };
  }

  #left({ channel, deposit }: OpenChannel): bigint {
    return deposit - this.#components.sent.promised(channel).amount;
  }

  async #openOne(provider: number, now: number, spent: OpenChannel | undefined): Promise<OpenChannel> {
    if (this.#budget === 0n) throw missing(provider, spent);
    const { open, logger } = this.#components;
    const channel = await open({ provider, amount: this.#budget, expiry: now + CHANNEL_LIFE_S });
    logger.info({ channel, provider, deposit: this.#budget }, 'opened a channel for reads');
    this.#opened.set(provider, channel);
    return { channel, deposit: this.#budget };
  }
}

function missing(provider: number, spent: OpenChannel | undefined): StowError {
  return new StowError({
    code: 'channel-missing',
    message:
      spent === undefined
        ? `provider ${provider} wants to be paid for reads, and no channel to it is open`
        : `provider ${provider} wants to be paid for reads, and the ${formatTokens(spent.deposit)} behind channel ${spent.channel} are used up`,
    hint:
      spent === undefined
        ? `open one: stowmarket channel open ${provider} TOKENS; or let commands open what they need: retrieval.budget`
        : `put more behind it: stowmarket channel topup ${spent.channel} TOKENS; or let commands open what they need: retrieval.budget`,
    exitCode: ExitCode.funds,
  });
}
