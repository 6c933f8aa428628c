import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { gasInTokens } from '../../node/market/all-in.ts';
import { mustRun, type Devnet } from '../devnet/devnet.ts';
import type { Row } from './reporter.ts';
import { withDevnet } from './with-devnet.ts';

const FILES = 10_000;
const FILE_BYTES = 1_024;
/** Files that are stored one by one: all of a size cost the same but for a few gas, so that a few stand for the rest. */
const SINGLES = 3;
/** How often cheaper a pack has to be, all in. */
const ALL_IN_BAR = 500;
/** Units of 6 shards of one such file, header and data; and of 10 MB over four of them. No pack in this code can do better than their ratio. */
const LEAST_RENT_RATIO = (FILES * 2) / (1 + Math.ceil((FILES * FILE_BYTES) / 4 / 65_536));
const GWEI = 1_000_000_000n;
const TOKEN = 10n ** 18n;
/** Tokens for a coin: a token of about a dollar, as the public parameters have it, and a coin of some thousands. */
const TOKENS_PER_COIN = 2_500n * TOKEN;
/** Wei for one gas: of a busy chain, and of a cheap one, where rent weighs most. */
const GAS_PRICES = [
  { name: '1 gwei', wei: GWEI },
  { name: '0.001 gwei', wei: GWEI / 1_000n },
];

/** What storing something came to, by the transaction that formed it. */
interface Cost {
  /** Rent and burn, token wei. */
  tokens: bigint;
  gas: bigint;
}

/**
 * 10,000 files of 1 KiB, one by one (some of them, the rest reckoned) and as one segment of a pack, with the same eight providers at 4 of 6 for 90 periods. Rent, burn and gas are those of
 * the transactions on the devnet; gas is turned into tokens at the prices that the rows name.
 */
export async function rows(): Promise<Row[]> {
  return withDevnet(measure);
}

async function measure(net: Devnet, folder: string): Promise<Row[]> {
  const files = join(folder, 'files');
  await mkdir(files);
  for (let at = 0; at < FILES; at++) await writeFile(join(files, String(at)), randomBytes(FILE_BYTES));
  const cli = async (...args: string[]): Promise<Record<string, unknown>> => {
    const start = performance.now();
    const record = await mustRun(net.group, ['--json', ...args], net.clientEnv);
    return { ...record, seconds: (performance.now() - start) / 1_000 };
  };
  const singles: Cost[] = [];
  for (let at = 0; at < SINGLES; at++) singles.push(costOf(await cli('put', join(files, String(at)))));
  const put = await cli('put', '--pack', files);
  const packed = costOf(put);
  const target = join(folder, 'target');
  const get = await cli('get', 'files/7777', '-o', target);
  if (!(await readFile(target)).equals(await readFile(join(files, '7777'))))
    throw new Error('get gave other bytes back');
  const alone = await cli('get', '0', '-o', join(folder, 'alone'));
  const listed = await cli('ls');
  const recovered = await cli('recover', '-o', join(folder, 'all'));
  const times = {
    put,
    'get of one, whole command': get,
    'get of one by itself, whole command': alone,
    ls: listed,
    'recover into a folder': recovered,
  };
  return [
    ...ratios(average(singles), packed),
    ...Object.entries(times).map(([name, { seconds }]) => ({
      name: `${name} (pack of ${FILES.toLocaleString('en-US')} files)`,
      ours: Number(Number(seconds).toFixed(2)),
      unit: 's',
    })),
  ];
}

function ratios(single: Cost, packed: Cost): Row[] {
  const all = { tokens: single.tokens * BigInt(FILES), gas: single.gas * BigInt(FILES) };
  const shared = { unit: '× cheaper', better: 'more' as const };
  return [
    { name: 'gas of one file by itself', ours: Number(single.gas), unit: 'gas' },
    { name: 'gas of the pack', ours: Number(packed.gas), unit: 'gas' },
    { name: 'rent and burn of one file by itself', ours: inMicroTokens(single.tokens), unit: 'µtokens' },
    { name: 'rent and burn of the pack', ours: inMicroTokens(packed.tokens), unit: 'µtokens' },
    {
      name: 'rent and burn, one by one : packed',
      ours: ratio(all.tokens, packed.tokens),
      limit: Math.floor(LEAST_RENT_RATIO),
      ...shared,
    },
    { name: 'gas, one by one : packed', ours: ratio(all.gas, packed.gas), ...shared },
    { name: `gas price from which all in is ${ALL_IN_BAR} × cheaper`, ours: leastGasPrice(all, packed), unit: 'wei' },
    ...GAS_PRICES.map(({ name, wei }) => ({
      name: `all in, gas at ${name}, 2,500 tokens a coin`,
      ours: ratio(allIn(all, wei), allIn(packed, wei)),
      bar: ALL_IN_BAR,
      ...shared,
    })),
  ];
}

function allIn({ tokens, gas }: Cost, weiPerGas: bigint): bigint {
  return tokens + (gasInTokens(gas * weiPerGas, TOKENS_PER_COIN) ?? 0n);
}

function average(costs: readonly Cost[]): Cost {
  const sum = (of: (cost: Cost) => bigint): bigint => costs.reduce((total, cost) => total + of(cost), 0n);
  return {
    tokens: sum(({ tokens }) => tokens) / BigInt(costs.length),
    gas: sum(({ gas }) => gas) / BigInt(costs.length),
  };
}

function costOf(record: Record<string, unknown>): Cost {
  return { tokens: BigInt(String(record['total'])), gas: BigInt(String(record['gasUsed'])) };
}

function ratio(one: bigint, other: bigint): number {
  return Number((one * 10n) / other) / 10;
}

function inMicroTokens(wei: bigint): number {
  return Math.round((Number(wei) * 1e6) / Number(TOKEN));
}

/** Wei for one gas from which on a pack is so many times cheaper, all in; below, rent alone decides, and padding to whole units with it. */
function leastGasPrice(all: Cost, packed: Cost): number {
  const short = BigInt(ALL_IN_BAR) * packed.tokens - all.tokens;
  const tokensPerGas = Number(short) / Number(all.gas - BigInt(ALL_IN_BAR) * packed.gas);
  return Math.max(0, (tokensPerGas / Number(TOKENS_PER_COIN)) * 1e18);
}
