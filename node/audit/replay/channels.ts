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

/** How the ledger calls what waits in the lock of RetrievalChannels to be burned. */
const BURNS = 'channel burns';

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
  #burning = 0n;

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

  /** Token wei that stand behind all of them: what was not paid out, and what those that are over burned and nobody has had collected yet. */
  get locked(): bigint {
    return [...this.#open.values()].reduce(
      (sum, { deposit, redeemed }) => sum + deposit - this.#paidOf(redeemed),
      this.#burning,
    );
  }

  /** Token wei that wait to be burned. */
  get burning(): bigint {
    return this.#burning;
  }

  /** All that waits to be burned goes to the burn account, in a call of its own. */
  burnCollected(amount: bigint): void {
    const { findings, ledger, transaction } = this.#context;
    findings.event(BURNS, 'what waits to be burned', this.#burning, amount);
    this.#burning -= amount;
    transaction.dueFlow('RetrievalChannels', { account: BURN_ACCOUNT }, amount);
    ledger.move({ what: 'channel burns collected', from: BURNS, to: 'burn', amount });
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
      case 'ChannelClosed':
        findings.event(subject, 'what is burned', this.#burnOf(channel.redeemed), event.args.burned);
        return this.#end(number, channel, event.args.refunded);
      case 'ChannelSettled':
        this.#pay(subject, channel, event.args.total);
        return this.#end(number, channel, event.args.refunded);
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
    const { findings } = this.#context;
    findings.event(subject, 'its provider', channel.provider, args.provider);
    findings.event(subject, 'what its provider gets', this.#pay(subject, channel, args.total), args.paid);
  }

  /** What its provider gets for a voucher. Token wei. */
  #pay(subject: string, channel: ReplayedChannel, total: bigint): bigint {
    const { findings, ledger, transaction } = this.#context;
    findings.event(subject, 'whether more was promised than before', true, total > channel.redeemed);
    findings.event(subject, 'whether more was promised than is there', false, total > channel.deposit);
    const paid = this.#paidOf(total) - this.#paidOf(channel.redeemed);
    channel.redeemed = total;
    const operator = this.#parts.registry.operatorOf(channel.provider);
    transaction.dueFlow('RetrievalChannels', operator, paid);
    const { provider } = channel;
    const to = this.#parts.accounts.purseOf(operator);
    ledger.move({ what: 'voucher redeemed', from: subject, to, provider, amount: paid });
    return paid;
  }

  #end(number: bigint, channel: ReplayedChannel, refunded: bigint): void {
    const { findings, ledger, transaction } = this.#context;
    const subject = channelName(number);
    const [rest, burn] = [channel.deposit - channel.redeemed, this.#burnOf(channel.redeemed)];
    findings.event(subject, 'what its client gets back', rest, refunded);
    this.#open.delete(number);
    this.#burning += burn;
    transaction.dueFlow('RetrievalChannels', { owner: channel.client }, rest);
    const { provider } = channel;
    ledger.move({ what: 'channel burn', from: subject, to: BURNS, provider, amount: burn });
    this.#move(number, channel, 'channel closed', { toChannel: false }, rest);
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
