import { Command, Option } from 'commander';

import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import type { VerifiedHow } from '../../client/catalogue.ts';
import type { NotRecovered, Recovered } from '../../client/recover/outcome.ts';
import { itemsOf } from '../../client/recover/items.ts';
import type { ObjectDirectory } from '../../client/object-directory.ts';
import type { PackView } from '../../client/pack/pack-view.ts';
import type { ProgressListener } from '../../client/progress.ts';
import { readObjects, type ReadObject } from '../../client/recover/read-objects.ts';
import { RecoveryFolder } from '../../client/recover/recovery-folder.ts';
import { verifyObjects, type VerifyComponents } from '../../client/recover/verify-objects.ts';
import { titleOf, type StoredObject } from '../../client/stored-object.ts';
import { systemClock } from '../../core/clock.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { directoryOf, withSession } from '../client-setup.ts';
import { plural } from '../format.ts';
import { tellingWhatWasDone } from '../interrupt.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { printShared, type Readers, readersOfObjects, sharedWithWallet } from '../shared-view.ts';
import { recordOfFailure, recordOfRecovered, textOfRecovered } from '../recover-view.ts';

interface RecoverOptions {
  output?: string;
  /** True when no word follows the option. */
  verify?: VerifiedHow | true;
  again?: boolean;
}

/** `stowmarket recover`: everything back from the wallet alone. */
export function recoverCommand(context: ProgramContext): Command {
  const command = new Command('recover')
    .description(
      'bring back everything that this wallet has stored: names and objects, verified, with the wallet and a chain alone',
    )
    .option(
      '-o, --output <dir>',
      'write every object into this folder, under its name; nothing that is there is replaced',
    )
    .addOption(
      new Option(
        '--verify [how]',
        'headers: enough shards of each object agree with the chain (the default); full: every byte is read and checked',
      ).choices(['headers', 'full']),
    )
    .option('--again', 'verify also what was verified within the last day')
    .addHelpText('after', HELP);
  command.action(async (options: RecoverOptions) => runCommand(context, command, async (run) => recover(run, options)));
  return command;
}

const HELP = `
The chain lists the wallet's agreements and shares, and any shard's header names its object. Up to n - k providers of an object may be down; what is missing is
said for each object, and it exits 3 if some of them did not come back. What one run has verified or written, the next one does not do again.

Examples:
  stowmarket recover
  stowmarket recover -o everything
  stowmarket recover --verify full --json
`;

async function recover(run: Run, options: RecoverOptions): Promise<ExitCode | void> {
  const { signal, output } = run;
  return withSession(run, { wallet: true }, async (session, setup) => {
    const directory = directoryOf(session, setup);
    const objects = await directory.list();
    const live = objects.filter(({ state }) => state === 'live');
    const { seconds } = await readChainTime(session.market.chain, { signal });
    const shared = await sharedWithWallet(session, seconds, false);
    const readersOf = await readersOfObjects(session, seconds);
    if (live.length + shared.length === 0) throw nothingToRecover(session.address, objects.length);
    const components: VerifyComponents = { ...(await directory.rebuilding({ signal })), clock: systemClock };
    output.talk(`the chain lists ${plural(live.length, 'object')} of this wallet that providers keep`);
    const outcomes = await tellingWhatWasDone(
      signal,
      'what was verified and written stays; the same command goes on from there',
      async () => bringBack(run, { components, directory, live }, options),
    );
    output.progress.clear();
    for (const outcome of outcomes) show(run, outcome, readersOf(outcome.object.objectKey));
    if (shared.length > 0) {
      output.text('others share with this wallet, to be had with `stowmarket get --from OWNER`:');
      printShared(run, shared);
    }
    const failures = outcomes.filter(isLost);
    const recovered = outcomes.length - failures.length;
    const agreements = live.flatMap((object) => object.agreements.filter(({ status }) => status === 'active'));
    const ended = objects.length - live.length;
    output.result(
      {
        type: 'recover',
        recovered,
        failed: failures.length,
        agreements: agreements.length,
        ended,
        shared: shared.length,
        output: options.output,
      },
      `${recovered} of ${plural(live.length, 'object')} came back, with ${plural(agreements.length, 'running agreement')}` +
        (options.output === undefined ? '' : `, and ${recovered === 1 ? 'is' : 'are'} in ${options.output}`) +
        (ended === 0 ? '' : `; ${ended} more were removed or have ended`),
    );
    return exitCodeOf(recovered, failures);
  });
}

type Outcome = Recovered | ReadObject | NotRecovered;

function isLost(outcome: Outcome): outcome is NotRecovered {
  return 'error' in outcome;
}

async function bringBack(
  { signal, output }: Run,
  init: { components: VerifyComponents; directory: ObjectDirectory; live: readonly StoredObject[] },
  options: RecoverOptions,
): Promise<Outcome[]> {
  const { components, directory, live } = init;
  const again = options.again ?? false;
  const onProgress = output.progress.listener;
  const verified = await verifyObjects(components, live, { again, signal, onProgress });
  if (options.output === undefined && options.verify !== 'full') return verified;
  const lost = verified.filter(isLost);
  const recovered = verified.flatMap((outcome) => (isLost(outcome) ? [] : [outcome]));
  // Only now is it known what the segments of the pack hold, and which of their files count.
  const pack = directory.pack(await directory.list());
  if (pack.unread.length > 0 && pack.objects.size > 0)
    output.warn('a part of the pack could not be read: files may be missing, or older than they should be');
  const folder = await folderFor(options.output, { components, recovered, pack, onProgress });
  const { files } = pack;
  return [...(await readObjects(components, recovered, { folder, files, again, signal, onProgress })), ...lost];
}

async function folderFor(
  path: string | undefined,
  init: { components: VerifyComponents; recovered: readonly Recovered[]; pack: PackView; onProgress: ProgressListener },
): Promise<RecoveryFolder | undefined> {
  if (path === undefined) return undefined;
  const { components, recovered, pack, onProgress } = init;
  const onNote = (note: string): void => onProgress({ phase: 'download', note });
  const items = itemsOf(recovered, pack.files.values());
  const folder = await RecoveryFolder.open({ path, items, catalogue: components.catalogue, onNote });
  await folder.requireSpace();
  return folder;
}

function show({ output }: Run, outcome: Outcome, readers: Readers): void {
  if (isLost(outcome)) {
    output.record(recordOfFailure(outcome));
    if (!output.json) output.warn(`${titleOf(outcome.object)} did not come back: ${outcome.error.message}`);
    return;
  }
  output.result(recordOfRecovered(outcome, readers), textOfRecovered(outcome, readers));
}

/** Wrong bytes are worse news than providers that are down, which may come back. */
function exitCodeOf(recovered: number, failures: readonly NotRecovered[]): ExitCode | undefined {
  if (failures.length === 0) return undefined;
  if (recovered > 0) return ExitCode.partial;
  const codes = failures.map(({ error }) => error.exitCode);
  return codes.includes(ExitCode.integrity) ? ExitCode.integrity : (codes[0] ?? ExitCode.general);
}

function nothingToRecover(address: string, ended: number): StowError {
  return new StowError({
    code: 'recover-nothing',
    message:
      ended === 0
        ? `the wallet ${address} has never stored anything in this market`
        : `nothing that the wallet ${address} stored is kept any more: ${plural(ended, 'object')} ended or were removed`,
    hint: 'check that it is the wallet that stored it (--account), and the right chain (--rpc) and market (--deployment)',
    exitCode: ExitCode.notFound,
  });
}
