import { Command } from 'commander';
import { zeroAddress } from 'viem';

import { giveNotice } from '../../chain/actions/give-notice.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { readKeyOf } from '../../chain/actions/read-key-of.ts';
import { share } from '../../chain/actions/share.ts';
import { unshare } from '../../chain/actions/unshare.ts';
import type { Sender } from '../../chain/tx-sender.ts';
import { periodsLeft, planUnshare, type UnsharePlan } from '../../client/share/plan-unshare.ts';
import { type LeftOutReader, rekey, type RekeyComponents, type RekeyResult } from '../../client/share/rekey.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { shortKey, storedObject, titleOf } from '../../client/stored-object.ts';
import { fromHex, to0x, toHex } from '../../core/bytes.ts';
import { ExitCode } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { parseTokens } from '../../market/money.ts';
import type { Address } from '../../market/messages.ts';
import { rekeyedObjectKey } from '../../pipeline/object-key.ts';
import { type ClientSetup, directoryOf, withSession } from '../client-setup.ts';
import { addDryRunOption, type DryRunOption } from '../dry-run.ts';
import { formatAmount, plural } from '../format.ts';
import { mayBeMined, tellingWhatWasDone } from '../interrupt.ts';
import { parseCount } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { defaultSpares, purchaseOf } from '../purchase-options.ts';
import { whomOf } from '../share-text.ts';
import { planTakingBack, type RekeyOptions } from '../unshare-plan.ts';
import { addReaderOptions, readerOf } from './share.ts';

interface UnshareOptions extends DryRunOption, RekeyOptions {
  with?: Address;
  public?: boolean;
}

/** `stowmarket unshare`: take a share back, and store the object anew under a fresh key. */
export function unshareCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    addReaderOptions(
      new Command('unshare')
        .description('let somebody read an object no more, and store it anew under a fresh key')
        .argument('<object>', 'name of the object, its key, or the start of its key'),
    )
      .option(
        '--no-rekey',
        'only end what providers serve: costs gas alone, and whoever was let in keeps the key to what is stored',
      )
      .option('--periods <n>', 'how many periods to store it anew for (default: as long as it had left)', parseCount)
      .option('--max-price <tokens>', 'refuse to pay more than this for storing it anew'),
  ).addHelpText('after', HELP);
  command.action(async (reference: string, options: UnshareOptions) =>
    runCommand(context, command, async (run) => takeBack(run, reference, options)),
  );
  return command;
}

const HELP = `
From the next block on (seconds later where strangers flood it), no provider serves the reader. Then the object is read from its providers and stored anew, under a fresh key and its old name; the
other readers' shares go over to it, and once it can be read from its providers, notice is given of the old agreements. A reader for whose published key
nothing can be sealed is named, and loses access (exit code 3). That costs what a put of it costs; nothing is written to a disk here.
Whatever was cut off is gone on with by the same command. What the reader copied before, it has.

Examples:
  stowmarket unshare report.pdf --with 0x8ba1f109551bD432803012645Ac136ddd64DBA72 --dry-run
  stowmarket unshare report.pdf --with 0x8ba1f109551bD432803012645Ac136ddd64DBA72
  stowmarket unshare logo.svg --public --no-rekey
`;

async function takeBack(run: Run, reference: string, options: UnshareOptions): Promise<ExitCode | void> {
  const { signal } = run;
  const reader = readerOf(options);
  return withSession(run, { wallet: options.dryRun !== true }, async (session, setup) => {
    const directory = directoryOf(session, setup);
    const { object: found } = await directory.find(reference, { signal });
    const { seconds: nowS } = await readChainTime(session.market.chain, { signal });
    const shares = await session.market.index.sharesOf(session.address);
    const wish = { found, reader, objects: await directory.list(), shares, nowS };
    if (options.dryRun === true) return planTakingBack(run, session, setup, wish, options);
    const { privateKey } = (await session.wallet()).ownerKey;
    const client = fromHex(session.address, 20);
    const keyAfter = (key: Uint8Array): Uint8Array => rekeyedObjectKey(client, privateKey, key);
    const plan = planUnshare({ ...wish, keyAfter });
    const taken = await takeSharesBack(run, session, plan, reader);
    if (!options.rekey || plan.old.state === 'over') return reportTaken(run, plan, reader, taken);
    const result = await rekeyed(run, session, setup, plan, options).catch((error: unknown) => {
      run.output.warn(
        `${titleOf(plan.old)} is shared with ${whomOf(reader)} no more, and not re-keyed yet: the same command goes on`,
      );
      throw error;
    });
    return reportRekeyed(run, plan, reader, taken, result);
  });
}

