/**
 * `npm run test:readers -- --seconds 300 --readers 200`: so many clients, each with a key, a channel and a record of its own, read from one provider at once and pay.
 * Every byte has to be right, and every wei has to be where it belongs once all channels are closed. Prints how long the first unit of a read takes: as all of them
 * read without a pause, that is a time in a line, behind the readers' own work on the same machine. Exits 1 when something is not as it must be.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { fundReaders, type Market, openChannels, openMarket, PRICE } from './market.ts';
import type { Order, ReaderOutcome, ReaderSpec } from './messages.ts';
import { auditMoney, closeAll, readPurses } from './money.ts';
import { ReaderProcess } from './forked-readers.ts';

const PROCESSES = 4;
const MEBIBYTE = 1_048_576;
const FAULTS_SHOWN = 20;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '300' }, readers: { type: 'string', default: '200' } },
});
const [seconds, count] = [Number(values.seconds), Number(values.readers)];
if (!(seconds > 0) || !(Number.isInteger(count) && count >= PROCESSES)) {
  process.stderr.write(`--seconds is above 0, and --readers a whole number of at least ${PROCESSES}\n`);
  process.exit(2);
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = await mkdtemp(join(tmpdir(), 'stow-readers-'));
const market = await openMarket(folder);
try {
  const faults = await run(market);
  const alike = [...Map.groupBy(faults, (fault) => fault)].map(
    ([fault, all]) => `FAILED ${all.length} times: ${fault}`,
  );
  for (const line of alike.slice(0, FAULTS_SHOWN)) print(line);
  if (alike.length > FAULTS_SHOWN) print(`and ${alike.length - FAULTS_SHOWN} more`);
  if (faults.length > 0) process.exitCode = 1;
} finally {
  await market.provider.dispose();
  await market.chain.stop();
  await rm(folder, { recursive: true, force: true });
}

async function run(opened: Market): Promise<string[]> {
  const { chain, view } = opened;
  const funded = await fundReaders(opened, count);
  const clients = funded.map(({ sender }) => sender.address);
  const operator = chain.accounts[2]!.address;
  const before = await readPurses(view, clients, operator);
  const accounts = await openChannels(opened, funded);
  print(`${count} readers, ${seconds} s`);
  const outcomes = await readAll(
    opened,
    accounts.map(({ spec }) => spec),
  );
  report(outcomes);
  const promised = new Map(outcomes.map((outcome) => [BigInt(outcome.channel), BigInt(outcome.promised)]));
  const unpaid = outcomes.flatMap(wrongPromise);
  const unredeemed = await closeAll(chain, view, accounts, promised);
  const moved = await auditMoney(view, promised, before, await readPurses(view, clients, operator));
  return [...outcomes.flatMap(({ failures }) => failures), ...unpaid, ...unredeemed, ...moved];
}

async function readAll({ chain, ready, shard }: Market, specs: readonly ReaderSpec[]): Promise<ReaderOutcome[]> {
  const order: Omit<Order, 'readers'> = {
    rpcUrl: chain.rpcUrl,
    deployments: chain.deploymentsDir,
    provider: { id: ready.provider, peerId: ready.peerId, bulk: ready.bulk[0] ?? '' },
    shard,
    price: String(PRICE),
    folder,
    seconds,
  };
  const parts = Array.from({ length: PROCESSES }, (_, part) => specs.filter((_spec, at) => at % PROCESSES === part));
  const children = parts.map((readers) => new ReaderProcess({ ...order, readers }));
  try {
    await Promise.all(children.map((child) => child.ready()));
    print('all are connected');
    return (await Promise.all(children.map((child) => child.run()))).flat();
  } finally {
    for (const child of children) child.end();
  }
}

/** A client owes what it checked at its price, and promises whole wei of that. */
function wrongPromise({ channel, bytes, promised }: ReaderOutcome): string[] {
  const due = (BigInt(bytes) * PRICE) / BigInt(MEBIBYTE);
  return BigInt(promised) === due
    ? []
    : [`channel ${channel}: ${promised} wei promised for ${bytes} bytes, not ${due}`];
}

function report(outcomes: readonly ReaderOutcome[]): void {
  const sum = (of: (outcome: ReaderOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const bytes = sum((outcome) => outcome.bytes);
  print(
    `  ${sum(({ reads }) => reads)} reads, ${bytes} bytes (${(bytes / MEBIBYTE / seconds).toFixed(1)} MiB/s), every one compared`,
  );
  print(`  ${sum(({ vouchers }) => vouchers)} vouchers`);
  print(
    `  first unit of the first read, with its connection and contract: ${quantiles(outcomes.flatMap(({ firstMs }) => firstMs ?? []))}`,
  );
  print(`  first unit of later reads: ${quantiles(outcomes.flatMap(({ laterMs }) => laterMs))}`);
}

function quantiles(timesMs: readonly number[]): string {
  const sorted = timesMs.toSorted((a, b) => a - b);
  const at = (share: number): string => `${(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN).toFixed(0)} ms`;
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, slowest ${at(1)}, of ${sorted.length}`;
}
