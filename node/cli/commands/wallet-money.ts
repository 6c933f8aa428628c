import { getAddress, isAddress } from 'viem';

import { deposit } from '../../chain/actions/deposit.ts';
import { readBalances } from '../../chain/actions/read-balances.ts';
import { withdraw } from '../../chain/actions/withdraw.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Address } from '../../market/messages.ts';
import { formatTokens, parseTokens } from '../../market/money.ts';
import { withSession } from '../client-setup.ts';
import { formatAmount, formatTable } from '../format.ts';
import { tellingWhatWasDone } from '../interrupt.ts';
import type { Run } from '../program-context.ts';

const MAY_BE_MINED = 'a transaction that was handed over may still be mined; `stowmarket wallet balance` shows it';

export interface WithdrawOptions {
  to?: string;
}

/** `wallet balance` */
export async function showBalance(run: Run): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: false }, async ({ market, address }) => {
    const balances = await readBalances(market.chain, address, { signal });
    const agreements = await market.index.agreementsOfClient(address);
    const locked = agreements
      .filter(({ status }) => status === 'active')
      .reduce(
        (sum, row) =>
          sum + row.pricePerUnitPeriod * BigInt(row.units) * BigInt(row.startPeriod + row.periods - row.settledTo),
        0n,
      );
    output.result(
      { type: 'balance', address, ...balances, locked },
      formatTable(
        ['wallet', address],
        [
          ['in escrow, free', formatAmount(balances.escrow)],
          ['in escrow, locked', `${formatAmount(locked)} for periods to come`],
          ['in the wallet', formatAmount(balances.wallet)],
          ['for gas', formatAmount(balances.gas, "of the chain's own coin")],
        ],
      ),
    );
  });
}

/** `wallet deposit` */
export async function depositTokens(run: Run, text?: string): Promise<void> {
  const { output, signal } = run;
  const amount = amountOf(text ?? '');
  await withSession(run, { wallet: true }, async (session) => {
    const sender = await session.sender();
    const { transactionHash } = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
      deposit(sender, { amount }, { signal }),
    );
    const { escrow } = await readBalances(session.market.chain, session.address, { signal });
    output.result(
      { type: 'deposited', amount, escrow, transaction: transactionHash },
      `deposited ${formatAmount(amount)}; the escrow account now has ${formatAmount(escrow)} free`,
    );
  });
}

/** `wallet withdraw` */
export async function withdrawTokens(run: Run, text: string, options: WithdrawOptions): Promise<void> {
  const { output, signal } = run;
  const asked = text === 'all' ? undefined : amountOf(text);
  const given = options.to === undefined ? undefined : addressOf(options.to);
  await withSession(run, { wallet: true }, async (session) => {
    const { escrow } = await readBalances(session.market.chain, session.address, { signal });
    const amount = asked ?? escrow;
    if (amount > escrow || amount === 0n) throw escrowShort(amount, escrow);
    const to = given ?? session.address;
    const sender = await session.sender();
    const { transactionHash } = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
      withdraw(sender, { to, amount }, { signal }),
    );
    output.result(
      { type: 'withdrawn', amount, to, transaction: transactionHash },
      `withdrew ${formatAmount(amount)} to ${to}; ${formatAmount(escrow - amount)} are left free in escrow`,
    );
  });
}

function amountOf(text: string): bigint {
  const amount = parseTokens(text);
  if (amount > 0n) return amount;
  throw new StowError({
    code: 'bad-amount',
    message: 'the amount is zero',
    hint: 'name how many tokens, such as 12.5',
    exitCode: ExitCode.usage,
  });
}

function addressOf(text: string): Address {
  if (isAddress(text)) return getAddress(text);
  throw new StowError({
    code: 'bad-address',
    message: `${JSON.stringify(text.slice(0, 80))} is not an address, or its checksum does not match`,
    hint: 'copy it whole; tokens sent to a mistyped address are lost',
    exitCode: ExitCode.usage,
  });
}

function escrowShort(amount: bigint, escrow: bigint): StowError {
  return new StowError({
    code: 'escrow-short',
    message:
      amount === 0n
        ? 'the escrow account has nothing free to withdraw'
        : `the escrow account has ${formatTokens(escrow)} free, ${formatTokens(amount - escrow)} less than ${formatTokens(amount)}; nothing was sent`,
    hint: 'what is locked for agreements comes back when they end: `stowmarket rm OBJECT` gives notice',
    exitCode: ExitCode.funds,
  });
}
