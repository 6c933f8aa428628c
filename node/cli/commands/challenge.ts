import { Command } from 'commander';

import { openAudit, openAuditCall } from '../../chain/actions/open-audit.ts';
import { readAuditTerms } from '../../chain/actions/read-audit-terms.ts';
import { readBalances } from '../../chain/actions/read-balances.ts';
import { readSession } from '../../chain/actions/read-session.ts';
import { DrySender } from '../../chain/dry-sender.ts';
import type { AgreementRow, AuditRow } from '../../chain/market-index.ts';
import type { Sender } from '../../chain/tx-sender.ts';
import { bondsLacking, openEach, type Backing, type Challenge, type OpenResult } from '../../client/challenge.ts';
import type { CloseResult } from '../../client/close-overdue.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import type { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { Address } from '../../market/messages.ts';
import { askedAgreements, nothingRuns } from '../asked-agreements.ts';
import { askedExitCode, type AskedWords, followAsked, requireAllTried, warnOfRefused } from '../asked-outcome.ts';
import { withSession, type ClientSetup } from '../client-setup.ts';
import { closeFirst, closingsBy, stillRunning } from '../closing.ts';
import { bondsBack } from '../closing-view.ts';
import { confirm } from '../confirm.ts';
import { accountOf, addDryRunOption, type DryRunOption, reportDryRun } from '../dry-run.ts';
import { formatAmount, plural } from '../format.ts';
import { parseAddress } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { describeChallenge, recordOf } from './challenge-view.ts';

interface ChallengeOptions extends DryRunOption {
  wait?: boolean;
  yes?: boolean;
  owner?: Address;
}

const WORDS: AskedWords = {
  one: 'audit',
  none: 'no audit was opened',
  hint: 'after its last block, `stowmarket settle` closes what was not answered',
};

/** `stowmarket challenge`: audits on demand. */
export function challengeCommand(context: ProgramContext): Command {
  const command = addDryRunOption(new Command('challenge'))
    .description('open an audit of each running agreement over an object, or of one agreement, behind a bond')
    .argument('<object|agreement>', 'name of the object, its key, the start of its key, or an agreement such as 3.17')
    .option('--wait', 'stay until every audit is answered or its window is over, and close those')
    .option('--yes', 'do not ask before tokens are locked')
    .option(
      '--owner <address>',
      'take the bonds from this escrow account, whose session key the wallet is',
      parseAddress,
    )
    .addHelpText('after', HELP);
  command.action(async (reference: string, options: ChallengeOptions) =>
    runCommand(context, command, async (run) => challenge(run, reference, options)),
  );
  return command;
}

const HELP = `
Each audit locks the market's bond. Answered, the provider gets the bond, less a burned part; unanswered, the bond comes back, the agreement
fails, and the client gets its provider's collateral. Audits that are overdue are closed first; \`stowmarket settle\` does that, too.
With --wait it exits with 7 when an agreement failed.

Examples:
  stowmarket challenge cat.jpg --wait
  stowmarket challenge 3.17 --yes --json
`;

