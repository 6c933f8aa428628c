import { Command, Option } from 'commander';
import { zeroAddress } from 'viem';

import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { readKeyOf } from '../../chain/actions/read-key-of.ts';
import { share } from '../../chain/actions/share.ts';
import { describeOwn } from '../../client/share/describe-own.ts';
import { NO_END, requireReaderKey, requireSensible, shareOf, type ShareWish } from '../../client/share/share-object.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { noHolders } from '../../client/no-holders.ts';
import { type StoredObject, titleOf } from '../../client/stored-object.ts';
import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Address } from '../../market/messages.ts';
import { newObjectSecret } from '../../pipeline/encrypt/frame-key.ts';
import { type ClientSetup, directoryOf, withSession } from '../client-setup.ts';
import { addDryRunOption, type DryRunOption, reportDryRun } from '../dry-run.ts';
import { mayBeMined, tellingWhatWasDone } from '../interrupt.ts';
import { type Expiry, parseAddress, parseExpiry } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { endOfShare, untilOf, whomOf } from '../share-text.ts';

interface ShareOptions extends DryRunOption {
  with?: Address;
  public?: boolean;
  until?: Expiry;
}

/** `stowmarket share`: let another wallet, or everybody, read an object. */
export function shareCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    addReaderOptions(
      new Command('share')
        .description('let another wallet, or everybody, read an object')
        .argument('<object>', 'name of the object, its key, or the start of its key'),
    ).option(
      '--until <duration|date>',
      'until when, such as 12h, 30d or 2030-01-31 (default: until unshare)',
      parseExpiry,
    ),
  ).addHelpText('after', HELP);
  command.action(async (reference: string, options: ShareOptions) =>
    runCommand(context, command, async (run) => shareCommandOf(run, reference, options)),
  );
  return command;
}

const HELP = `
The reader publishes its key once, with \`stowmarket wallet publish-key\`. It finds what is shared with it by \`stowmarket ls --shared\`, and reads it by
\`stowmarket get OBJECT --from OWNER\`. --public writes the key into the clear: whoever reads the chain can read the object for good, whatever is done later.

Examples:
  stowmarket share report.pdf --with 0x8ba1f109551bD432803012645Ac136ddd64DBA72
  stowmarket share report.pdf --with 0x8ba1f109551bD432803012645Ac136ddd64DBA72 --until 30d
  stowmarket share logo.svg --public --dry-run
`;

/** With whom: `share` and `unshare` take the same. */
export function addReaderOptions(command: Command): Command {
  return command
    .addOption(new Option('--with <address>', 'that wallet').argParser(parseAddress).conflicts('public'))
    .option('--public', 'everybody, without a wallet or a ticket');
}

/** @returns zero for everybody. @throws StowError `usage` */
export function readerOf(options: { with?: Address; public?: boolean }): Address {
  if (options.with !== undefined) return options.with;
  if (options.public === true) return zeroAddress;
  throw new StowError({
    code: 'usage',
    message: 'with whom is not said',
    hint: "give --with and a wallet's address, or --public for everybody",
    exitCode: ExitCode.usage,
  });
}

async function shareCommandOf(run: Run, reference: string, options: ShareOptions): Promise<void> {
  const { signal } = run;
  const reader = readerOf(options);
  const isDry = options.dryRun === true;
  await withSession(run, { wallet: !isDry }, async (session, setup) => {
    const { object } = await directoryOf(session, setup).find(reference, { signal });
    if (object.state === 'forming' || object.state === 'over') throw noHolders(titleOf(object), object.state);
    if (object.entry?.kind === 'pack') throw isSegment(object);
    // Against the chain's clock, as the contract does: a machine's may be off.
    const { seconds: nowS } = await readChainTime(session.market.chain, { signal });
    const wish: ShareWish = {
      owner: session.address,
      reader,
      objectKey: object.objectKey,
      until: untilAt(options.until, nowS),
    };
    requireSensible(wish, nowS);
    if (isDry) return planShare(run, session, setup, object, wish);
    return shareNow(run, session, object, wish);
  });
}

/** Lets a reader in, and says so. */
export async function shareNow(run: Run, session: ClientSession, object: StoredObject, wish: ShareWish): Promise<void> {
  const { signal, output } = run;
  const { market } = session;
  const readerKey = await requireReaderKey(
    async (address, call) => readKeyOf(market.chain, address, call),
    wish.reader,
    { signal },
  );
  output.progress.listener({ phase: 'locate' });
  const { ownerKey } = await session.wallet();
  const providersOf = market.providers.bind(market);
  const access = await session.transfer();
  const { privateKey } = ownerKey;
  const description = await describeOwn({ access, providersOf, privateKey }, object, { signal });
  const sender = await session.sender();
  const call = await shareOf(wish, readerKey, description);
  const { transactionHash } = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
    share(sender, call, { signal }),
  );
  output.progress.clear();
  output.result(
    { type: 'shared', ...recordOf(object, wish), name: description.name, transaction: transactionHash },
    [
      `${description.name} is shared with ${whomOf(wish.reader)} ${untilOf(wish.until)}`,
      `read it: stowmarket get ${JSON.stringify(description.name)} --from ${session.address}`,
    ].join('\n'),
  );
}

function isSegment(object: StoredObject): StowError {
  return new StowError({
    code: 'object-in-pack',
    message: `${titleOf(object)} is a segment of the pack: whoever reads it reads every file that was packed with it`,
    hint: 'store what is to be shared by itself, with `stowmarket put FILE`, and share that',
    exitCode: ExitCode.usage,
  });
}

const MAY_BE_MINED = mayBeMined('`stowmarket ls` shows with whom an object is shared');

async function planShare(
  run: Run,
  session: ClientSession,
  { config }: ClientSetup,
  object: StoredObject,
  wish: ShareWish,
): Promise<void> {
  const { signal } = run;
  const { chain } = session.market;
  const readerKey = await requireReaderKey(async (address, call) => readKeyOf(chain, address, call), wish.reader, {
    signal,
  });
  const dry = session.drySender();
  // As long as the true one, which takes the wallet: a file's mode and time are the rest of it.
  const { name = '', kind = 'file', plainBytes = 0, k = 1, n = 1 } = object.entry ?? {};
  const standIn = { secret: newObjectSecret(), name, kind, plainBytes, k, n, mode: 0o644, mtime: Date.now() };
  await share(dry, await shareOf(wish, readerKey, standIn), { signal });
  await reportDryRun(run, {
    command: 'share',
    record: recordOf(object, wish),
    lines: [
      `${titleOf(object)} would be shared with ${whomOf(wish.reader)} ${untilOf(wish.until)}; no tokens would move`,
    ],
    moves: [],
    senders: [dry],
    tokensPerCoin: config.quote.tokensPerCoin,
  });
}

function recordOf({ objectKey, entry }: StoredObject, { owner, reader, until }: ShareWish) {
  return {
    objectKey: toHex(objectKey),
    name: entry?.name,
    owner,
    reader: reader === zeroAddress ? undefined : reader,
    public: reader === zeroAddress,
    until: endOfShare(until),
  };
}

function untilAt(until: Expiry | undefined, nowS: number): number {
  if (until === undefined) return NO_END;
  return 'seconds' in until ? nowS + until.seconds : until.at;
}
