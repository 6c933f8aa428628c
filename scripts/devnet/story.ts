import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

import { systemCode } from '../../node/core/errors.ts';
import { formatTokens } from '../../node/market/money.ts';
import { ChainEvents, until } from './chain-events.ts';
import { type Devnet, type DevProvider, mustRun, PROVIDERS, type Say } from './devnet.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What this project is made of; installed and generated files are left out. */
const SOURCE_FOLDERS = ['contracts', 'deploy', 'docs', 'node', 'scripts', 'test'];
const RANDOM_BYTES = 64 * 2 ** 20;
const CHUNK_BYTES = 2 ** 20;
/** Waits are generous: a busy two-core machine runs ten processes of this story. */
const WAIT_MS = 240_000;
/** Periods that every holder must prove before anything breaks. */
const QUIET_PERIODS = 2;

interface Stored {
  name: string;
  /** SHA-256 by relative path; one entry with an empty path for a file. */
  digests: Map<string, string>;
  shards: { provider: number; shardRoot: string; agreement: string }[];
}

/** Stores, breaks and gets back; each step throws when what it shows is not so. */
export async function tellStory(net: Devnet, say: Say): Promise<void> {
  const chain = new ChainEvents(net.rpcUrl, net.deployment);
  const work = join(net.folder, 'files');
  await mkdir(work, { recursive: true });

  const source = join(work, 'source');
  for (const folder of SOURCE_FOLDERS)
    await cp(join(ROOT, folder), join(source, folder), {
      recursive: true,
      filter: (path) => basename(path) !== 'node_modules',
    });
  const random = join(work, 'random.bin');
  await pipeline(Readable.from(randomChunks()), createWriteStream(random));

  say.step("Store this project's source folder and 64 MiB of random bytes, any 4 of 6 shards enough");
  const objects = [await store(net, say, source, 'source'), await store(net, say, random, 'random.bin')];

  say.step('Periods pass, proofs land, money moves');
  const holders = new Set(objects.flatMap(({ shards }) => shards.map(({ provider }) => provider)));
  const fromBlock = await chain.blockNumber();
  await watchProofs(chain, say, holders, fromBlock);
  const earned = await until('a settlement', WAIT_MS, async () => {
    const { paid, count } = await chain.settlements(chain.deployedAtBlock);
    return paid > 0n ? { paid, count } : undefined;
  });
  say(`${formatTokens(earned.paid)} went from escrow to providers in ${earned.count} settlements`);

  say.step('One provider is killed, another loses a shard file');
  const before = await scores(chain);
  const [killed, careless] = pickVictims(net, objects);
  const breakBlock = await chain.blockNumber();
  // A loss may be admitted, and compensated, while the files are still being read back.
  const balanceBefore = await chain.available(net.client.address);
  process.kill(killed.pid, 'SIGKILL');
  say(`provider ${killed.id} (process ${killed.pid}) got SIGKILL`);
  const lost = objects[1]!.shards.find(({ provider }) => provider === careless.id)!;
  await rm(await shardFile(careless, lost.shardRoot));
  say(`provider ${careless.id} lost the file of shard root ${lost.shardRoot.slice(0, 18)}…`);

  say.step('Both come back, byte for byte, at once');
  for (const object of objects) await getBack(net, say, object, `${object.name}-1`);

  say.step('The chain notices: misses, slashes, compensation, reputation');
  await showConsequences(net, chain, say, { killed, careless, breakBlock });
  await collectCompensation(net, chain, say, balanceBefore, breakBlock);
  await showReputations(chain, say, before, killed, careless);

  say.step('And both still come back, now that one provider is out of the market');
  for (const object of objects) await getBack(net, say, object, `${object.name}-2`);

  const { held, owed } = await chain.conservation();
  check(held === owed, `escrow holds ${held} and owes ${owed}`);
  say(`escrow holds ${formatTokens(held)} and owes exactly that, to the wei`);
}

