import { Command } from 'commander';

import { chooseTarget } from '../../client/get/choose-target.ts';
import type { CatalogueEntry } from '../../client/catalogue.ts';
import { openForReading, type ReadableObject } from '../../client/get/get.ts';
import {
  targetKindOf,
  type GetTarget,
  type ObjectFacts,
  type ReadFrom,
  type TargetKind,
} from '../../client/get/target.ts';
import { holdersOf } from '../../client/holders.ts';
import { normalizeName } from '../../client/object-name.ts';
import { noHolders } from '../../client/no-holders.ts';
import { titleOf } from '../../client/stored-object.ts';
import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Address } from '../../market/messages.ts';
import { withSession } from '../client-setup.ts';
import type { Span } from '../../pipeline/decode/window-plan.ts';
import type { LiveFile } from '../../pipeline/pack/replay.ts';
import { type ByteRange, parseRange, spanOf } from '../byte-range.ts';
import { formatBytes } from '../format.ts';
import { ownSource, sharedSource } from '../get-source.ts';
import { tellingWhatWasDone } from '../interrupt.ts';
import { parseAddress, parsePrice } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

interface GetOptions {
  from?: Address;
  output?: string;
  force?: boolean;
  range?: ByteRange;
  resume?: boolean;
  /** Tokens a MiB, as text that is a price. */
  maxPrice?: string;
}

/** `stowmarket get`: bring an object back. */
export function getCommand(context: ProgramContext): Command {
  const command = new Command('get')
    .description('bring an object back, every byte of it checked')
    .argument('<object>', 'name of the object, its key, or the start of its key')
    .option(
      '-o, --output <path>',
      'where to write it; - for standard output (default: its name, in the current folder)',
    )
    .option(
      '--from <owner>',
      "an object of another wallet, by that wallet's address: one that it shares with this wallet, or with everybody, for which no wallet is needed",
      parseAddress,
    )
    .option('--force', 'overwrite what is there')
    .option(
      '--range <from-to>',
      'only these bytes, counted from 0, the last one included; 500- for the rest, -500 for the last 500',
      parseRange,
    )
    .option(
      '--max-price <price>',
      'pay no more than this for reads, in tokens a MiB; 0 pays nothing (default: retrieval.max-price-per-mib)',
      parseReadPrice,
    )
    .option('--resume', 'go on where an interrupted get of the same object to the same place stopped')
    .addHelpText('after', EXAMPLES);
  command.action(async (reference: string, options: GetOptions) =>
    runCommand(context, command, async (run) => get(run, reference, options), { dataOnStdout: options.output === '-' }),
  );
  return command;
}

const EXAMPLES = `
Examples:
  stowmarket get cat.jpg
  stowmarket get backup/photos -o restored-photos
  stowmarket get 3fa9c1 -o report.pdf --force
  stowmarket get folder.tar -o - | tar t
  stowmarket get movie.mkv --range 1000000-1999999 -o part
  stowmarket get backup.img --resume
  stowmarket get backup.img --max-price 0.00001
  stowmarket get report.pdf --from 0x8ba1f109551bD432803012645Ac136ddd64DBA72
`;

async function get(run: Run, reference: string, options: GetOptions): Promise<void> {
  const { signal, output } = run;
  if (options.resume === true && options.output === '-') throw nothingToResume();
  const { from: owner } = options;
  const settings = { 'retrieval.max-price-per-mib': options.maxPrice };
  await withSession(run, { wallet: owner === undefined ? true : 'if-any', settings }, async (session, setup) => {
    const { object, packed, open } = await (owner === undefined || owner === session.address
      ? ownSource(run, session, setup, reference)
      : sharedSource(run, session, owner, reference));
    // Where the catalogue knows the object, an unusable output is refused before any provider is asked.
    const known = packed === undefined ? wholeOfEntry(object.entry) : wholeOfPacked(packed);
    if (known !== undefined && options.range === undefined)
      await prepareTarget(run, factsOf(object.objectKey, known, undefined), options);
    const holders = await holdersOf(object.agreements, async (ids) => session.market.providers(ids));
    if (holders.length === 0) throw noHolders(titleOf(object), object.state);
    const { objectKey } = object;
    const onProgress = output.progress.listener;
    const { access, unseal } = await open();
    // Who is asked besides, and has not answered by the end, has not failed.
    using reading = abortedAtEnd(signal);
    const readable = await openForReading(access, {
      objectKey,
      holders,
      unseal,
      k: object.entry?.k,
      findCaches: setup.config.retrieval.caches
        ? async (from, opts) => session.findCaches(access, from, opts)
        : undefined,
      signal: reading.signal,
      onProgress,
    });
    const whole = packed === undefined ? wholeOfOpened(readable, object.entry?.name) : wholeOfPacked(packed);
    const { name, kind } = whole;
    const range = options.range === undefined ? undefined : spanOf(options.range, whole.plainBytes);
    const foreign = owner !== undefined && owner !== session.address;
    const facts = { ...factsOf(objectKey, whole, range), foreign };
    const chosen = await prepareTarget(run, facts, options);
    let resumedBytes = 0;
    const first = whole.offset + (range?.from ?? 0);
    const read: ReadFrom = (fromByte) => {
      resumedBytes = fromByte;
      return readable.bytes({ from: first + fromByte, to: first + facts.plainBytes }, fromByte);
    };
    await tellingWhatWasDone(
      signal,
      () => leftBehind(chosen, options),
      async () => receive(run, chosen, read, facts),
    );
    output.progress.clear();
    const failures = readable.failures();
    output.result(
      {
        type: 'got',
        objectKey: toHex(objectKey),
        ...(owner === undefined ? {} : { owner }),
        name,
        kind,
        plainBytes: facts.plainBytes,
        ...(range === undefined ? {} : { range }),
        ...(resumedBytes === 0 ? {} : { resumedBytes }),
        output: chosen.label,
        failures,
      },
      `got ${range === undefined ? '' : `bytes ${range.from} to ${range.to - 1} of `}${name} (${formatBytes(facts.plainBytes)}) as ${chosen.label}, every byte checked` +
        (resumedBytes === 0 ? '' : `; ${formatBytes(resumedBytes)} of them were there already`) +
        (failures.length === 0 ? '' : `; ${failures.length} shards failed and were read elsewhere`),
    );
  });
}

