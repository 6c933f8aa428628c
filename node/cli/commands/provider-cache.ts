import { copyShards } from '../../client/get/copy-shards.ts';
import { holdersOf } from '../../client/holders.ts';
import { noHolders } from '../../client/no-holders.ts';
import { titleOf } from '../../client/stored-object.ts';
import { fromHex, to0x, toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import type { Address, Hex } from '../../market/messages.ts';
import { dropCached, fetchCache, putCached } from '../../provider/admin-client.ts';
import type { CacheContents } from '../../provider/cache/cache-messages.ts';
import { withSession } from '../client-setup.ts';
import { formatAmount, formatBytes, formatTable, plural } from '../format.ts';
import { ownSource, sharedSource } from '../get-source.ts';
import type { Run } from '../program-context.ts';
import { loadSetup, type SetupOptions } from './provider-setup.ts';

export interface CacheAddOptions extends SetupOptions {
  from?: Address;
  all?: boolean;
}

/** `provider cache add`: reads shards of an object as a client and hands them to the running provider. */
export async function addToCache(run: Run, reference: string, options: CacheAddOptions): Promise<void> {
  const { output, signal } = run;
  const { config } = await loadSetup(run, options);
  const { dataDir } = config;
  const before = await fetchCache(dataDir);
  const { from: owner } = options;
  await withSession(run, { wallet: owner === undefined ? true : 'if-any' }, async (session, setup) => {
    const { object, open } = await (owner === undefined || owner === session.address
      ? ownSource(run, session, setup, reference)
      : sharedSource(run, session, owner, reference));
    const holders = await holdersOf(object.agreements, async (ids) => session.market.providers(ids));
    if (holders.length === 0) throw noHolders(titleOf(object), object.state);
    const { access } = await open();
    const cached = new Set(before.shards.map(({ root }) => root));
    let contents = before;
    const { kept, read } = await copyShards(access, {
      objectKey: object.objectKey,
      holders,
      all: options.all ?? false,
      // What it holds under an agreement, it sells as such.
      isKept: ({ root, provider }) => cached.has(to0x(root)) || provider.id === before.provider,
      keep: async ({ root, shardIndex, units }, body) => {
        const shard = { root: to0x(root), client: owner ?? session.address, objectKey: to0x(object.objectKey) };
        contents = await putCached(dataDir, { ...shard, shardIndex, units }, body);
      },
      signal,
      onProgress: output.progress.listener,
    });
    output.progress.clear();
    const shards = kept.map(({ shardIndex, root }) => ({ shardIndex, root: toHex(root) }));
    output.result(
      { type: 'cached', objectKey: toHex(object.objectKey), shards, read, ...summaryOf(contents) },
      `${plural(kept.length, 'shard')} of ${titleOf(object)} are at provider ${contents.provider}, ${read} of them read now; reads cost ${priceText(contents)}`,
    );
  });
}

/** `provider cache ls`: what the running provider caches, the most recently read first. */
export async function listCache(run: Run, options: SetupOptions): Promise<void> {
  const { config } = await loadSetup(run, options);
  const contents = await fetchCache(config.dataDir);
  const rows = contents.shards.map(({ root, client, objectKey, shardIndex, units }) => [
    root.slice(2),
    objectKey.slice(2, 14),
    String(shardIndex),
    formatBytes(units * UNIT_BYTES),
    client,
  ]);
  const summary = summaryOf(contents);
  const lines = [
    `${formatBytes(summary.usedBytes)} of ${formatBytes(summary.capacityBytes)}, reads at ${priceText(contents)}`,
    rows.length === 0 ? 'nothing is cached' : formatTable(['ROOT', 'OBJECT', 'SHARD', 'SIZE', 'OWNER'], rows),
  ];
  run.output.result({ type: 'cache', ...summary, shards: contents.shards }, lines.join('\n'));
}

/** `provider cache rm`: forgets a shard by its root, or all of an object by its key or the start of it. */
export async function removeFromCache(run: Run, reference: string, options: SetupOptions): Promise<void> {
  const { config } = await loadSetup(run, options);
  const { shards } = await fetchCache(config.dataDir);
  const digits = reference.replace(/^0x/i, '').toLowerCase();
  const isMeant = (hex: Hex): boolean => digits.length >= MIN_PREFIX_DIGITS && hex.slice(2).startsWith(digits);
  const meant = shards.filter(({ root, objectKey }) => isMeant(root) || isMeant(objectKey));
  if (meant.length === 0) throw notCached(reference);
  for (const { root } of meant) await dropCached(config.dataDir, root);
  const roots = meant.map(({ root }) => toHex(fromHex(root)));
  run.output.result({ type: 'uncached', roots }, `${plural(roots.length, 'shard')} forgotten`);
}

/** Shorter beginnings of a key or root say nothing. */
const MIN_PREFIX_DIGITS = 4;

interface Summary {
  provider: number;
  usedBytes: number;
  capacityBytes: number;
  pricePerMiB: string;
}

function summaryOf({ provider, shards, capacityUnits, pricePerMiB }: CacheContents): Summary {
  const usedUnits = shards.reduce((sum, { units }) => sum + units, 0);
  return { provider, usedBytes: usedUnits * UNIT_BYTES, capacityBytes: capacityUnits * UNIT_BYTES, pricePerMiB };
}

function priceText({ pricePerMiB }: CacheContents): string {
  return pricePerMiB === '0' ? 'nothing' : `${formatAmount(BigInt(pricePerMiB))} a MiB`;
}

function notCached(reference: string): StowError {
  return new StowError({
    code: 'cache-unknown',
    message: `nothing that is cached has a root or an object key that begins with ${JSON.stringify(reference.slice(0, 100))}`,
    hint: 'stowmarket provider cache ls',
    exitCode: ExitCode.notFound,
  });
}
