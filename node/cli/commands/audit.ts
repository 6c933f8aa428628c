import { Command, InvalidArgumentError, Option } from 'commander';

import { runAudit, type AuditInit, type AuditResult } from '../../audit/run-audit.ts';
import { connectChain } from '../../chain/client.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { parseAgreementId } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import { auditRecord, auditText, csvLines, differenceLines } from '../audit-view.ts';
import { loadClientSetup } from '../client-setup.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

interface AuditOptions {
  from?: bigint;
  agreement?: AgreementId;
  csv?: boolean;
}

const HELP = `
Needs no wallet. Reads every event from the market's first block on, rebuilds balances, payments, slashes and scores from
them, and compares each with the chain at one block. Every settlement and slash is reckoned again from the events before it.

Exit code 0 when everything agrees, 1 when something differs: each difference is named. docs/audit.md says what it proves.

Examples:
  stowmarket audit
  stowmarket audit --agreement 3.17
  stowmarket audit --csv
  stowmarket audit --from 120000 --json
`;

/** `stowmarket audit`: everything recomputed from the event log. */
export function auditCommand(context: ProgramContext): Command {
  const command = new Command('audit')
    .description('replay every event of the market and compare the outcome with the chain, to the wei')
    .addOption(
      new Option('--from <block>', 'show movements of money from this block on; everything is audited').argParser(
        parseBlock,
      ),
    )
    .addOption(
      new Option('--agreement <id>', "show one agreement's ledger, and compare only it").argParser(parseAgreement),
    )
    .option('--csv', 'print each movement of money as a line of CSV')
    .addHelpText('after', HELP);
  command.action(async (options: AuditOptions) => runCommand(context, command, async (run) => audit(run, options)));
  return command;
}

async function audit(run: Run, options: AuditOptions): Promise<ExitCode | void> {
  const { output, globals } = run;
  if (options.csv === true && globals.json) throw bothFormats();
  const result = await perform(run, options);
  const view = { ...result, ...options };
  const differences = differenceLines(view);
  if (options.csv === true) {
    for (const line of csvLines(view)) output.text(line);
    for (const line of differences) output.error(line);
  } else output.result(auditRecord(view), auditText(view));
  return differences.length === 0 ? undefined : ExitCode.general;
}

async function perform(run: Run, { agreement }: AuditOptions): Promise<AuditResult> {
  const { output, signal, globals } = run;
  const { config, logger } = await loadClientSetup(run);
  const view = await connectChain(config.chain, { signal });
  const init: AuditInit = { agreement };
  // Programs get one document, so nothing before it.
  if (!globals.json) {
    init.progress = (phase, done, total) => {
      const unit = phase === 'replay' ? 'blocks' : 'reads';
      output.progress.listener({ phase, doneBytes: done, totalBytes: total, unit });
    };
  }
  return runAudit({ view, logger }, init, { signal });
}

function parseBlock(text: string): bigint {
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('Not a block number.');
}

function parseAgreement(text: string): AgreementId {
  const id = parseAgreementId(text);
  if (id === undefined) throw new InvalidArgumentError('Not an agreement id, such as 3.17.');
  return id;
}

function bothFormats(): StowError {
  return new StowError({
    code: 'audit-two-formats',
    message: 'an audit prints either CSV or JSON, and both were asked for',
    hint: 'leave out --csv or --json',
    exitCode: ExitCode.usage,
  });
}