/** A signal that is aborted with another one, and when its scope ends. */
function abortedAtEnd(outer: AbortSignal): { signal: AbortSignal } & Disposable {
  const end = new AbortController();
  return {
    signal: AbortSignal.any([outer, end.signal]),
    [Symbol.dispose]: () => end.abort(),
  };
}

/** Checked here, where its message names the option; read by the configuration, whose rule it takes the place of. */
function parseReadPrice(text: string): string {
  parsePrice(text);
  return text;
}

/** What is to be had: an object, or a file in a segment of the pack. */
interface Whole {
  name: string;
  kind: TargetKind;
  plainBytes: number;
  /** Of its first byte in the object. */
  offset: number;
  mode?: number | undefined;
  mtimeMs?: number | undefined;
}

function wholeOfPacked({ file, offset }: LiveFile): Whole {
  const { name, sizeBytes, mode, mtimeMs } = file;
  return { name, kind: 'file', plainBytes: sizeBytes, offset, mode, mtimeMs };
}

function wholeOfEntry(entry: CatalogueEntry | undefined): Whole | undefined {
  return entry === undefined ? undefined : { ...entry, kind: targetKindOf(entry.kind), offset: 0 };
}

function wholeOfOpened({ header, content }: ReadableObject, knownName: string | undefined): Whole {
  const { kind, mode, mtime: mtimeMs } = content;
  // Of a stored name that cannot be a file's, the catalogue knows another.
  const name = knownName ?? normalizeName(content.name);
  return { name, kind: targetKindOf(kind), plainBytes: header.plainBytes, offset: 0, mode, mtimeMs };
}

function factsOf(objectKey: Uint8Array, whole: Whole, range: Span | undefined): NamedFacts {
  const { name, kind, plainBytes, mode, mtimeMs, offset } = whole;
  const key = toHex(objectKey);
  const { from, to } = range ?? { from: 0, to: plainBytes };
  return {
    name,
    object: range === undefined && offset === 0 ? key : `${key}:${offset + from}-${offset + to}`,
    // A part of a folder's stream is no folder.
    kind: range === undefined ? kind : 'file',
    plainBytes: to - from,
    mode,
    mtimeMs,
  };
}

/** A failure that ctrl-C did not cause ends with the failure's own words; what is left for a later run is told before. */
async function receive(run: Run, target: GetTarget, read: ReadFrom, facts: ObjectFacts): Promise<void> {
  try {
    await target.receive(read, facts);
  } catch (error) {
    if (!run.signal.aborted && target.keptBytes() > 0) run.output.talk(keptText(target));
    throw error;
  }
}

function leftBehind(target: GetTarget, options: GetOptions): string {
  const untouched = 'the stored object is untouched';
  if (options.output === '-') return `a part was written to ${target.label}; ${untouched}`;
  if (target.keptBytes() > 0) return keptText(target);
  return `nothing was left at ${target.label}; ${untouched}`;
}

function keptText(target: GetTarget): string {
  return `${formatBytes(target.keptBytes())} of it are kept beside ${target.label}; the same command with --resume goes on from there`;
}

function nothingToResume(): StowError {
  return new StowError({
    code: 'usage',
    message: '--resume needs a file to go on with, and standard output is none',
    hint: 'ask for the rest with --range: `--range 5000000-` begins after 5,000,000 bytes',
    exitCode: ExitCode.usage,
  });
}

type NamedFacts = ObjectFacts & { name: string; object: string };

async function prepareTarget({ io, output }: Run, facts: NamedFacts, options: GetOptions): Promise<GetTarget> {
  const target = await chooseTarget(facts, {
    output: options.output,
    force: options.force ?? false,
    stdout: io.stdout,
    object: facts.object,
    resume: options.resume ?? false,
    onNote: (note) => output.progress.listener({ phase: 'download', note }),
  });
  await target.prepare(facts);
  return target;
}
