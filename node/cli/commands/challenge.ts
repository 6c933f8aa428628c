import { Command } from 'commander';

import { closeAudit } from '../../chain/actions/close-audit.ts';
import { openAudit } from '../../chain/actions/open-audit.ts';
import { readAuditTerms } from '../../chain/actions/read-audit-terms.ts';
import { readBalances } from '../../chain/actions/read-balances.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { readSession } from '../../chain/actions/read-session.ts';
import type { AgreementRow, AuditRow } from '../../chain/market-index.ts';
import { openAudits, requireBonds, type Backing, type ChallengeResult } from '../../client/challenge.ts';
import { closeOverdue, type CloseComponents, type CloseResult } from '../../client/close-audits.ts';
import { followAudits } from '../../client/follow-audits.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { systemClock } from '../../core/clock.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { formatAgreementId, parseAgreementId } from '../../market/agreement-id.ts';
import type { Address } from '../../market/messages.ts';
import { directoryOf, withSession, type ClientSetup } from '../client-setup.ts';
import { confirm } from '../confirm.ts';
import { formatAmount, plural } from '../format.ts';
import { parseAddress } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { describeChallenge, recordOf } from './challenge-view.ts';

interface ChallengeOptions {
  wait?: boolean;
  yes?: boolean;
  owner?: Address;
}

/** `stowmarket challenge`: audits on demand. */
export function challengeCommand(context: ProgramContext): Command {
  const command = new Command('challenge')
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
  return withSession(run, { wallet: true }, async (session, setup) => {
    const rows = await agreementsOf(run, session, setup, reference);
    const closing = await closeFirst(run, session, rows);
    const now = await session.market.index.agreements(rows.map(({ id }) => id));
    const live = rows.flatMap(({ id }) => now.get(id) ?? []).filter(({ status }) => status === 'active');
    if (live.length === 0) return nothingLeft(run, reference, closing);

    const terms = await readAuditTerms(session.market.chain, { signal });
    const total = terms.bond * BigInt(live.length);
    output.talk(
      `bond  ${formatAmount(terms.bond)} for each of ${plural(live.length, 'audit')}, ${formatAmount(total)} in all; ` +
        `providers have ${terms.windowBlocks} blocks, more in maintenance that they declared`,
    );
    const owner = options.owner ?? session.address;
    requireBonds(total, await backingOf(run, session, owner));
    if (options.yes !== true) await confirm(io, `Lock ${formatAmount(total)}?`);

    const sender = await session.sender();
    const result = await openAudits(async (id, call) => openAudit(sender, { id, owner }, call), live, {
      signal,
      onProgress: output.progress.listener,
    });
    for (const { row, reason } of result.failed)
      output.warn(`no audit of agreement ${formatAgreementId(row.id)}: ${reason}`);
    if (result.untried.length > 0) throw stopped(result);
    const ended = options.wait === true ? await follow(run, session, setup, result) : [];
    const record = recordOf({ bond: terms.bond, closing, result, ended });
    output.result(record, describeChallenge({ closing, result, ended }));
    return exitCodeOf(result, ended);
  });
}

/** An agreement, whoever's; or the latest agreement of each shard of an object of this wallet. */
async function agreementsOf(
  { signal }: Run,
  session: ClientSession,
  setup: ClientSetup,
  reference: string,
): Promise<readonly AgreementRow[]> {
  const id = parseAgreementId(reference);
  const row = id === undefined ? undefined : await session.market.index.agreement(id);
  if (row !== undefined) return [row];
  return (await directoryOf(session, setup).find(reference, { signal })).object.agreements;
}

async function closeFirst(
  { signal, output }: Run,
  session: ClientSession,
  rows: readonly AgreementRow[],
): Promise<CloseResult> {
  const { market } = session;
  const all = await market.index.auditsOf(rows.map(({ id }) => id));
  const audits = all.filter(({ status }) => status === 'open');
  if (audits.length === 0) return { closed: [], failed: [] };
  const { block } = await readChainTime(market.chain, { signal });
  const result = await closeOverdue(await closeComponents(session), audits, block, { signal });
  for (const { row, reason } of result.failed) output.warn(`audit ${row.audit} is overdue and still open: ${reason}`);
  await market.sync({ signal });
  return result;
}

async function closeComponents(session: ClientSession): Promise<CloseComponents> {
  const sender = await session.sender();
  return {
    closeAudit: async (audit, call) => (await closeAudit(sender, { audit }, call)).outcome,
    index: session.market.index,
  };
}

async function backingOf({ signal }: Run, { market, address }: ClientSession, owner: Address): Promise<Backing> {
  const { escrow: available } = await readBalances(market.chain, owner, { signal });
  if (owner === address) return { owner, available };
  const session = await readSession(market.chain, { owner, key: address }, { signal });
  return { owner, available, budget: session?.budget ?? 0n };
}

async function follow(
  { output, signal }: Run,
  session: ClientSession,
  { config }: ClientSetup,
  result: ChallengeResult,
): Promise<AuditRow[]> {
  const { market } = session;
  const sync = async (call: { signal: AbortSignal }): Promise<bigint> => {
    await market.sync(call);
    return (await market.index.block()) ?? 0n;
  };
  const components = { ...(await closeComponents(session)), index: market.index, sync, clock: systemClock };
  const audits = result.opened.map(({ audit }) => audit);
  try {
    const onProgress = output.progress.listener;
    return await followAudits(components, audits, { pollMs: config.chain.poll, signal, onProgress });
  } catch (error) {
    if (signal.aborted) throw stopped(result);
    throw error;
  }
}

function nothingLeft({ output }: Run, reference: string, closing: CloseResult): ExitCode | void {
  if (closing.closed.length === 0) {
    throw new StowError({
      code: 'nothing-to-audit',
      message: `no agreement over ${JSON.stringify(reference.slice(0, 200))} runs any more`,
      hint: '`stowmarket agreements --all` shows how they ended',
      exitCode: ExitCode.notFound,
    });
  }
  const none = { opened: [], failed: [], untried: [] };
  output.result(
    recordOf({ bond: undefined, closing, result: none, ended: [] }),
    describeChallenge({ closing, result: none, ended: [] }),
  );
}

function exitCodeOf({ failed }: ChallengeResult, ended: readonly AuditRow[]): ExitCode | undefined {
  if (ended.some(({ status }) => status === 'failed')) return ExitCode.integrity;
  return failed.length > 0 ? ExitCode.partial : undefined;
}

function stopped({ opened, untried }: ChallengeResult): StowError {
  const open = opened.map(({ audit, deadline }) => `${audit} (until block ${deadline})`);
  return new StowError({
    code: 'interrupted',
    message: `stopped: ${open.length === 0 ? 'no audit was opened' : `these audits go on: ${open.join(', ')}`}${untried.length > 0 ? `; ${plural(untried.length, 'agreement')} not audited` : ''}`,
    hint: 'after its last block, `stowmarket settle` closes what was not answered',
    exitCode: ExitCode.interrupted,
  });
}
