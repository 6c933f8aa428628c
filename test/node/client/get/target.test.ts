import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect } from 'chai';
import { create, Header } from 'tar';

import { chooseTarget } from '../../../../node/client/get/choose-target.ts';
import { fileTarget } from '../../../../node/client/get/file-target.ts';
import { folderTarget } from '../../../../node/client/get/folder-target.ts';
import { streamTarget } from '../../../../node/client/get/stream-target.ts';
import { openSource } from '../../../../node/client/put/open-source.ts';
import { expectError } from '../support/expect-error.ts';
import { useTempFolder } from '../support/temp-folder.ts';

async function* bytesOf(...parts: (string | Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield Buffer.from(part);
  }
}

function linkEntry(path: string, linkpath: string): Buffer {
  const block = Buffer.alloc(512);
  new Header({ type: 'SymbolicLink', path, linkpath, mode: 0o777, size: 0, mtime: new Date(0) }).encode(block);
  return block;
}

const facts = { kind: 'file', plainBytes: 3 } as const;
const anew = { object: '00', resume: false, onNote: () => undefined };

describe('get targets', () => {
  const folder = useTempFolder();
  const path = (): string => join(folder.path, 'out');
  async function tarOf(build: (root: string) => Promise<unknown>): Promise<AsyncIterable<Uint8Array>> {
    const root = join(folder.path, 'source');
    await mkdir(root);
    await build(root);
    return (await openSource(root, { stdin: Readable.from([]) })).open({});
  }
  const target = (force = false) => fileTarget({ ...anew, path: path(), force });

  describe('file', () => {
    it('appears whole, with mode and time', async () => {
      const mtimeMs = Date.UTC(2020, 0, 1);
      await target().receive(() => bytesOf('ab', 'c'), { ...facts, mode: 0o4700, mtimeMs });
      expect(await readFile(path(), 'utf8')).to.equal('abc');
      const { mode, mtimeMs: written } = await stat(path());
      expect(mode & 0o7777).to.equal(0o700);
      expect(written).to.equal(mtimeMs);
      expect(await readdir(folder.path)).to.deep.equal(['out']);
    });

    it('leaves nothing behind when the bytes fail midway', async () => {
      const failure = new Error('shard lost');
      const caught = await target()
        .receive(() => bytesOf('ab', failure), facts)
        .catch((error: unknown) => error);
      expect(caught).to.equal(failure);
      expect(await readdir(folder.path)).to.deep.equal([]);
    });

    it('does not touch an existing file without force', async () => {
      await writeFile(path(), 'old');
      const error = await expectError(target().prepare(facts), 'output-exists');
      expect(error.hint).to.contain('--force');
      // The same when the file appears only while bytes arrive.
      await expectError(
        target().receive(() => bytesOf('new'), facts),
        'output-exists',
      );
      expect(await readFile(path(), 'utf8')).to.equal('old');
      expect(await readdir(folder.path)).to.deep.equal(['out']);
      await target(true).prepare(facts);
      await target(true).receive(() => bytesOf('new'), facts);
      expect(await readFile(path(), 'utf8')).to.equal('new');
    });

    it('keeps the old file when a forced download fails', async () => {
      await writeFile(path(), 'old');
      await target(true)
        .receive(() => bytesOf('n', new Error('x')), facts)
        .catch(() => undefined);
      expect(await readFile(path(), 'utf8')).to.equal('old');
    });

    it('refuses a disk without room before any byte is asked for', async () => {
      const full = fileTarget({ ...anew, path: path(), force: false, freeBytes: async () => 2 });
      const error = await expectError(full.prepare(facts), 'output-disk-full');
      expect(error.message).to.contain('2 B are free');
    });

    it('names a missing folder', async () => {
      await expectError(fileTarget({ ...anew, path: join(path(), 'x'), force: false }).prepare(facts), 'output-failed');
    });
  });

  describe('a disk that fills up', () => {
    it('is named, and the exit is an error', async () => {
      const device = await chooseTarget(
        { name: 'x', kind: 'file' },
        { ...anew, output: '/dev/full', force: false, stdout: new PassThrough() },
      );
      const error = await expectError(
        device.receive(() => bytesOf('abc'), facts),
        'output-disk-full',
      );
      expect(error.message).to.contain('/dev/full');
    });
  });

  describe('folder', () => {
    it('comes back with names, modes, times and links', async () => {
      const data = randomBytes(100_000);
      const bytes = await tarOf(async (root) => {
        await mkdir(join(root, 'sub'));
        await writeFile(join(root, 'sub', 'ünïcode'), data, { mode: 0o755 });
        await symlink('sub/ünïcode', join(root, 'link'));
      });
      await folderTarget({ ...anew, path: path(), force: false }).receive(() => bytes, { kind: 'tar', plainBytes: 1 });
      expect(await readFile(join(path(), 'sub', 'ünïcode'))).to.deep.equal(data);
      expect((await stat(join(path(), 'sub', 'ünïcode'))).mode & 0o777).to.equal(0o755);
      expect(await readlink(join(path(), 'link'))).to.equal('sub/ünïcode');
    });

    it('gives links back that lead outside, and writes through none', async () => {
      const outside = join(folder.path, 'outside');
      await mkdir(outside);
      const bytes = await tarOf(async (root) => {
        await symlink(outside, join(root, 'absolute'));
        await symlink('../../elsewhere', join(root, 'relative'));
      });
      await folderTarget({ ...anew, path: path(), force: false }).receive(() => bytes, { kind: 'tar', plainBytes: 1 });
      expect(await readlink(join(path(), 'absolute'))).to.equal(outside);
      expect(await readlink(join(path(), 'relative'))).to.equal('../../elsewhere');
    });

    it('takes from a stranger no set-user-id bits, and no links that lead out, by whatever way', async () => {
      const stranger = { kind: 'tar', plainBytes: 1, foreign: true } as const;
      const bytes = await tarOf(async (root) => {
        await mkdir(join(root, 'sub', 'deep'), { recursive: true });
        await writeFile(join(root, 'sub', 'tool'), 'x');
        await chmod(join(root, 'sub', 'tool'), 0o6755);
        await chmod(join(root, 'sub'), 0o3755);
        await symlink('../tool', join(root, 'sub', 'deep', 'link'));
        await symlink('..', join(root, 'sub', 'top'));
      });
      const parts: Uint8Array[] = [];
      for await (const part of bytes) parts.push(Buffer.from(part));
      await folderTarget({ ...anew, path: path(), force: false }).receive(() => bytesOf(...parts), stranger);
      const modeOf = async (...names: string[]): Promise<number> => (await stat(join(path(), ...names))).mode & 0o7777;
      expect([await modeOf('sub', 'tool'), await modeOf('sub')]).to.deep.equal([0o755, 0o755]);
      expect(await readlink(join(path(), 'sub', 'deep', 'link'))).to.equal('../tool');
      const own = join(folder.path, 'own');
      await folderTarget({ ...anew, path: own, force: false }).receive(() => bytesOf(...parts), {
        ...stranger,
        foreign: false,
      });
      expect((await stat(join(own, 'sub', 'tool'))).mode & 0o7777).to.equal(0o6755);
      for (const [index, leadsTo] of ['/etc', '..', 'a/../..', '../a', './../x', 'a/..'].entries()) {
        const archive = [linkEntry('climbs', leadsTo), Buffer.alloc(1_024)];
        const to = folderTarget({ ...anew, path: join(folder.path, `refused-${index}`), force: false });
        const error = await expectError(
          to.receive(() => bytesOf(...archive), stranger),
          'folder-malformed',
        );
        expect(error.message).to.contain('climbs');
      }
    });

    it('refuses what lies behind a link, in whatever order it comes', async () => {
      const outside = join(folder.path, 'outside');
      await mkdir(outside);
      for (const [index, order] of [
        ['through', 'through/deep/link'],
        ['through/deep/link', 'through'],
      ].entries()) {
        const archive = order.map((name) => linkEntry(name, outside));
        const error = await expectError(
          folderTarget({ ...anew, path: join(folder.path, `out-${index}`), force: false }).receive(
            () => bytesOf(...archive, Buffer.alloc(1_024)),
            { kind: 'tar', plainBytes: 1 },
          ),
          'folder-malformed',
        );
        expect(error.message).to.contain('through');
        expect(await readdir(outside)).to.deep.equal([]);
      }
    });

    it('cannot write outside', async () => {
      await writeFile(join(folder.path, 'evil'), 'x');
      const evil = create({ cwd: folder.path, preservePaths: true, portable: true }, [
        `../${folder.path.split('/').at(-1)}/evil`,
      ]);
      const inside = join(folder.path, 'deep');
      await mkdir(inside);
      const chunks: Uint8Array[] = [];
      for await (const chunk of evil) chunks.push(chunk);
      const error = await expectError(
        folderTarget({ ...anew, path: join(inside, 'out'), force: false }).receive(() => bytesOf(...chunks), {
          kind: 'tar',
          plainBytes: 1,
        }),
        'folder-malformed',
      );
      expect(error.exitCode).to.equal(7);
      expect(await readdir(inside)).to.deep.equal([]);
    });

    it('fails on a cut archive and leaves nothing', async () => {
      const bytes = await tarOf((root) => writeFile(join(root, 'f'), Buffer.alloc(10_000)));
      const parts: Uint8Array[] = [];
      for await (const part of bytes) parts.push(part);
      await expectError(
        folderTarget({ ...anew, path: path(), force: false }).receive(
          () => bytesOf(Buffer.concat(parts).subarray(0, 5_000)),
          {
            kind: 'tar',
            plainBytes: 1,
          },
        ),
        'folder-malformed',
      );
      expect(await readdir(folder.path)).to.deep.equal(['source']);
    });

    it('replaces an existing folder as a whole, with force only', async () => {
      await mkdir(path());
      await writeFile(join(path(), 'old'), 'x');
      const bytes = await tarOf((root) => writeFile(join(root, 'new'), 'y'));
      await expectError(
        folderTarget({ ...anew, path: path(), force: false }).prepare({ kind: 'tar', plainBytes: 1 }),
        'output-exists',
      );
      await folderTarget({ ...anew, path: path(), force: true }).receive(() => bytes, { kind: 'tar', plainBytes: 1 });
      expect(await readdir(path())).to.deep.equal(['new']);
      expect((await readdir(folder.path)).toSorted()).to.deep.equal(['out', 'source']);
    });
  });

  describe('stream', () => {
    it('passes everything on, whatever the reader’s pace', async () => {
      const output = new PassThrough({ highWaterMark: 10 });
      const hash = createHash('sha256');
      output.on('data', (chunk: Buffer) => hash.update(chunk));
      const data = randomBytes(1_000_000);
      await streamTarget(output, 'standard output').receive(
        () => bytesOf(data.subarray(0, 7), data.subarray(7)),
        facts,
      );
      expect(hash.digest('hex')).to.equal(createHash('sha256').update(data).digest('hex'));
    });

    it('leaves its chunks to a reader within the process, which may keep them', async () => {
      const output = new PassThrough();
      const kept: Buffer[] = [];
      output.on('data', (chunk: Buffer) => kept.push(chunk));
      const parts = [randomBytes(70_000), randomBytes(5)];
      // Each has its memory for itself, as what comes out of decryption has: only such is ever freed.
      const chunks = parts.map((part) => Uint8Array.from(part));
      await streamTarget(output, 'standard output').receive(() => Readable.from(chunks), facts);
      // Later than every chunk's callback.
      await new Promise((resolve) => output.end(resolve));
      expect(Buffer.concat(kept).equals(Buffer.concat(parts))).to.equal(true);
    });

    it('notices a reader that went away', async () => {
      const output = new PassThrough({ highWaterMark: 1 });
      const failing = streamTarget(output, 'standard output').receive(() => bytesOf('abc', 'def'), facts);
      setImmediate(() => output.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })));
      await expectError(failing, 'output-closed');
    });
  });

  it('chooses like cp: into an existing folder, else the path itself', async () => {
    const init = { ...anew, force: false, stdout: new PassThrough() };
    expect((await chooseTarget({ name: 'a/b.txt', kind: 'file' }, { ...init, output: folder.path })).label).to.equal(
      join(folder.path, 'b.txt'),
    );
    expect((await chooseTarget({ name: 'a/b', kind: 'tar' }, { ...init, output: path() })).label).to.equal(path());
    expect((await chooseTarget({ name: 'a/b', kind: 'file' }, init)).label).to.equal(join(process.cwd(), 'b'));
    expect((await chooseTarget({ name: 'a/b', kind: 'tar' }, { ...init, output: '-' })).label).to.equal(
      'standard output',
    );
  });
});