function* randomChunks(): Generator<Buffer> {
  for (let sent = 0; sent < RANDOM_BYTES; sent += CHUNK_BYTES) yield randomBytes(CHUNK_BYTES);
}

async function store(net: Devnet, say: Say, path: string, name: string): Promise<Stored> {
  const digests = await digestsOf(path);
  const result = (await mustRun(
    net.group,
    ['--json', 'put', path, '--name', name, '--periods', '60'],
    net.clientEnv,
  )) as {
    objectKey: string;
    plainBytes: number;
    shards: Stored['shards'];
    gasUsed: string | number;
    total: string;
  };
  say(
    `${name}: ${(result.plainBytes / 2 ** 20).toFixed(1)} MiB in ${result.shards.length} shards with providers ` +
      `${result.shards.map(({ provider }) => provider).join(', ')}; ${formatTokens(BigInt(result.total))}, ${result.gasUsed} gas, one transaction`,
  );
  check(
    new Set(result.shards.map(({ provider }) => provider)).size === result.shards.length,
    'shards on distinct providers',
  );
  return { name, digests, shards: result.shards };
}

async function watchProofs(
  chain: ChainEvents,
  say: Say,
  holders: ReadonlySet<number>,
  fromBlock: bigint,
): Promise<void> {
  const told = new Set<string>();
  await until(`${QUIET_PERIODS} periods proven by all ${holders.size} holders`, WAIT_MS, async () => {
    const proofs = await chain.proofs(fromBlock);
    for (const { provider, period } of proofs) {
      const line = `period ${period}: provider ${provider} proved all that it holds`;
      if (!told.has(line)) say(line);
      told.add(line);
    }
    const done = [...holders].every((id) => proofs.filter(({ provider }) => provider === id).length >= QUIET_PERIODS);
    return done ? true : undefined;
  });
}

/** Two holders of the random file; the first also holds a shard of the source where possible. */
function pickVictims(net: Devnet, objects: readonly Stored[]): [DevProvider, DevProvider] {
  const [source, random] = objects as [Stored, Stored];
  const inSource = new Set(source.shards.map(({ provider }) => provider));
  const ids = random.shards
    .map(({ provider }) => provider)
    .toSorted((a, b) => Number(inSource.has(b)) - Number(inSource.has(a)));
  const victims = ids.slice(0, 2).map((id) => net.providers.find((provider) => provider.id === id));
  const [killed, careless] = victims;
  if (killed === undefined || careless === undefined)
    throw new Error('no two providers hold a shard of the random file');
  return [killed, careless];
}

async function shardFile(provider: DevProvider, root: string): Promise<string> {
  const name = `${root.replace(/^0x/, '')}.shard`;
  for (const entry of await readdir(provider.home, { recursive: true, withFileTypes: true }))
    if (entry.name === name) return join(entry.parentPath, entry.name);
  throw new Error(`provider ${provider.id} has no file for shard root ${root}`);
}

async function getBack(net: Devnet, say: Say, { name, digests }: Stored, as: string): Promise<void> {
  const output = join(net.folder, 'back', as);
  await mkdir(join(net.folder, 'back'), { recursive: true });
  const started = Date.now();
  const got = await mustRun(net.group, ['--json', 'get', name, '-o', output], net.clientEnv);
  const seconds = (Date.now() - started) / 1_000;
  const back = await digestsOf(output);
  check(back.size === digests.size, `${name}: ${digests.size} files stored, ${back.size} came back`);
  for (const [path, digest] of digests) check(back.get(path) === digest, `${name}/${path} came back changed`);
  const failures = Array.isArray(got['failures']) ? got['failures'].length : 0;
  say(
    `${name}: ${digests.size === 1 ? 'the file' : `all ${digests.size} files`} as stored, ${failures} shards read elsewhere, ${seconds.toFixed(1)} s`,
  );
}

interface Consequences {
  killed: DevProvider;
  careless: DevProvider;
  breakBlock: bigint;
}

