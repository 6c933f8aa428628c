import { BPS } from '../../market/money.ts';
import type { Accounts } from './accounts.ts';
import { type ArgsOf, type EventOf, type ReplayContext, unheardOf } from './context.ts';
import type { Registry } from './registry.ts';

export interface ReplayedChannel {
  client: string;
  provider: number;
  /** Unix seconds; 0 while nobody closes. */
  closesAt: number;
  /** Token wei. */
  deposit: bigint;
  /** Token wei paid out so far, burned part included. */
  redeemed: bigint;
  /** Unix seconds. */
  expiry: number;
}

interface ChannelParts {
  accounts: Accounts;
  registry: Registry;
}

/** Deposits behind vouchers: what each channel holds, and where it went. */
export class Channels {
  readonly #context: ReplayContext;
  readonly #parts: ChannelParts;
  readonly #open = new Map<bigint, ReplayedChannel>();
  #count = 0n;

  constructor(context: ReplayContext, parts: ChannelParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** Channels ever opened. */
  get count(): bigint {
    return this.#count;
  }

  /** Of channels that are not over; undefined for all others. */
  get(channel: bigint): ReplayedChannel | undefined {
    return this.#open.get(channel);
  }

  /** Token wei that stand behind all of them. */
  get locked(): bigint {
    return [...this.#open.values()].reduce((sum, { deposit, redeemed }) => sum + deposit - redeemed, 0n);
  }

  apply(event: EventOf<'retrievalChannels'>): void {
    const { findings, transaction } = this.#context;
    const number = event.args.channel;
    const subject = channelName(number);
    findings.touch(subject);
    if (event.name === 'ChannelOpened') return this.#begin(subject, event.args);
    const channel = this.#open.get(number);
    findings.event(subject, 'whether it is open', true, channel !== undefined);
    if (channel === undefined) return undefined;
    switch (event.name) {
      case 'ChannelToppedUp':
        findings.event(subject, 'whether its life shrank', false, event.args.expiry < channel.expiry);
        channel.expiry = event.args.expiry;
        channel.deposit += event.args.amount;
        transaction.dueFlow('RetrievalChannels', { owner: channel.client }, -event.args.amount);
        return this.#move(number, channel, 'channel topped up', { toChannel: true }, event.args.amount);
      case 'VoucherRedeemed':
        return this.#redeem(subject, channel, event.args);
      case 'ChannelClosing':
        findings.event(subject, 'whether it was closing before', false, channel.closesAt !== 0);
        channel.closesAt = event.args.closesAt;
        return undefined;
      case 'ChannelClosed': {
        const rest = channel.deposit - channel.redeemed;
        findings.event(subject, 'what its client gets back', rest, event.args.refunded);
        this.#open.delete(number);
        transaction.dueFlow('RetrievalChannels', { owner: channel.client }, rest);
        return this.#move(number, channel, 'channel closed', { toChannel: false }, rest);
      }
      default:
        return unheardOf(event);
    }
  }

  #begin(subject: string, args: ArgsOf<'retrievalChannels', 'ChannelOpened'>): void {
    const { findings, transaction } = this.#context;
    const { channel: number, client, provider, amount, expiry } = args;
    findings.event(subject, 'its number', (this.#count += 1n), number);
    const channel = { client, provider, closesAt: 0, deposit: amount, redeemed: 0n, expiry };
    this.#open.set(number, channel);
    transaction.dueFlow('RetrievalChannels', { owner: client }, -amount);
    this.#move(number, channel, 'channel opened', { toChannel: true }, amount);
  }

  #redeem(subject: string, channel: ReplayedChannel, args: ArgsOf<'retrievalChannels', 'VoucherRedeemed'>): void {
    const { findings, ledger, parameters, transaction } = this.#context;
    const fresh = args.total - channel.redeemed;
    // Rounded up, as the contract does.
    const burn = (fresh * parameters.channelBurnBps + BPS - 1n) / BPS;
    findings.event(subject, 'its provider', channel.provider, args.provider);
    findings.event(subject, 'whether more was promised than before', true, fresh > 0n);
    findings.event(subject, 'whether more was promised than is there', false, args.total > channel.deposit);
    findings.event(subject, 'what is burned', burn, args.burned);
    findings.event(subject, 'what its provider gets', fresh - burn, args.paid);
    channel.redeemed = args.total;
    const operator = this.#parts.registry.operatorOf(channel.provider);
    transaction.dueFlow('RetrievalChannels', operator, args.paid);
    transaction.dueFlow('RetrievalChannels', { account: 0 }, args.burned);
    const about = { from: subject, provider: channel.provider };
    ledger.move({ ...about, what: 'voucher redeemed', to: this.#parts.accounts.purseOf(operator), amount: args.paid });
    ledger.move({ ...about, what: 'voucher burn', to: 'burn', amount: args.burned });
  }

  #move(
    number: bigint,
    { client, provider }: ReplayedChannel,
    what: string,
    { toChannel }: { toChannel: boolean },
    amount: bigint,
  ): void {
    const [account, channel] = [`account ${client}`, channelName(number)];
    const [from, to] = toChannel ? [account, channel] : [channel, account];
    this.#context.ledger.move({ what, from, to, provider, amount });
  }
}

export function channelName(channel: bigint): string {
  return `channel ${channel}`;
}
