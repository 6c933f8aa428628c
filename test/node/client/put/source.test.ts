import { appendFile, chmod, mkdir, rename, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect } from 'chai';

import { openSource } from '../../../../node/client/put/open-source.ts';
import { READ_BYTES, type PutSource } from '../../../../node/client/put/source.ts';
import { expectError } from '../support/expect-error.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const stdin = Readable.from([]);

async function drain(source: PutSource, signal?: AbortSignal): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source.open({ signal })) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** Nothing is unreadable to root, as which CI may run: then the call is made as "nobody". */
const NOBODY = 65_534;

async function asOrdinaryUser<T>(call: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return call();
  process.seteuid?.(NOBODY);
  try {
    return await call();
  } finally {
    process.seteuid?.(0);
  }
}

describe('put sources', () => {
  const folder = useTempFolder();

  describe('file', () => {
    for (const size of [0, 1, READ_BYTES, READ_BYTES + 1]) {
      it(`yields ${size} bytes, as often as asked`, async () => {
        const path = join(folder.path, 'f');
        const bytes = randomBytes(size);
        await writeFile(path, bytes, { mode: 0o640 });
        const source = await openSource(path, { stdin });
        expect(source).to.include({
          kind: 'file',
          defaultName: 'f',
          maxBytes: size,
          exact: true,
          rereadable: true,
          mode: 0o640,
        });
        expect((await drain(source)).equals(bytes)).to.equal(true);
        expect((await drain(source)).equals(bytes)).to.equal(true);
      });
    }

    const changes: Record<string, (path: string) => Promise<unknown>> = {
      'was appended to': (path) => appendFile(path, 'x'),
      'was truncated': (path) => truncate(path, 10),
      'was written to in place': (path) => utimes(path, new Date(), new Date(1_000)),
      'was replaced': async (path) => {
        await writeFile(`${path}2`, Buffer.alloc(2 * READ_BYTES));
        await rename(`${path}2`, path);
      },
    };
    for (const [name, change] of Object.entries(changes)) {
      it(`fails when the file ${name} midway`, async () => {
        const path = join(folder.path, 'f');
        await writeFile(path, Buffer.alloc(2 * READ_BYTES));
        const source = await openSource(path, { stdin });
        const pass = source.open({})[Symbol.asyncIterator]();
        await pass.next();
        await change(path);
        // A replaced file is still read to its end through the open handle: the next pass finds out.
        const rest = async (): Promise<void> => {
          while ((await pass.next()).done !== true);
          await drain(source);
        };
        const error = await expectError(rest(), 'source-changed');
        expect(error.message).to.contain(path);
      });
    }

    it('names a missing one', async () => {
      const error = await expectError(openSource(join(folder.path, 'none'), { stdin }), 'source-missing');
      expect(error.exitCode).to.equal(4);
    });

    it('stops when told', async () => {
      const path = join(folder.path, 'f');
      await writeFile(path, Buffer.alloc(10));
      const source = await openSource(path, { stdin });
      const reason = new Error('stop');
      const caught = await drain(source, AbortSignal.abort(reason)).catch((error: unknown) => error);
      expect(caught).to.equal(reason);
    });
  });

  describe('folder', () => {
    it('is one tar stream within its bound, the same each time', async () => {
      const root = join(folder.path, 'root');
      await mkdir(join(root, 'a'.repeat(120), 'ü'.repeat(60)), { recursive: true });
      await writeFile(join(root, 'a'.repeat(120), 'ü'.repeat(60), 'deep'), randomBytes(1_000));
      await writeFile(join(root, 'empty'), '');
      await symlink('a'.repeat(300), join(root, 'link'));
      for (let i = 0; i < 50; i++) await writeFile(join(root, `f${i}`), randomBytes(i));
      const source = await openSource(root, { stdin });
      expect(source).to.include({ kind: 'tar', defaultName: 'root', exact: false, rereadable: true });
      const bytes = await drain(source);
      expect(bytes.byteLength).to.be.at.most(source.maxBytes);
      expect((await drain(source)).equals(bytes)).to.equal(true);
    });

    it('leaves sockets out', async () => {
      const root = join(folder.path, 'root');
      await mkdir(root);
      const server = createServer().listen(join(root, 'socket'));
      try {
        const bytes = await drain(await openSource(root, { stdin }));
        expect(bytes.includes('socket')).to.equal(false);
      } finally {
        server.close();
      }
    });

    it('fails when it grew', async () => {
      const root = join(folder.path, 'root');
      await mkdir(root);
      const source = await openSource(root, { stdin });
      await writeFile(join(root, 'new'), Buffer.alloc(100_000));
      await expectError(drain(source), 'source-changed');
    });

    it('names a file that cannot be read, before anything is sent', async () => {
      const root = join(folder.path, 'root');
      await mkdir(root);
      await writeFile(join(root, 'secret'), 'x');
      await chmod(join(root, 'secret'), 0);
      await chmod(folder.path, 0o755);
      const error = await asOrdinaryUser(() => expectError(openSource(root, { stdin }), 'source-unreadable'));
      expect(error.message).to.contain(join(root, 'secret'));
    });
  });

  describe('pipe', () => {
    it('yields what comes', async () => {
      const source = await openSource('-', {
        stdin: Readable.from([Buffer.from('ab'), Buffer.from('c')]),
        maxBytes: 3,
      });
      expect(source).to.include({ rereadable: false, exact: false, maxBytes: 3 });
      expect((await drain(source)).toString()).to.equal('abc');
    });

    it('stops one byte above its bound', async () => {
      const source = await openSource('-', { stdin: Readable.from([Buffer.alloc(4)]), maxBytes: 3 });
      const error = await expectError(drain(source), 'source-too-large');
      expect(error.hint).to.contain('--max-size');
    });

    it('is left when told, even if nothing ever comes', async () => {
      const source = await openSource('-', { stdin: new PassThrough() });
      const abort = new AbortController();
      const draining = drain(source, abort.signal).catch((error: unknown) => error);
      await Promise.resolve();
      abort.abort(new Error('ctrl-C'));
      expect(await draining).to.have.property('message', 'ctrl-C');
    });

    it('refuses a terminal', async () => {
      await expectError(
        openSource('-', { stdin: Object.assign(new PassThrough(), { isTTY: true }) }),
        'stdin-is-terminal',
      );
    });
  });
});
