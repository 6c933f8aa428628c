import { BPS } from '../../market/money.ts';
import { type Accounts, BURN_ACCOUNT } from './accounts.ts';
import { type ArgsOf, type EventOf, type ReplayContext, unheardOf } from './context.ts';
import type { Registry } from './registry.ts';

export interface ReplayedChannel {
  client: string;
  provider: number;
  /** Token wei. */
  deposit: bigint;
  /** Token wei promised by the highest voucher shown, what is to be burned included. */
  redeemed: bigint;
  /** Unix seconds. */
  expiry: number;
  /** Unix seconds; 0 while nobody closes. */
  closesAt: number;
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

  /** Token wei that stand behind all of them: what was not paid out. */
  get locked(): bigint {
    return [...this.#open.values()].reduce((sum, { deposit, redeemed }) => sum + deposit - this.#paidOf(redeemed), 0n);
  }

  apply(event: EventOf<'retrievalChannels'>): void {
    const { findings, ledger, transaction } = this.#context;
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
        const [rest, burn] = [channel.deposit - channel.redeemed, this.#burnOf(channel.redeemed)];
        findings.event(subject, 'what its client gets back', rest, event.args.refunded);
        findings.event(subject, 'what is burned', burn, event.args.burned);
        this.#open.delete(number);
        transaction.dueFlow('RetrievalChannels', { owner: channel.client }, rest);
        transaction.dueFlow('RetrievalChannels', { account: BURN_ACCOUNT }, burn);
        const { provider } = channel;
        ledger.move({ what: 'channel burn', from: subject, to: 'burn', provider, amount: burn });
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
    const channel = { client, provider, deposit: amount, redeemed: 0n, expiry, closesAt: 0 };
    this.#open.set(number, channel);
    transaction.dueFlow('RetrievalChannels', { owner: client }, -amount);
    this.#move(number, channel, 'channel opened', { toChannel: true }, amount);
  }

  #redeem(subject: string, channel: ReplayedChannel, args: ArgsOf<'retrievalChannels', 'VoucherRedeemed'>): void {
    const { findings, ledger, transaction } = this.#context;
    const paid = this.#paidOf(args.total) - this.#paidOf(channel.redeemed);
    findings.event(subject, 'its provider', channel.provider, args.provider);
    findings.event(subject, 'whether more was promised than before', true, args.total > channel.redeemed);
    findings.event(subject, 'whether more was promised than is there', false, args.total > channel.deposit);
    findings.event(subject, 'what its provider gets', paid, args.paid);
    channel.redeemed = args.total;
    const operator = this.#parts.registry.operatorOf(channel.provider);
    transaction.dueFlow('RetrievalChannels', operator, args.paid);
    const { provider } = channel;
    const to = this.#parts.accounts.purseOf(operator);
    ledger.move({ what: 'voucher redeemed', from: subject, to, provider, amount: args.paid });
  }

  #paidOf(redeemed: bigint): bigint {
    return redeemed - this.#burnOf(redeemed);
  }

  /** Of the whole and rounded up, as the contract does; burned when a channel ends. */
  #burnOf(redeemed: bigint): bigint {
    return (redeemed * this.#context.parameters.channelBurnBps + BPS - 1n) / BPS;
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
