import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import {
  appendFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';

import { fileTarget } from '../../../../node/client/get/file-target.ts';
import { openSource } from '../../../../node/client/put/open-source.ts';
import { partialFolderOf } from '../../../../node/client/get/partial-download.ts';
import { lockFolder } from '../../../../node/store/folder-lock.ts';
import { expectError } from '../support/expect-error.ts';
import { useTempFolder } from '../support/temp-folder.ts';
import { download, type Download } from './support/download.ts';

const MIB = 1_048_576;
const KILLED = new URL('support/killed-download.ts', import.meta.url).pathname;
const run = promisify(execFile);

describe('get --resume', function () {
  this.timeout(120_000);
  const temp = useTempFolder();
  const inFolder = (name: string): string => join(temp.path, name);
  const init = (kind: 'file' | 'tar', resume = true): Download => ({
    kind,
    source: inFolder('source'),
    target: inFolder('target'),
    object: 'aa',
    resume,
  });

  async function killed(of: Download, at: number, when: 'before' | 'after'): Promise<number> {
    const { stdout } = await run(process.execPath, [KILLED, JSON.stringify(of), String(at), when]).catch(
      (caught: unknown) => {
        const error = caught as { signal?: string; stdout: string; stderr: string };
        expect(error.signal, error.stderr).to.equal('SIGKILL');
        return error;
      },
    );
    return Number(stdout);
  }

  /** A partial download, marked at 4 MiB and more. */
  async function interrupted(bytes: Buffer): Promise<void> {
    await writeFile(inFolder('source'), bytes);
    const target = fileTarget({
      path: inFolder('target'),
      force: false,
      object: 'aa',
      resume: false,
      onNote: () => undefined,
    });
    const failing = (async function* () {
      for (let at = 0; at < 5 * MIB; at += MIB) yield Uint8Array.from(bytes.subarray(at, at + MIB));
      throw new Error('no providers left');
    })();
    const facts = { kind: 'file' as const, plainBytes: bytes.byteLength };
    await target.receive(() => failing, facts).catch(() => undefined);
    expect(target.keptBytes()).to.equal(5 * MIB);
  }

  it('gives the same bytes after a kill at any step of a file', async () => {
    const bytes = randomBytes(3 * MIB + 17);
    await writeFile(inFolder('source'), bytes);
    const steps = await killed(init('file'), 0, 'before');
    expect(steps).to.be.greaterThan(20);
    const starts = new Set<number>();
    for (let at = 1; at <= steps; at++) {
      await rm(inFolder('target'), { force: true });
      await killed(init('file', false), at, at % 2 === 0 ? 'before' : 'after');
      // Killed while it cleaned up, the file is in its place and there is nothing to resume.
      const complete = (await readdir(temp.path)).includes('target') && !(await leftover());
      if (!complete) starts.add((await download(init('file'))).fromByte);
      expect(bytes.equals(await readFile(inFolder('target'))), `step ${at}`).to.equal(true);
      expect((await readdir(temp.path)).toSorted(), `step ${at}`).to.deep.equal(['source', 'target']);
      const stats = await stat(inFolder('target'));
      expect(stats.mtimeMs).to.equal(1_500_000_000_000);
      expect(stats.mode & 0o777).to.equal(0o640 & ~process.umask());
    }
    // From the start, from marks, and with nothing left to fetch.
    expect(starts.has(0) && starts.has(bytes.byteLength)).to.equal(true);
    expect(starts.size).to.be.greaterThan(3);
  });

  it('gives the same folder after a kill in the middle, with times, modes and links', async () => {
    await plantFolder();
    const steps = await killed(init('tar'), 0, 'before');
    const starts = new Set<number>();
    // Every step of the marks and of the end, a sample of the rest.
    for (let at = 1; at <= steps; at += at > steps - 8 ? 1 : 3) {
      await rm(inFolder('target'), { recursive: true, force: true });
      await killed(init('tar', false), at, 'before');
      const complete = (await readdir(temp.path)).includes('target') && !(await leftover());
      if (!complete) starts.add((await download(init('tar'))).fromByte);
      await expectSameFolder(`step ${at} of ${steps}`);
      expect(await leftover(), `step ${at}`).to.equal(false);
    }
    expect(starts.size).to.be.greaterThan(2);
  });

  it('cuts a torn last mark, and starts anew when the marks are damaged otherwise', async () => {
    const bytes = randomBytes(6 * MIB);
    await interrupted(bytes);
    const marks = join(partialFolderOf(inFolder('target')), 'marks');
    await appendFile(marks, 'deadbeef {"done":');
    expect((await download(init('file'))).fromByte).to.equal(5 * MIB);
    expect(bytes.equals(await readFile(inFolder('target')))).to.equal(true);

    await rm(inFolder('target'));
    await interrupted(bytes);
    const text = await readFile(marks, 'utf8');
    await writeFile(marks, text.replace(/"done":\d+/, '"done":6291456'));
    const again = await download(init('file'));
    expect(again.fromByte).to.equal(0);
    expect(again.notes.join()).to.contain('damaged');
    expect(bytes.equals(await readFile(inFolder('target')))).to.equal(true);
  });

  it('starts anew when the marked bytes are not there', async () => {
    const bytes = randomBytes(6 * MIB);
    await interrupted(bytes);
    const content = await open(join(partialFolderOf(inFolder('target')), 'content'), 'r+');
    await content.truncate(MIB);
    await content.close();
    const { fromByte, notes } = await download(init('file'));
    expect(fromByte).to.equal(0);
    expect(notes.join()).to.contain('damaged');
    expect(bytes.equals(await readFile(inFolder('target')))).to.equal(true);
  });

  it('starts anew for another object of the same name, and without --resume, and says so', async () => {
    const bytes = randomBytes(6 * MIB);
    await interrupted(bytes);
    const other = await download({ ...init('file'), object: 'bb' });
    expect(other.fromByte).to.equal(0);
    expect(other.notes.join()).to.contain('another object');

    await rm(inFolder('target'));
    await interrupted(bytes);
    const replaced = await download(init('file', false));
    expect(replaced.fromByte).to.equal(0);
    expect(replaced.notes.join()).to.contain('--resume');
    expect(await readdir(temp.path)).to.have.members(['source', 'target']);
  });

  it('lets only one process write a target', async () => {
    await writeFile(inFolder('source'), 'abc');
    await mkdir(partialFolderOf(inFolder('target')));
    const lock = lockFolder(partialFolderOf(inFolder('target')));
    try {
      await expectError(download(init('file')), 'output-busy');
    } finally {
      lock.release();
    }
  });

  it('asks for space for what is left only', async () => {
    await interrupted(randomBytes(6 * MIB));
    const target = (freeBytes: number) =>
      fileTarget({
        ...init('file'),
        path: inFolder('target'),
        force: false,
        onNote: () => undefined,
        freeBytes: async () => freeBytes,
      });
    const facts = { kind: 'file' as const, plainBytes: 6 * MIB };
    await target(MIB + 65_536).prepare(facts);
    await expectError(target(MIB - 65_536).prepare(facts), 'output-disk-full');
  });

  async function leftover(): Promise<boolean> {
    return (await readdir(temp.path)).some((name) => name.startsWith('.'));
  }

  const NAMES = ['a', 'sub/b', 'sub/deep/c', 'sub/deep/d', 'e', `sub/${'long'.repeat(40)}`];

  async function plantFolder(): Promise<void> {
    const root = inFolder('plant');
    await mkdir(join(root, 'sub', 'deep'), { recursive: true });
    for (const name of NAMES) await writeFile(join(root, name), randomBytes(700_000), { mode: 0o751 });
    await symlink('sub/b', join(root, 'soft'));
    await link(join(root, 'a'), join(root, 'sub', 'hard'));
    // A time of now would lie within half a millisecond of the next second now and then, and be rounded to it.
    for (const name of [...NAMES, 'sub/deep', 'sub', '.'])
      await utimes(join(root, name), new Date(), new Date(1_400_000_000_000));
    const source = await openSource(root, { stdin: Readable.from([]) });
    await pipeline(source.open({}), createWriteStream(inFolder('source')));
  }

  async function expectSameFolder(when: string): Promise<void> {
    const [was, is] = [inFolder('plant'), inFolder('target')];
    const names = (await readdir(was, { recursive: true })).toSorted();
    expect((await readdir(is, { recursive: true })).toSorted()).to.deep.equal(names);
    for (const name of NAMES) {
      expect((await readFile(join(is, name))).equals(await readFile(join(was, name))), name).to.equal(true);
      const [a, b] = [await stat(join(was, name)), await stat(join(is, name))];
      expect(b.mode & 0o700, name).to.equal(a.mode & 0o700);
    }
    for (const name of [...NAMES, 'sub/deep', 'sub', '.'])
      expect((await stat(join(is, name))).mtimeMs, `${name} ${when}`).to.equal(1_400_000_000_000);
    expect(await readlink(join(is, 'soft'))).to.equal('sub/b');
    expect((await stat(join(is, 'sub', 'hard'))).ino).to.equal((await stat(join(is, 'a'))).ino);
  }
});
