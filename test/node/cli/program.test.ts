import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import type { Command } from 'commander';
import { expect } from 'chai';

import { COMMANDS } from '../../../node/cli/command-table.ts';
import { createProgram } from '../../../node/cli/main.ts';
import type { ProgramContext } from '../../../node/cli/program-context.ts';
import { run } from './support/run.ts';

const KEY = `0x${'42'.repeat(32)}`;

describe('command line', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'stowmarket-cli-'));
  });
  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
  });

  describe('help', () => {
    it('lists every command', async () => {
      const { code, stdout } = await run(['--help']);
      expect(code).to.equal(0);
      for (const { name } of COMMANDS) expect(stdout).to.match(new RegExp(`^  ${name} `, 'm'));
    });

    for (const { name } of COMMANDS) {
      it(`of ${name} names its options`, async () => {
        const { code, stdout } = await run(['help', name]);
        expect(code).to.equal(0);
        expect(stdout).to.contain(`Usage: stowmarket ${name}`).and.to.contain('--password-file');
      });
    }

    it('has examples that parse', async () => {
      const examples = (await Promise.all([...COMMANDS.map(({ name }) => [name]), []].map(helpTexts))).flat();
      expect(examples.length).to.be.greaterThan(20);
      for (const example of examples) await requireParses(example);
    });

    it('shows defaults as people write them, once', async () => {
      const shown: string[] = [];
      for (const { load } of COMMANDS) {
        const factory = await load();
        const visit = (command: Command): void => {
          for (const { flags, description, defaultValue, defaultValueDescription } of command.options) {
            const isPlain = ['string', 'number', 'boolean', 'undefined'].includes(typeof defaultValue);
            const isTwice = defaultValue !== undefined && description.includes('(default');
            if (isTwice || !(isPlain || defaultValueDescription !== undefined))
              shown.push(`${command.name()} ${flags}`);
          }
          command.commands.forEach(visit);
        };
        visit(factory(silentContext()));
      }
      expect(shown).to.deep.equal([]);
      const { stdout } = await run(['channel', 'open', '--help']);
      expect(stdout).to.match(/--expires[^(]*\(default: 30d\)\n/);
    });

    it('shows the version', async () => {
      expect((await run(['--version'])).stdout).to.match(/^\d+\.\d+\.\d+\n$/);
    });
  });

  describe('wrong usage', () => {
    it('names what is wrong with a page of asks, and exits with 2', async () => {
      const wrong = [
        ['--after', '12'],
        ['--limit', '501'],
        ['--region', 'DE'],
        ['--max-price', '-1'],
        ['--units', '2', '--size', '1MiB'],
      ];
      for (const options of wrong) {
        const { code, stderr } = await run(['market', 'asks', ...options], { env: {} });
        expect([code, stderr.includes(options[0] ?? '')], `${options.join(' ')}: ${stderr}`).to.deep.equal([2, true]);
      }
    });

    const cases: Record<string, { args: string[]; says: RegExp }> = {
      'an unknown command': { args: ['putt', 'x'], says: /unknown command 'putt'\n\(Did you mean put\?\)/ },
      'an unknown option': { args: ['put', 'x', '--nme', 'y'], says: /unknown option '--nme'/ },
      'a missing argument': { args: ['get'], says: /missing required argument 'object'/ },
      'a code that is none': {
        args: ['put', 'x', '--code', '6/4'],
        says: /--code <k\/n>' argument '6\/4' is invalid. Not a code/,
      },
      'a size that is none': { args: ['put', '-', '--name', 'x', '--max-size', '1 parsec'], says: /Not a size/ },
      'both a code and replicas': {
        args: ['put', 'x', '--code', '4/6', '--replicas', '3'],
        says: /'--replicas <n>' cannot be used with option '--code <k\/n>'/,
      },
      'no periods': { args: ['put', 'x', '--periods', '0'], says: /whole number from 1 up/ },
    };
    for (const [name, { args, says }] of Object.entries(cases)) {
      it(`names ${name}, and exits with 2`, async () => {
        const { code, stderr } = await run(args);
        expect(code).to.equal(2);
        expect(stderr).to.match(says);
      });
    }

    it('refuses a configuration key that is none', async () => {
      await mkdir(join(home, 'config'), { recursive: true });
      await writeFile(join(home, 'config', 'client.toml'), '[storage]\nshard = 5\n');
      const { code, stderr } = await run(['--home', home, 'ls']);
      expect(code).to.equal(2);
      expect(stderr).to.contain('storage.shard').and.to.contain('client.toml');
    });
  });

  describe('wallet', () => {
    const env = (): Record<string, string> => ({ STOWMARKET_HOME: home, STOWMARKET_PASSWORD: 'correct horse' });

    it('is created once, opened with its password only, and shown without it', async () => {
      const made = await run(['--json', 'wallet', 'new'], { env: env() });
      expect(made.code).to.equal(0);
      const address = made.records[0]?.['address'];
      expect(address).to.match(/^0x[0-9a-fA-F]{40}$/);

      const again = await run(['wallet', 'new'], { env: env() });
      expect(again.code).to.equal(2);
      expect(again.stderr).to.contain('never overwritten');

      const shown = await run(['wallet', 'address'], { env: { STOWMARKET_HOME: home } });
      expect(shown.stdout.toLowerCase()).to.equal(`${String(address).toLowerCase()}\n`);
    }).timeout(60_000);

    it('does not open with a wrong password', async () => {
      await run(['wallet', 'import', '-'], { env: env(), stdin: Readable.from([`${KEY}\n`]) });
      const wrong = { ...env(), STOWMARKET_PASSWORD: 'wrong' };
      const { code, stderr } = await run(['--rpc', 'http://127.0.0.1:1', 'wallet', 'deposit', '1'], { env: wrong });
      expect(stderr).to.contain('the password does not open keystore').and.to.contain('wallet.json');
      expect(code).to.equal(2);
    }).timeout(60_000);

    it('is missed by name', async () => {
      const { code, stderr } = await run(['--home', home, '--account', 'savings', 'ls']);
      expect(code).to.equal(4);
      expect(stderr).to.contain('savings.json').and.to.contain('stowmarket wallet new');
    });

    it('never asks for a password where nobody can answer', async () => {
      const { code, stderr } = await run(['--home', home, 'wallet', 'new']);
      expect(code).to.equal(2);
      expect(stderr).to.contain('no terminal').and.to.contain('--password-file');
    });

    it('does not take a key that is none, and does not repeat it', async () => {
      const { code, stderr } = await run(['wallet', 'import', '-'], {
        env: env(),
        stdin: Readable.from(['0xdeadbeefcafe\n']),
      });
      expect(code).to.equal(2);
      expect(stderr).not.to.contain('deadbeefcafe');
    });
  });

  describe('chain', () => {
    const env = { STOWMARKET_KEY: KEY };

    it('that is not there is named with the next step, and exits with 5', async () => {
      const { code, stderr } = await run(['--home', home, '--rpc', 'http://127.0.0.1:1', 'ls'], { env });
      expect(code).to.equal(5);
      expect(stderr).to.contain('http://127.0.0.1:1').and.to.contain('next: ');
    });

    it('of the wrong id is refused', async () => {
      const server = await fakeChain(5);
      try {
        const { code, stderr } = await run(['--home', home, '--rpc', server.url, 'ls'], {
          env: { ...env, STOWMARKET_CHAIN_CHAIN_ID: '31337' },
        });
        expect(code).to.equal(2);
        expect(stderr).to.contain('is chain 5').and.to.contain('31337');
      } finally {
        server.close();
      }
    });

    it('without a market is named', async () => {
      const server = await fakeChain(5);
      try {
        const { code, stderr } = await run(['--home', home, '--rpc', server.url, '--deployment', home, 'ls'], { env });
        expect(code).to.equal(2);
        expect(stderr).to.contain('no market is known on chain 5');
      } finally {
        server.close();
      }
    });
  });

  describe('errors', () => {
    it('are one object with --json', async () => {
      const { records, code } = await run(['--json', '--home', home, '--rpc', 'http://127.0.0.1:1', 'ls'], {
        env: { STOWMARKET_KEY: KEY },
      });
      expect(records.at(-1)).to.include({ type: 'error', code: 'chain-unreachable', retryable: true, exitCode: 5 });
      expect(code).to.equal(5);
    });

    it('show their stack only with --debug', async () => {
      const args = ['--home', home, '--rpc', 'http://127.0.0.1:1', 'ls'];
      expect((await run(args, { env: { STOWMARKET_KEY: KEY } })).stderr).not.to.match(/^\s+at /m);
      expect((await run([...args, '--debug'], { env: { STOWMARKET_KEY: KEY } })).stderr).to.match(/^\s+at /m);
    });

    it('name a source that is missing, and one that is no file', async () => {
      const missing = await run(['put', join(home, 'none')]);
      expect(missing.code).to.equal(4);
      expect(missing.stderr).to.contain(join(home, 'none'));
      const device = await run(['put', '/dev/null']);
      expect(device.code).to.equal(2);
      expect(device.stderr).to.contain('neither a file nor a folder');
    });

    it('want a name for a pipe', async () => {
      const { code, stderr } = await run(['put', '-'], { stdin: Readable.from(['x']) });
      expect(code).to.equal(2);
      expect(stderr).to.contain('--name');
    });

    it('refuse a name that would climb out of a folder', async () => {
      await writeFile(join(home, 'f'), 'x');
      const { code } = await run(['put', join(home, 'f'), '--name', '../../etc/passwd']);
      expect(code).to.equal(2);
    });
  });

  it('stops before it begins when ctrl-C was faster', async () => {
    const { code, stderr } = await run(['--home', home, 'ls'], {
      signal: AbortSignal.abort(Object.assign(new Error('stopped by SIGINT'), {})),
    });
    expect(code).to.equal(1);
    expect(stderr).to.contain('stopped by SIGINT');
  });

  it('explains every key of the configuration', async () => {
    const { stdout } = await run(['config', 'explain']);
    expect(stdout).to.contain('storage.periods').and.to.contain('STOWMARKET_CHAIN_RPC_URL');
    expect((await run(['config', 'explain', 'provider'])).stdout).to.contain('ask.capacity');
  });
});

