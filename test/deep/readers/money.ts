import { readChannel } from '../../../node/chain/actions/read-channel.ts';
import { readBalances } from '../../../node/chain/actions/read-balances.ts';
import { readChannelTerms } from '../../../node/chain/actions/read-channel-terms.ts';
import { startClosing } from '../../../node/chain/actions/start-closing.ts';
import { withdrawChannel } from '../../../node/chain/actions/withdraw-channel.ts';
import { escrowAbi } from '../../../node/chain/abi/escrow.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import { mapLimited } from '../../../node/client/session/map-limited.ts';
import type { Address } from '../../../node/market/messages.ts';
import { BPS, ceilDiv } from '../../../node/market/money.ts';
import type { TestChain } from '../../node/support/chain.ts';

/** Transactions of different senders that are under way at once. */
const AT_ONCE = 16;
/** The provider redeems what ends with its next block; it has to have done so well within the dispute window. */
const REDEEM_TIMEOUT_MS = 120_000;
const POLL_MS = 500;

/** Who has what, token wei. */
export interface Purses {
  readonly clients: bigint;
  readonly provider: bigint;
  readonly burned: bigint;
}

export interface Account {
  readonly sender: TxSender;
  readonly channel: bigint;
}

export async function readPurses(view: ChainView, clients: readonly Address[], operator: Address): Promise<Purses> {
  const escrowOf = async (owner: Address): Promise<bigint> => (await readBalances(view, owner)).escrow;
  const all = await mapLimited(clients, AT_ONCE, escrowOf);
  const [, burned] = await view.client.readContract({
    address: view.deployment.contracts.escrow,
    abi: escrowAbi,
    functionName: 'accounts',
    args: [0],
  });
  return { clients: all.reduce((sum, one) => sum + one, 0n), provider: await escrowOf(operator), burned };
}

/** Closes every channel from its client's side, waits until the provider has redeemed what was promised, and takes the rest back. @returns what is not as it should be */
export async function closeAll(
  chain: TestChain,
  view: ChainView,
  accounts: readonly Account[],
  promised: ReadonlyMap<bigint, bigint>,
): Promise<string[]> {
  await mapLimited(accounts, AT_ONCE, ({ sender, channel }) => startClosing(sender, { channel }));
  const faults = await redeemedOf(view, promised);
  const { disputeSeconds } = await readChannelTerms(view);
  await chain.rpc('evm_increaseTime', disputeSeconds + 1);
  await chain.mine(1);
  await mapLimited(accounts, AT_ONCE, ({ sender, channel }) => withdrawChannel(sender, { channel }));
  return faults;
}

/** What was to be redeemed of each channel and was not, to the wei. */
async function redeemedOf(view: ChainView, promised: ReadonlyMap<bigint, bigint>): Promise<string[]> {
  const deadlineMs = performance.now() + REDEEM_TIMEOUT_MS;
  let faults: string[];
  do {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const found = await mapLimited([...promised], AT_ONCE, async ([channel, amount]) => {
      const { redeemed = 0n } = (await readChannel(view, channel)) ?? {};
      return redeemed === amount ? [] : [`channel ${channel}: ${amount} wei promised, ${redeemed} redeemed`];
    });
    faults = found.flat();
  } while (faults.length > 0 && performance.now() < deadlineMs);
  return faults;
}

/** Compares what moved with what was promised. @returns what differs */
export async function auditMoney(
  view: ChainView,
  promised: ReadonlyMap<bigint, bigint>,
  before: Purses,
  after: Purses,
): Promise<string[]> {
  const { burnBps } = await readChannelTerms(view);
  const sum = (of: (amount: bigint) => bigint): bigint =>
    [...promised.values()].reduce((added, amount) => added + of(amount), 0n);
  const burn = (amount: bigint): bigint => ceilDiv(amount * burnBps, BPS);
  const moved: [string, bigint, bigint][] = [
    ['clients paid', before.clients - after.clients, sum((amount) => amount)],
    ['the provider got', after.provider - before.provider, sum((amount) => amount - burn(amount))],
    ['burned', after.burned - before.burned, sum(burn)],
    ['together', total(after), total(before)],
  ];
  return moved.flatMap(([what, is, wanted]) => (is === wanted ? [] : [`${what} ${is} wei, and not ${wanted}`]));
}

function total({ clients, provider, burned }: Purses): bigint {
  return clients + provider + burned;
}