async function showConsequences(
  net: Devnet,
  chain: ChainEvents,
  say: Say,
  { killed, careless, breakBlock }: Consequences,
): Promise<void> {
  const conceded = await until(`provider ${careless.id} to concede its loss`, WAIT_MS, async () =>
    (await chain.conceded(breakBlock)).find(({ provider }) => provider === careless.id),
  );
  say(
    `provider ${careless.id} admitted that it lost agreement ${conceded.agreement >> 32n}/${conceded.agreement & 0xffff_ffffn}, and goes on with the rest`,
  );
  let told = 0;
  await until(`provider ${killed.id} to fail`, WAIT_MS, async () => {
    const misses = (await chain.misses(breakBlock)).filter(({ provider }) => provider === killed.id);
    for (const { fromPeriod, count, failed } of misses.slice(told))
      say(
        `provider ${killed.id} missed ${count === 1 ? `period ${fromPeriod}` : `periods ${fromPeriod} to ${fromPeriod + count - 1}`}${failed ? ': the fourth in a row, all its collateral is gone' : ''}`,
      );
    told = misses.length;
    return misses.some(({ failed }) => failed) ? true : undefined;
  });
  const proofs = await chain.proofs(breakBlock);
  const others = net.providers.filter(({ id }) => id !== killed.id && proofs.some(({ provider }) => provider === id));
  check(others.length >= PROVIDERS - 3, `only ${others.length} providers went on proving`);
}

async function collectCompensation(
  net: Devnet,
  chain: ChainEvents,
  say: Say,
  before: bigint,
  breakBlock: bigint,
): Promise<void> {
  const settled = await mustRun(net.group, ['--json', 'settle'], net.clientEnv);
  check(
    Array.isArray(settled['ended']) && settled['ended'].length > 0,
    'no agreement of the failed provider was closed',
  );
  const after = await chain.available(net.client.address);
  const slashes = await chain.slashes(breakBlock);
  const toClient = slashes.reduce((sum, slash) => sum + slash.toClient, 0n);
  const burned = slashes.reduce((sum, slash) => sum + slash.burned, 0n);
  check(toClient > 0n && burned > 0n, 'no collateral reached the client');
  check(
    after - before >= toClient,
    `the client's account grew by ${after - before}, less than its compensation ${toClient}`,
  );
  say(
    `slashed: ${formatTokens(toClient)} to the client, ${formatTokens(burned)} burned; with refunded rent the client got ${formatTokens(after - before)} back`,
  );
}

async function scores(chain: ChainEvents): Promise<Map<number, number>> {
  const all = new Map<number, number>();
  for (let id = 1; id <= PROVIDERS; id += 1) all.set(id, await chain.score(id));
  return all;
}

async function showReputations(
  chain: ChainEvents,
  say: Say,
  before: ReadonlyMap<number, number>,
  killed: DevProvider,
  careless: DevProvider,
): Promise<void> {
  const after = await scores(chain);
  for (const [id, score] of after) {
    const note = id === killed.id ? '  (killed)' : id === careless.id ? '  (lost a shard)' : '';
    say(`provider ${id}: score ${(before.get(id) ?? 0).toFixed(3)} -> ${score.toFixed(3)}${note}`);
  }
  check((after.get(killed.id) ?? 1) < (before.get(killed.id) ?? 0), "the killed provider's score did not fall");
  check(
    (after.get(careless.id) ?? 1) < (after.get(bestOf(after)) ?? 0),
    'the provider that lost a shard ranks as high as the best',
  );
}

function bestOf(all: ReadonlyMap<number, number>): number {
  return [...all].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
}

/** SHA-256 of a file, or of each file below a folder. */
async function digestsOf(path: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (systemCode(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  if (entries === undefined) return digests.set('', await digestOf(path));
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile()) digests.set(relative(path, file), await digestOf(file));
  }
  return digests;
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
