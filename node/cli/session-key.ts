import { authorizeSession } from '../chain/actions/authorize-session.ts';
import { readChainTime } from '../chain/actions/read-chain-time.ts';
import { revokeSession } from '../chain/actions/revoke-session.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import type { Address } from '../market/messages.ts';
import { parseTokens } from '../market/money.ts';
import { withSession } from './client-setup.ts';
import { type DryRunOption, reportDryRun } from './dry-run.ts';
import { formatAmount, instant } from './format.ts';
import { mayBeMined, tellingWhatWasDone } from './interrupt.ts';
import { type Expiry, expiryFrom } from './parse-options.ts';
import type { Run } from './program-context.ts';

const MAY_BE_MINED = mayBeMined('`stowmarket wallet session show` tells');

/** A key that may spend from the wallet's escrow account. */
export interface SessionKey {
  /** The command that asks, without the program's name. */
  command: string;
  keyOf: (session: ClientSession) => Address;
  /** What people call it, where that is not its address. */
  who?: string;
}

export interface AuthorizeOptions extends DryRunOption {
  budget: string;
  expires: Expiry;
}

/** Lets a key spend a budget of the wallet's escrow account, up to a time. */
export async function authorizeKey(
  run: Run,
  { command, keyOf, who }: SessionKey,
  options: AuthorizeOptions,
): Promise<void> {
  const { output, signal } = run;
  const budget = parseTokens(options.budget);
  const isDry = options.dryRun === true;
  await withSession(run, { wallet: !isDry }, async (session, { config }) => {
    const key = keyOf(session);
    const name = who ?? key;
    // Against the chain's clock, as the contract does: a machine's may be off.
    const { seconds } = await readChainTime(session.market.chain, { signal });
    const expiry = expiryFrom(options.expires, seconds);
    if (isDry) {
      const dry = session.drySender();
      await authorizeSession(dry, { key, budget, expiry }, { signal });
      return reportDryRun(run, {
        command,
        record: { owner: session.address, key, budget, expiry },
        lines: [
          `${name} could spend ${formatAmount(budget)} of ${session.address} until ${instant(expiry)}; no tokens would move`,
        ],
        moves: [],
        senders: [dry],
        tokensPerCoin: config.quote.tokensPerCoin,
      });
    }
    const sender = await session.sender();
    const { transactionHash: transaction } = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
      authorizeSession(sender, { key, budget, expiry }, { signal }),
    );
    output.result(
      { type: 'session-authorized', owner: session.address, key, budget, expiry, transaction },
      `${name} may spend ${formatAmount(budget)} of ${session.address} until ${instant(expiry)}`,
    );
    return undefined;
  });
}

/** Takes that back. */
export async function revokeKey(
  run: Run,
  { command, keyOf, who }: SessionKey,
  { dryRun = false }: DryRunOption,
): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: !dryRun }, async (session, { config }) => {
    const key = keyOf(session);
    const name = who ?? key;
    if (dryRun) {
      const dry = session.drySender();
      await revokeSession(dry, { key }, { signal });
      return reportDryRun(run, {
        command,
        record: { owner: session.address, key },
        lines: [`${name} could spend nothing of ${session.address} any more; no tokens would move`],
        moves: [],
        senders: [dry],
        tokensPerCoin: config.quote.tokensPerCoin,
      });
    }
    const sender = await session.sender();
    const { transactionHash: transaction } = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
      revokeSession(sender, { key }, { signal }),
    );
    output.result(
      { type: 'session-revoked', owner: session.address, key, transaction },
      `${name} may spend nothing of ${session.address} any more`,
    );
    return undefined;
  });
}
