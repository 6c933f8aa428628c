import { Command } from 'commander';

import { giveNotice } from '../../chain/actions/give-notice.ts';
import { removeObject, type RemoveResult } from '../../client/remove.ts';
import { shortKey, titleOf } from '../../client/stored-object.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { toHex } from '../../core/bytes.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { directoryOf, withSession } from '../client-setup.ts';
import { plural } from '../format.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

/** `stowmarket rm`: end an object's agreements. */
export function rmCommand(context: ProgramContext): Command {
  const command = new Command('rm')
    .description('give notice of all agreements over an object; what was locked for later comes back')
    .argument('<object>', 'name of the object, its key, or the start of its key')
    .addHelpText('after', '\nExamples:\n  stowmarket rm cat.jpg\n  stowmarket rm 3fa9c1\n');
  command.action(async (reference: string) => runCommand(context, command, async (run) => remove(run, reference)));
  return command;
}

async function remove(run: Run, reference: string): Promise<ExitCode | void> {
  const { output, signal } = run;
  return withSession(run, { wallet: true }, async (session, setup) => {
    const { object, olderNamesakes } = await directoryOf(session, setup).find(reference, { signal });
    const title = titleOf(object);
    if (olderNamesakes > 0) output.talk(`${olderNamesakes} older objects named ${title} stay`);
    const sender = await session.sender();
    const { catalogue, market } = session;
    const result = await removeObject(
      {
        giveNotice: async (id, options) => void (await giveNotice(sender, { id }, options)),
        catalogue,
      },
      object,
      { signal, onProgress: output.progress.listener },
    );
    const done = result.given.length + result.unneeded.length;
    const { noticePeriods } = market.parameters;
    output.result(
      { type: 'removed', objectKey: toHex(object.objectKey), name: object.entry?.name, noticePeriods, ...ids(result) },
      `${title} (${shortKey(object.objectKey)}): ${summary(result, noticePeriods)}`,
    );
    if (result.untried.length > 0) throw stopped(title, done, result);
    for (const { id, reason } of result.failed)
      output.warn(`no notice of agreement ${formatAgreementId(id)}: ${reason}`);
    return result.failed.length > 0 ? ExitCode.partial : undefined;
  });
}

function summary({ given, unneeded }: RemoveResult, noticePeriods: number): string {
  if (given.length > 0)
    return `notice given of ${plural(given.length, 'agreement')}; providers keep it for ${plural(noticePeriods, 'more period')}`;
  return unneeded.length > 0 ? 'notice was given before' : 'no agreement over it runs any more';
}

function ids({ given, unneeded, failed, untried }: RemoveResult) {
  return {
    given: given.map(formatAgreementId),
    unneeded: unneeded.map(formatAgreementId),
    failed: failed.map(({ id, reason }) => ({ agreement: formatAgreementId(id), reason })),
    untried: untried.map(formatAgreementId),
  };
}

function stopped(title: string, done: number, { untried, failed }: RemoveResult): StowError {
  return new StowError({
    code: 'interrupted',
    message: `stopped: notice stands for ${done} of ${done + untried.length + failed.length} agreements over ${title}`,
    hint: 'run the same command again for the rest',
    exitCode: ExitCode.interrupted,
  });
}