/** Command lines in a command's help, its subcommands' included, as words. */
function silentContext(): ProgramContext {
  const io = { stdin: Readable.from([]), stdout: new PassThrough(), stderr: new PassThrough(), env: {} };
  return { io, signal: new AbortController().signal, exitCode: 0 };
}

async function helpTexts(args: string[]): Promise<string[][]> {
  const program = await createProgram(silentContext(), args);
  const named = args.length === 0 ? [program] : program.commands.filter((command) => command.name() === args[0]);
  const all = named.flatMap((command) => (args.length === 0 ? [command] : [command, ...command.commands]));
  return all.flatMap((command) => {
    let text = '';
    command.configureOutput({ writeOut: (part) => (text += part) });
    command.outputHelp();
    return [...text.matchAll(/^ {2}(?:[A-Z_]+=\S+ )?(?:.*\| )?stowmarket (.+?)(?: \| .*)?$/gm)].map((match) =>
      (match[1] ?? '').split(' '),
    );
  });
}

async function requireParses(words: string[]): Promise<void> {
  const context = silentContext();
  const program = await createProgram(context, words);
  let ran = 0;
  const disarm = (command: Command): void => {
    if (command.commands.length === 0) command.action(() => void ran++);
    command.commands.forEach(disarm);
  };
  disarm(program);
  await program.parseAsync(words, { from: 'user' });
  expect(ran, words.join(' ')).to.equal(1);
}

/** A JSON-RPC endpoint that knows its chain id and nothing else. */
async function fakeChain(chainId: number): Promise<{ url: string; close: () => void }> {
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const { id, method } = JSON.parse(text) as { id: number; method: string };
      const result = method === 'eth_chainId' ? `0x${chainId.toString(16)}` : method === 'eth_getCode' ? '0x01' : '0x';
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
