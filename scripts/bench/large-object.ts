import { open } from 'node:fs/promises';
import { join } from 'node:path';

import type { Devnet } from '../devnet/devnet.ts';
import { runCommand, type CommandResult } from './client-command.ts';
import { peakMebibytes, resetPeaks } from './processes-cpu.ts';
import type { BenchOptions, Row } from './reporter.ts';
import { withDevnet } from './with-devnet.ts';

const MEMORY_BAR_MIB = 256;
const OBJECT = 'large';

/**
 * The memory that a large object takes: a sparse file, put at 4 of 6 into provider processes of a devnet and read back into nothing. Only the shards take space on
 * the disk, one and a half times the object.
 */
export async function rows({ largeBytes }: BenchOptions): Promise<Row[]> {
  const room = `${Math.ceil((2 * largeBytes) / 2 ** 30)}GiB`;
  const measureAll = async (net: Devnet, folder: string): Promise<Row[]> => {
    const source = join(folder, 'source');
    await writeSparse(source, largeBytes);
    const providers = net.providers.map(({ pid }) => pid);
    const measure = async (phase: 'upload' | 'download', ...args: string[]): Promise<Row[]> => {
      await resetPeaks(providers);
      const client = await runCommand({ args, env: net.clientEnv, folder, phase });
      return rowsOf(args[0] ?? '', largeBytes, client, await peakMebibytes(providers));
    };
    return [
      ...(await measure('upload', 'put', source, '--name', OBJECT, '--periods', '180')),
      ...(await measure('download', 'get', OBJECT, '-o', '/dev/null')),
    ];
  };
  return withDevnet(measureAll, { 'ask.capacity': room, 'ask.max-shard': room });
}

function rowsOf(job: string, bytes: number, client: CommandResult, providerMib: number): Row[] {
  const size = `${bytes / 2 ** 30} GiB`;
  return [
    { name: `${job} of ${size}, 4 of 6`, ours: Math.round(bytes / 1_000 / client.bytesMs), unit: 'MB/s' },
    { name: `client's peak memory, ${job} of ${size}`, ours: client.peakMib, unit: 'MiB', bar: MEMORY_BAR_MIB },
    { name: `a provider's peak memory, ${job} of ${size}`, ours: providerMib, unit: 'MiB', bar: MEMORY_BAR_MIB },
  ];
}

async function writeSparse(path: string, sizeBytes: number): Promise<void> {
  await using file = await open(path, 'w');
  await file.truncate(sizeBytes);
}
