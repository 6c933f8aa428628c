import { Command } from 'commander';

import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { readSession } from '../../chain/actions/read-session.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Address } from '../../market/messages.ts';
import { withSession } from '../client-setup.ts';
import { addDryRunOption, type DryRunOption } from '../dry-run.ts';
import { formatAmount, formatTable, instant } from '../format.ts';
import { parseAddress, parseExpiry } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { authorizeKey, type AuthorizeOptions, revokeKey } from '../session-key.ts';

interface ShowOptions {
  owner?: Address;
}

/** `stowmarket wallet session …`: hot keys that may spend a budget of the wallet's escrow account, and never withdraw. */
export function sessionCommand(context: ProgramContext): Command {
  const session = new Command('session').description(
    "let another key spend a budget out of this wallet's escrow account, for agreements, audits and stake; it can never withdraw",
  );
  const authorize = addDryRunOption(
    new Command('authorize')
      .description('authorize a key, or change what it may')
      .argument('<key>', "the key's address", parseAddress)
      .requiredOption('--budget <tokens>', 'how much it may have locked in all, burned tokens included')
      .requiredOption('--expires <duration|date>', 'until when, such as 12h, 30d or 2030-01-31', parseExpiry),
  ).addHelpText('after', AUTHORIZE_HELP);
  authorize.action(async (key: Address, options: AuthorizeOptions) =>
    runCommand(context, authorize, async (run) =>
      authorizeKey(run, { command: 'wallet session authorize', keyOf: () => key }, options),
    ),
  );
  const revoke = addDryRunOption(
    new Command('revoke')
      .description('take back at once what a key may')
      .argument('<key>', "the key's address", parseAddress),
  );
  revoke.action(async (key: Address, options: DryRunOption) =>
    runCommand(context, revoke, async (run) =>
      revokeKey(run, { command: 'wallet session revoke', keyOf: () => key }, options),
    ),
  );
  const show = new Command('show')
    .description('show what a key may still spend')
    .argument('<key>', "the key's address", parseAddress)
    .option('--owner <address>', "of this escrow account (default: the wallet's own)", parseAddress);
  show.action(async (key: Address, options: ShowOptions) =>
    runCommand(context, show, async (run) => showKey(run, key, options)),
  );
  return session.addCommand(authorize).addCommand(revoke).addCommand(show);
}

const AUTHORIZE_HELP = `
Examples:
  stowmarket wallet session authorize 0x8ba1f109551bD432803012645Ac136ddd64DBA72 --budget 5 --expires 30d
`;

async function showKey(run: Run, key: Address, options: ShowOptions): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: false }, async ({ market, address }) => {
    const owner = options.owner ?? address;
    const [session, { seconds }] = await Promise.all([
      readSession(market.chain, { owner, key }, { signal }),
      readChainTime(market.chain, { signal }),
    ]);
    if (session === undefined) throw noSession(owner, key);
    const { budget, expiry } = session;
    const live = seconds < expiry;
    output.result(
      { type: 'session', owner, key, budget, expiry, live },
      formatTable(
        ['key', key],
        [
          ['owner', owner],
          ['budget left', formatAmount(budget)],
          [live ? 'until' : 'ran out at', instant(expiry)],
        ],
      ),
    );
  });
}

function noSession(owner: Address, key: Address): StowError {
  return new StowError({
    code: 'session-unknown',
    message: `${key} is no session key of ${owner}`,
    hint: 'the owner authorizes it with `stowmarket wallet session authorize`; --owner names another account',
    exitCode: ExitCode.notFound,
  });
}