async function takeSharesBack(
  { signal, output }: Run,
  session: ClientSession,
  { standing }: UnsharePlan,
  reader: Address,
): Promise<string[]> {
  const transactions: string[] = [];
  const sender = await session.sender();
  for (const { objectKey } of standing) {
    output.progress.listener({ phase: 'settle' });
    const call = { objectKey: to0x(objectKey), reader };
    const said = mayBeMined('the same command goes on from there');
    const { transactionHash } = await tellingWhatWasDone(signal, said, async () => unshare(sender, call, { signal }));
    transactions.push(transactionHash);
  }
  return transactions;
}

async function rekeyed(
  run: Run,
  session: ClientSession,
  { config }: ClientSetup,
  plan: UnsharePlan,
  options: UnshareOptions,
): Promise<RekeyResult> {
  const { signal, output } = run;
  const { k: _k, n: _n, ...terms } = purchaseOf({}, config);
  const period = await readCurrentPeriod(session.market.chain, { signal });
  return rekey(await componentsOf(session), plan, {
    ...terms,
    periods: options.periods ?? periodsLeft(plan.old, period),
    maxTotal: options.maxPrice === undefined ? undefined : parseTokens(options.maxPrice),
    spares: (code) => config.storage.spares ?? defaultSpares(code),
    signal,
    onProgress: output.progress.listener,
  });
}

async function componentsOf(session: ClientSession): Promise<RekeyComponents> {
  const { market, catalogue, address } = session;
  const sender: Sender = await session.sender();
  return {
    put: await session.putComponents(),
    access: await session.transfer(),
    providersOf: async (ids) => market.providers(ids),
    look: async (objectKey, options) => {
      await market.sync(options);
      const holders = await market.index.holders(address, to0x(objectKey));
      return storedObject(objectKey, catalogue.get(objectKey), holders);
    },
    keyOf: async (reader, options) => readKeyOf(market.chain, reader, options),
    share: async (call, options) => void (await share(sender, call, options)),
    remove: { giveNotice: async (id, options) => void (await giveNotice(sender, { id }, options)), catalogue },
  };
}

function recordOf({ old }: UnsharePlan, reader: Address, transactions: readonly string[]) {
  return {
    objectKey: toHex(old.objectKey),
    name: old.entry?.name,
    reader: reader === zeroAddress ? undefined : reader,
    public: reader === zeroAddress,
    transactions,
  };
}

function reportTaken({ output }: Run, plan: UnsharePlan, reader: Address, transactions: readonly string[]): void {
  const title = titleOf(plan.old);
  output.result(
    { type: 'unshared', ...recordOf(plan, reader, transactions) },
    [
      transactions.length === 0
        ? `${title} is shared with ${whomOf(reader)} no more: that was taken back before`
        : `${title} is shared with ${whomOf(reader)} no more: from the next block on, no provider serves it`,
      ...(plan.old.state === 'over'
        ? []
        : [
            `it was not re-keyed: whoever was let in keeps the key to what is stored, and what it copied. Without --no-rekey it is stored anew`,
          ]),
    ].join('\n'),
  );
}

function reportRekeyed(
  { output, signal }: Run,
  plan: UnsharePlan,
  reader: Address,
  transactions: readonly string[],
  { stored, moved, leftOut, removed }: RekeyResult,
): ExitCode | undefined {
  const title = titleOf(plan.old);
  const ended = removed.given.length + removed.unneeded.length;
  output.progress.clear();
  output.result(
    {
      type: 'unshared',
      ...recordOf(plan, reader, transactions),
      rekeyed: toHex(plan.newKey),
      ...stored?.quote,
      moved: moved.map((each) => (each === zeroAddress ? 'everybody' : each)),
      leftOut,
      given: removed.given.map(formatAgreementId),
      unneeded: removed.unneeded.map(formatAgreementId),
      untried: removed.untried.map(formatAgreementId),
      failed: removed.failed.map(({ id, reason }) => ({ agreement: formatAgreementId(id), reason })),
    },
    [
      `${title} is shared with ${whomOf(reader)} no more`,
      stored === undefined
        ? `  stored anew before, as object ${shortKey(plan.newKey)}`
        : `  stored anew as object ${shortKey(plan.newKey)}, under a fresh key: ${formatAmount(stored.quote.total)} locked or burned`,
      ...(moved.length === 0 ? [] : [`  still shared with ${moved.map(whomOf).join(', ')}`]),
      `  notice stands for ${plural(ended, 'old agreement')}`,
    ].join('\n'),
  );
  for (const { id, reason } of removed.failed)
    output.warn(`no notice of agreement ${formatAgreementId(id)}: ${reason}`);
  for (const each of leftOut) output.warn(leftOutText(title, plan, each));
  if (signal.aborted) return ExitCode.interrupted;
  return removed.failed.length + leftOut.length > 0 ? ExitCode.partial : undefined;
}

function leftOutText(title: string, { newKey }: UnsharePlan, { reader, reason }: LeftOutReader): string {
  const sharing = `stowmarket share ${shortKey(newKey)} --with ${reader}`;
  return `${reader} can read ${title} no more: ${reason}. Once it has run \`stowmarket wallet publish-key\`, run \`${sharing}\``;
}