async function challenge(run: Run, reference: string, options: ChallengeOptions): Promise<ExitCode | void> {
  const { output, signal, io } = run;
  const isDry = options.dryRun === true;
  return withSession(run, { wallet: !isDry }, async (session, setup) => {
    const rows = await askedAgreements(run, session, setup, reference);
    const sender = isDry ? session.drySender() : await session.sender();
    const { market } = session;
    const audits = await market.index.auditsOf(rows.map(({ id }) => id));
    const closing = await closeFirst(run, market, closingsBy(sender, market.index).audits, audits);
    const live = await stillRunning(market.index, rows, closing);
    if (live.length === 0 && !(isDry && closing.closed.length > 0)) return nothingLeft(run, reference, closing);

    const terms = await readAuditTerms(market.chain, { signal });
    const total = terms.bond * BigInt(live.length);
    output.talk(
      `bond  ${formatAmount(terms.bond)} for each of ${plural(live.length, 'audit')}, ${formatAmount(total)} in all; ` +
        `providers have ${terms.windowBlocks} blocks, more in maintenance that they declared`,
    );
    const owner = options.owner ?? session.address;
    const lacking = bondsLacking(total, await backingOf(run, session, owner));
    if (lacking !== undefined) throw lacking;
    if (!isDry && options.yes !== true) await confirm(io, `Lock ${formatAmount(total)}?`);

    const result = await openEach(openingBy(sender, owner), live, { signal, onProgress: output.progress.listener });
    warnOfRefused(run, WORDS, result);
    const awaited = result.opened.map(({ audit: number, deadline }) => ({ number, deadline }));
    requireAllTried(run, WORDS, { sender, awaited, result });
    if (sender instanceof DrySender) {
      await reportPlan(run, setup, { sender, owner, bond: terms.bond, closing, result });
      return askedExitCode([], result.failed.length);
    }
    const ended = await followAsked(run, WORDS, {
      ...closingsBy(sender, market.index).audits,
      rowsOf: async (numbers) => market.index.audits(numbers),
      market,
      pollMs: setup.config.chain.poll,
      awaited: options.wait === true ? awaited : [],
    });
    const record = recordOf({ bond: terms.bond, closing, result, ended });
    output.result(record, describeChallenge({ closing, result, ended }));
    const outcomes = ended.map(({ status }) => status);
    return askedExitCode(outcomes, result.failed.length);
  });
}

/** How audits are opened: by transactions, or as a dry run would. */
function openingBy(
  sender: Sender,
  owner: Address,
): (row: AgreementRow, options: { signal: AbortSignal }) => Promise<Challenge> {
  return async ({ id }, options) => {
    if (!(sender instanceof DrySender)) {
      const { audit, deadline } = await openAudit(sender, { id, owner }, options);
      return { audit, deadline };
    }
    await sender.send(openAuditCall(sender.view, { id, owner }), options);
    // Its number and its last block are known once it is open.
    return { audit: 0n, deadline: 0 };
  };
}

async function reportPlan(
  run: Run,
  { config }: ClientSetup,
  plan: {
    sender: DrySender;
    owner: Address;
    bond: bigint;
    closing: CloseResult<AuditRow>;
    result: OpenResult<Challenge>;
  },
): Promise<void> {
  const { sender, owner, bond, closing, result } = plan;
  const { audits: _unknown, type: _type, ...record } = recordOf({ bond, closing, result, ended: [] });
  const opened = result.opened.map(({ row }) => formatAgreementId(row.id));
  await reportDryRun(run, {
    command: 'challenge',
    record: { ...record, opened },
    lines: [
      `would open ${plural(opened.length, 'audit')}${opened.length === 0 ? '' : `, of ${opened.join(', ')}`}` +
        (closing.closed.length === 0 ? '' : `, and close ${closing.closed.length} that are overdue first`),
    ],
    moves: [
      ...bondsBack(closing, sender.address),
      ...result.opened.map(({ row }) => ({
        amount: bond,
        from: accountOf(owner),
        to: `bond of an audit of agreement ${formatAgreementId(row.id)}`,
      })),
    ],
    senders: [sender],
    tokensPerCoin: config.quote.tokensPerCoin,
  });
}

async function backingOf({ signal }: Run, { market, address }: ClientSession, owner: Address): Promise<Backing> {
  const { escrow: available } = await readBalances(market.chain, owner, { signal });
  if (owner === address) return { owner, available };
  const session = await readSession(market.chain, { owner, key: address }, { signal });
  return { owner, available, budget: session?.budget ?? 0n };
}

function nothingLeft({ output }: Run, reference: string, closing: CloseResult<AuditRow>): ExitCode | void {
  if (closing.closed.length === 0) throw nothingRuns('nothing-to-audit', reference);
  const none = { opened: [], failed: [], underway: [], untried: [] };
  output.result(
    recordOf({ bond: undefined, closing, result: none, ended: [] }),
    describeChallenge({ closing, result: none, ended: [] }),
  );
}
