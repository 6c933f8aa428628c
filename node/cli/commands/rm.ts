import { Command } from 'commander';

import { giveNotice } from '../../chain/actions/give-notice.ts';
import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import type { DrySender } from '../../chain/dry-sender.ts';
import type { Sender } from '../../chain/tx-sender.ts';
import { stampOf } from '../../client/pack/pack-view.ts';
import { freedByNotice, type RemoveComponents, removeObject, type RemoveResult } from '../../client/remove.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { shortKey, type StoredObject, titleOf } from '../../client/stored-object.ts';
import { systemClock } from '../../core/clock.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { toHex } from '../../core/bytes.ts';
import type { LiveFile } from '../../pipeline/pack/replay.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { type ClientSetup, directoryOf, withSession } from '../client-setup.ts';
import { accountOf, addDryRunOption, type DryRunOption, reportDryRun } from '../dry-run.ts';
import { plural } from '../format.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

/** `stowmarket rm`: end an object's agreements. */
export function rmCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    new Command('rm')
      .description('give notice of all agreements over an object; what was locked for later comes back')
      .argument('<object>', 'name of the object, its key, or the start of its key'),
  ).addHelpText('after', '\nExamples:\n  stowmarket rm cat.jpg --dry-run\n  stowmarket rm 3fa9c1\n');
  command.action(async (reference: string, options: DryRunOption) =>
    runCommand(context, command, async (run) => remove(run, reference, options)),
  );
  return command;
}

async function remove(run: Run, reference: string, { dryRun = false }: DryRunOption): Promise<ExitCode | void> {
  const { output, signal } = run;
  return withSession(run, { wallet: !dryRun }, async (session, setup) => {
    const { object, olderNamesakes, packed } = await directoryOf(session, setup).locate(reference, { signal });
    if (packed !== undefined) return removeFromPack(run, session, setup, { packed, dryRun });
    if (object.entry?.kind === 'pack') throw isSegment(object);
    const title = titleOf(object);
    if (olderNamesakes > 0) output.talk(`${olderNamesakes} older objects named ${title} stay`);
    const { catalogue, market } = session;
    const progress = { signal, onProgress: output.progress.listener };
    const dry = dryRun ? session.drySender() : undefined;
    const result = await removeObject(
      dry === undefined
        ? { giveNotice: noticeBy(await session.sender()), catalogue }
        : { giveNotice: noticeBy(dry), catalogue: UNTOUCHED },
      object,
      progress,
    );
    const done = result.given.length + result.unneeded.length;
    const { noticePeriods } = market.parameters;
    const record = {
      objectKey: toHex(object.objectKey),
      name: object.entry?.name,
      noticePeriods,
      ...ids(result),
    };
    if (dry === undefined)
      output.result(
        { type: 'removed', ...record },
        `${title} (${shortKey(object.objectKey)}): ${summary(result, noticePeriods)}`,
      );
    else await reportPlan(run, session, setup, { dry, object, result, record });
    if (result.untried.length > 0) throw stopped(title, done, result);
    for (const { id, reason } of result.failed)
      output.warn(`no notice of agreement ${formatAgreementId(id)}: ${reason}`);
    return result.failed.length > 0 ? ExitCode.partial : undefined;
  });
}

/** A deletion costs nothing by itself: it waits on this machine for the next segment. */
async function removeFromPack(
  { output }: Run,
  session: ClientSession,
  setup: ClientSetup,
  { packed, dryRun }: { packed: LiveFile; dryRun: boolean },
): Promise<undefined> {
  const { file, segment } = packed;
  const directory = directoryOf(session, setup);
  const pack = directory.pack(await directory.list());
  const pending = pack.pending.length + 1;
  if (!dryRun)
    session.catalogue.putPackDeletion({ kind: 'deletion', name: file.name, at: stampOf(pack, systemClock.nowMs()) });
  output.result(
    {
      type: dryRun ? 'dry-run' : 'removed-from-pack',
      command: 'rm',
      name: file.name,
      segment: toHex(segment.key),
      pending,
    },
    `${file.name} ${dryRun ? 'would be' : 'is'} deleted from the pack; ` +
      `${plural(pending, 'deletion')} ${dryRun ? 'would wait' : pending === 1 ? 'waits' : 'wait'} on this machine for the next \`stowmarket put --pack\`, \`pack flush\` or \`pack compact\``,
  );
  return undefined;
}

function isSegment(object: StoredObject): StowError {
  return new StowError({
    code: 'object-is-pack-segment',
    message: `${titleOf(object)} is a segment of the pack, and files are in it that other segments do not have`,
    hint: 'delete files by their names; `stowmarket pack compact` then ends the segments that are not needed',
    exitCode: ExitCode.usage,
  });
}

/** In a dry run, the catalogue stays as it is. */
const UNTOUCHED: RemoveComponents['catalogue'] = { setState: () => {} };

function noticeBy(sender: Sender): RemoveComponents['giveNotice'] {
  return async (id, options) => void (await giveNotice(sender, { id }, options));
}

async function reportPlan(
  run: Run,
  { market, address }: ClientSession,
  { config }: ClientSetup,
  plan: { dry: DrySender; object: StoredObject; result: RemoveResult; record: Record<string, unknown> },
): Promise<void> {
  const { dry, object, result, record } = plan;
  const period = await readCurrentPeriod(market.chain, { signal: run.signal });
  const { noticePeriods } = market.parameters;
  const moves = object.agreements
    .filter(({ id }) => result.given.includes(id))
    .map((row) => ({
      amount: freedByNotice(row, period, noticePeriods),
      from: `agreement ${formatAgreementId(row.id)}`,
      to: accountOf(address),
    }));
  const { given } = result;
  await reportDryRun(run, {
    command: 'rm',
    record: { ...record, refunded: moves.reduce((sum, { amount }) => sum + amount, 0n) },
    lines: [
      `${titleOf(object)} (${shortKey(object.objectKey)}): ` +
        (given.length > 0
          ? `notice would be given of ${plural(given.length, 'agreement')}; providers keep it for ${plural(noticePeriods, 'more period')}`
          : summary(result, noticePeriods)),
    ],
    moves,
    senders: [dry],
    tokensPerCoin: config.quote.tokensPerCoin,
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
