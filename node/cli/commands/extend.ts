import { Command } from 'commander';

import { requireExtendable } from '../../client/extend.ts';
import { shortKey, titleOf } from '../../client/stored-object.ts';
import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import type { Address } from '../../market/messages.ts';
import { directoryOf, withSession } from '../client-setup.ts';
import { carryOut, nothingSent, planNow } from '../extension.ts';
import { formatAmount, plural } from '../format.ts';
import { parseAddress, parseCount } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

interface ExtendOptions {
  periods: number;
  owner?: Address;
  dryRun?: boolean;
}

/** `stowmarket extend`: longer terms for an object's agreements. */
export function extendCommand(context: ProgramContext): Command {
  const command = new Command('extend')
    .description('store an object for longer, with the same providers at the same price')
    .argument('<object>', 'name of the object, its key, or the start of its key')
    .requiredOption('--periods <n>', 'how many periods to add', parseCount)
    .option('--owner <address>', 'pay from this escrow account, whose session key the wallet is', parseAddress)
    .option('--dry-run', 'say what it would cost, and send nothing')
    .addHelpText('after', '\nExamples:\n  stowmarket extend cat.jpg --periods 90\n');
  command.action(async (reference: string, options: ExtendOptions) =>
    runCommand(context, command, async (run) => extend(run, reference, options)),
  );
  return command;
}

async function extend(
  run: Run,
  reference: string,
  { periods, owner, dryRun }: ExtendOptions,
): Promise<ExitCode | void> {
  const { output, signal } = run;
  return withSession(run, { wallet: true }, async (session, setup) => {
    const { object } = await directoryOf(session, setup).find(reference, { signal });
    const extension = await planNow(session, object, { periods, payer: owner ?? session.address }, { signal });
    const { plan, deposit } = extension;
    requireExtendable(plan, deposit);
    const title = titleOf(object);
    const price = `${formatAmount(plan.quote.total)}: ${formatAmount(plan.quote.rent)} rent, ${formatAmount(plan.quote.burn)} burned`;
    output.talk(`price  ${price}`);
    for (const { row, reason } of plan.refused) output.warn(`agreement ${formatAgreementId(row.id)} stays: ${reason}`);
    const done = dryRun === true ? nothingSent(extension) : await carryOut(session, extension, { signal });
    output.result(
      {
        type: 'extended',
        objectKey: toHex(object.objectKey),
        name: object.entry?.name,
        periods,
        ...plan.quote,
        extended: done.extended.map(formatAgreementId),
        refused: plan.refused.map(({ row, reason }) => ({ agreement: formatAgreementId(row.id), reason })),
        failed: done.failed.map(({ id, reason }) => ({ agreement: formatAgreementId(id), reason })),
        untried: done.untried.map(formatAgreementId),
      },
      dryRun === true
        ? `${title} (${shortKey(object.objectKey)}): nothing was sent`
        : `${title} (${shortKey(object.objectKey)}): ${plural(done.extended.length, 'agreement')} extended by ${plural(periods, 'period')}`,
    );
    for (const { id, reason } of done.failed)
      output.warn(`agreement ${formatAgreementId(id)} was not extended: ${reason}`);
    if (dryRun !== true && done.untried.length > 0) throw stopped(title, done.extended.length, done.untried.length);
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
