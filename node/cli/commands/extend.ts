import { Command } from 'commander';

import { requireExtendable } from '../../client/extend.ts';
import { shortKey, titleOf } from '../../client/stored-object.ts';
import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { Address } from '../../market/messages.ts';
import { directoryOf, withSession } from '../client-setup.ts';
import { addDryRunOption, type DryRunOption, reportDryRun } from '../dry-run.ts';
import { carryOut, movesOf, planNow } from '../extension.ts';
import { formatAmount, plural } from '../format.ts';
import { parseAddress, parseCount } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

interface ExtendOptions extends DryRunOption {
  periods: number;
  owner?: Address;
}

/** `stowmarket extend`: longer terms for an object's agreements. */
export function extendCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    new Command('extend')
      .description('store an object for longer, with the same providers at the same price')
      .argument('<object>', 'name of the object, its key, or the start of its key')
      .requiredOption('--periods <n>', 'how many periods to add', parseCount)
      .option('--owner <address>', 'pay from this escrow account, whose session key the wallet is', parseAddress),
  ).addHelpText('after', '\nExamples:\n  stowmarket extend cat.jpg --periods 90\n');
  command.action(async (reference: string, options: ExtendOptions) =>
    runCommand(context, command, async (run) => extend(run, reference, options)),
  );
  return command;
}

async function extend(
  run: Run,
  reference: string,
  { periods, owner, dryRun = false }: ExtendOptions,
): Promise<ExitCode | void> {
  const { output, signal } = run;
  return withSession(run, { wallet: !dryRun }, async (session, setup) => {
    const { object } = await directoryOf(session, setup).find(reference, { signal });
    const extension = await planNow(session, object, { periods, payer: owner ?? session.address }, { signal });
    const { plan, deposit } = extension;
    requireExtendable(plan, deposit);
    const title = titleOf(object);
    const price = `${formatAmount(plan.quote.total)}: ${formatAmount(plan.quote.rent)} rent, ${formatAmount(plan.quote.burn)} burned`;
    output.talk(`price  ${price}`);
    for (const { row, reason } of plan.refused) output.warn(`agreement ${formatAgreementId(row.id)} stays: ${reason}`);
    const dry = dryRun ? session.drySender() : undefined;
    const done = await carryOut(dry ?? (await session.sender()), extension, { signal });
    const record = {
      objectKey: toHex(object.objectKey),
      name: object.entry?.name,
      periods,
      ...plan.quote,
      extended: done.extended.map(formatAgreementId),
      refused: plan.refused.map(({ row, reason }) => ({ agreement: formatAgreementId(row.id), reason })),
      failed: done.failed.map(({ id, reason }) => ({ agreement: formatAgreementId(id), reason })),
      untried: done.untried.map(formatAgreementId),
    };
    const titled = `${title} (${shortKey(object.objectKey)})`;
    const agreements = plural(done.extended.length, 'agreement');
    if (dry === undefined)
      output.result(
        { type: 'extended', ...record },
        `${titled}: ${agreements} extended by ${plural(periods, 'period')}`,
      );
    else
      await reportDryRun(run, {
        command: 'extend',
        record,
        lines: [`${titled}: ${agreements} would be extended by ${plural(periods, 'period')}`],
        moves: movesOf(extension, done),
        senders: [dry],
        tokensPerCoin: setup.config.quote.tokensPerCoin,
      });
    for (const { id, reason } of done.failed)
      output.warn(`agreement ${formatAgreementId(id)} was not extended: ${reason}`);
    if (done.untried.length > 0) throw stopped(title, done.extended.length, done.untried.length);
    return done.failed.length + plan.refused.length > 0 ? ExitCode.partial : undefined;
  });
}

function stopped(title: string, done: number, left: number): StowError {
  return new StowError({
    code: 'interrupted',
    message: `stopped: ${done} of ${done + left} agreements over ${title} were extended`,
    hint: '`stowmarket agreements` shows which; end the others with the object, or extend them by name again',
    exitCode: ExitCode.interrupted,
  });
}
