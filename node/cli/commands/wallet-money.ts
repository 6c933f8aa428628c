import { getAddress, isAddress } from 'viem';

import { deposit, planDeposit } from '../../chain/actions/deposit.ts';
import { readBalances } from '../../chain/actions/read-balances.ts';
import { withdraw } from '../../chain/actions/withdraw.ts';
import { escrowShort } from '../../client/escrow-short.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Address } from '../../market/messages.ts';
import { parseTokens } from '../../market/money.ts';
import { endOf } from '../../market/term.ts';
import { withSession } from '../client-setup.ts';
import { accountOf, type DryRunOption, reportDryRun } from '../dry-run.ts';
import { formatAmount, formatTable } from '../format.ts';
import { mayBeMined, tellingWhatWasDone } from '../interrupt.ts';
import type { Run } from '../program-context.ts';

const MAY_BE_MINED = mayBeMined('`stowmarket wallet balance` shows it');

export interface WithdrawOptions extends DryRunOption {
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
      .reduce((sum, row) => sum + row.pricePerUnitPeriod * BigInt(row.units) * BigInt(endOf(row) - row.settledTo), 0n);
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
export async function depositTokens(run: Run, text: string, { dryRun = false }: DryRunOption): Promise<void> {
  const { output, signal } = run;
  const amount = amountOf(text);
  await withSession(run, { wallet: !dryRun }, async (session, { config }) => {
    if (dryRun) {
      const dry = session.drySender();
      await planDeposit(dry, { amount }, { signal });
      return reportDryRun(run, {
        command: 'wallet deposit',
        record: { amount },
        lines: [`would deposit ${formatAmount(amount)}`],
        moves: [{ amount, from: `wallet ${dry.address}`, to: accountOf(dry.address) }],
        senders: [dry],
        tokensPerCoin: config.quote.tokensPerCoin,
      });
    }
    const sender = await session.sender();
    const { transactionHash } = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
      deposit(sender, { amount }, { signal }),
    );
    const { escrow } = await readBalances(session.market.chain, session.address, { signal });
    output.result(
      { type: 'deposited', amount, escrow, transaction: transactionHash },
      `deposited ${formatAmount(amount)}; the escrow account now has ${formatAmount(escrow)} free`,
    );
    return undefined;
  });
}

/** `wallet withdraw` */
export async function withdrawTokens(run: Run, text: string, options: WithdrawOptions): Promise<void> {
  const { output, signal } = run;
  const asked = text === 'all' ? undefined : amountOf(text);
  const given = options.to === undefined ? undefined : addressOf(options.to);
  const isDry = options.dryRun === true;
  await withSession(run, { wallet: !isDry }, async (session, { config }) => {
    const { escrow } = await readBalances(session.market.chain, session.address, { signal });
    const amount = asked ?? escrow;
    if (amount > escrow || amount === 0n) throw tooLittle(amount, escrow);
    const to = given ?? session.address;
    if (isDry) {
      const dry = session.drySender();
      await withdraw(dry, { to, amount }, { signal });
      return reportDryRun(run, {
        command: 'wallet withdraw',
        record: { amount, to },
        lines: [
          `would withdraw ${formatAmount(amount)}; ${formatAmount(escrow - amount)} would be left free in escrow`,
        ],
        moves: [{ amount, from: accountOf(session.address), to: `wallet ${to}` }],
        senders: [dry],
        tokensPerCoin: config.quote.tokensPerCoin,
      });
    }
    const sender = await session.sender();
    const { transactionHash } = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
      withdraw(sender, { to, amount }, { signal }),
    );
    output.result(
      { type: 'withdrawn', amount, to, transaction: transactionHash },
      `withdrew ${formatAmount(amount)} to ${to}; ${formatAmount(escrow - amount)} are left free in escrow`,
    );
    return undefined;
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

function tooLittle(amount: bigint, held: bigint): StowError {
  const hint = 'what is locked for agreements comes back when they end: `stowmarket rm OBJECT` gives notice';
  if (amount > 0n) return escrowShort({ what: 'the withdrawal takes', total: amount, held, hint });
  return new StowError({
    code: 'escrow-short',
    message: 'the escrow account has nothing free to withdraw',
    hint,
    exitCode: ExitCode.funds,
  });
}
