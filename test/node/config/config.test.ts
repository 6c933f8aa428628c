import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { clientSchema } from '../../../node/config/client-config.ts';
import { type Environment, readEnvironment } from '../../../node/config/environment.ts';
import { commentedConfig, explainConfig } from '../../../node/config/explain.ts';
import { keysOf } from '../../../node/config/keys.ts';
import { type LoadInit, loadClientConfig, loadProviderConfig } from '../../../node/config/load-config.ts';
import { providerSchema } from '../../../node/config/provider-config.ts';
import { DEFAULT_WEIGHTS, MAX_SCORE_WEIGHT } from '../../../node/market/preference.ts';
import { rejection } from '../support/rejection.ts';

const schemas = { provider: providerSchema, client: clientSchema } as const;

describe('configuration', () => {
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'stow-config-'));
  });
  after(async () => rm(home, { recursive: true, force: true }));

  const environment = (variables: Record<string, string> = {}): Environment =>
    readEnvironment({ STOWMARKET_HOME: home, ...variables });
  const file = async (content: string, name = 'some.toml'): Promise<string> => {
    const path = join(home, name);
    await writeFile(path, content);
    return path;
  };
  const provider = async (init: Partial<LoadInit> = {}) => loadProviderConfig({ environment: environment(), ...init });

  it('has defaults for everything, and cannot be changed', async () => {
    const config = await provider();
    expect(config.chain.rpcUrl).to.equal('http://127.0.0.1:8545');
    expect(config.dataDir).to.equal(join(home, 'data/provider'));
    expect(config.keys.node).to.equal(join(home, 'data/keystores/node.json'));
    expect(config.ask.capacity).to.equal(10 * 2 ** 30);
    expect(() => Object.assign(config.chain, { rpcUrl: 'x' })).to.throw(TypeError);
    expect(() => Object.assign(config, { stake: 1n })).to.throw(TypeError);
    const client = await loadClientConfig({ environment: environment() });
    expect(client.storage).to.include({ needed: 4, shards: 6 });
    expect(client.wallet.keystore).to.equal(join(home, 'data/keystores/wallet.json'));
  });

  it('takes flags before variables before the file before defaults', async () => {
    const path = await file('[ask]\ncapacity = "3 GiB"\nmin-periods = 4\nmax-periods = 40\n[log]\nlevel = "warn"');
    const config = await provider({
      file: path,
      environment: environment({ STOWMARKET_ASK_CAPACITY: '2GiB', STOWMARKET_ASK_MIN_PERIODS: '5' }),
      flags: { 'ask.capacity': '1 GiB', 'log.level': undefined },
    });
    expect(config.ask).to.include({ capacity: 2 ** 30, minPeriods: 5, maxPeriods: 40, minShard: 65_536 });
    expect(config.log.level).to.equal('warn');
  });

  it('reads the file in the config folder when there is one', async () => {
    await mkdir(join(home, 'config'), { recursive: true });
    await writeFile(join(home, 'config/client.toml'), '[storage]\nperiods = 7\n');
    expect((await loadClientConfig({ environment: environment() })).storage.periods).to.equal(7);
    await rm(join(home, 'config'), { recursive: true });
  });

  it('reads every kind of value, as TOML and as text', async () => {
    const toml = await file(`
      stake = "1.5"
      [network]
      listen = ["/ip4/0.0.0.0/tcp/1", "/ip4/0.0.0.0/tcp/2"]
      allow-private = true
      [ask]
      price-per-gib-period = 2
      valid-for = "90m"
      capacity = 65536
    `);
    const text = {
      stake: '1.5',
      'network.listen': '/ip4/0.0.0.0/tcp/1, /ip4/0.0.0.0/tcp/2',
      'network.allow-private': 'true',
      'ask.price-per-gib-period': '2',
      'ask.valid-for': '90m',
      'ask.capacity': '65536',
    };
    for (const config of [await provider({ file: toml }), await provider({ flags: text })]) {
      expect(config.stake).to.equal(15n * 10n ** 17n);
      expect(config.network.listen).to.deep.equal(['/ip4/0.0.0.0/tcp/1', '/ip4/0.0.0.0/tcp/2']);
      expect(config.network.allowPrivate).to.equal(true);
      expect(config.ask).to.include({ pricePerGibPeriod: 2n * 10n ** 18n, validFor: 5_400_000, capacity: 65_536 });
    }
  });

  it('takes paths from the file, from the working folder and from the home folder', async () => {
    const path = await file('data-dir = "here"\n[keys]\nnode = "~/n.json"\npassword-file = "/p"');
    const config = await provider({ file: path, flags: { 'keys.operator': 'o.json' } });
    expect(config.dataDir).to.equal(join(home, 'here'));
    expect(config.keys).to.include({
      node: join(homedir(), 'n.json'),
      passwordFile: '/p',
      operator: join(process.cwd(), 'o.json'),
    });
  });

  it('refuses unknown keys and names them', async () => {
    for (const [content, key] of [
      ['[ask]\nprice = "1"', 'ask.price'],
      ['[asks]\ncapacity = "1 GiB"', 'asks.capacity'],
      ['[ask]\ndeep.er = 1', 'ask.deep.er'],
      ['ask = 5', 'ask'],
      ['[ask]\npricePerGibPeriod = "1"', 'ask.pricePerGibPeriod'],
      ['[chain]\n__proto__ = 1', 'chain.__proto__'],
    ] as const) {
      const error = await rejection(provider({ file: await file(content) }));
      expect(error.code, content).to.equal('config-unknown-key');
      expect(error.message).to.contain(JSON.stringify(key)).and.to.contain('some.toml');
    }
    const flag = await rejection(provider({ flags: { 'ask.prise': '1' } }));
    expect(flag.code).to.equal('config-unknown-key');
    expect(flag.hint).to.contain('ask.price-per-gib-period');
    expect(() => environment({ STOWMARKET_ASK_PRISE: '1' })).to.throw('STOWMARKET_ASK_PRISE');
  });

  const bad: Record<string, string[]> = {
    'ask.capacity': ['ten', '-1', '1 XB', '1e9', '', '99999999 TiB', '1 constructor'],
    'ask.valid-for': ['5', '5 weeks', '-1s'],
    'ask.price-per-gib-period': ['-1', '1e18', '0.0000000000000000001', 'free'],
    'ask.min-periods': ['0', '1.5', '16777216', 'x'],
    'ask.region': ['1000', '-1'],
    'transfer.port': ['65536', '-1'],
    'chain.rpc-url': ['ftp://x', 'nonsense'],
    'network.allow-private': ['yes', '1'],
    'log.level': ['loud'],
  };
  for (const [key, values] of Object.entries(bad)) {
    it(`refuses bad values of ${key} and names key, origin and value`, async () => {
      for (const value of values) {
        const error = await rejection(provider({ flags: { [key]: value } }));
        expect(error.code, value).to.equal('config-invalid');
        expect(error.message).to.contain(key).and.to.contain('the command line').and.to.contain(JSON.stringify(value));
        expect(error.message).to.match(/expected|xpected/);
      }
    });
  }

  it("keeps the index's address to itself, with the password in it", async () => {
    const load = async (url: string) => loadClientConfig({ environment: environment({ STOWMARKET_INDEX_URL: url }) });
    for (const good of ['postgres://u:p@h/d', 'postgresql://u:p@h:1/d?sslmode=verify-full'])
      expect((await load(good)).index.url).to.equal(good);
    expect((await loadClientConfig({ environment: environment() })).index.url).to.equal('');
    const wrong = [
      'mysql://u:hunter2@h/d',
      'hunter2',
      'postgres://u:hunter2@h',
      'postgres://u:1/hunter2@h',
      'postgres://u:1/hunter2@h/d',
    ];
    for (const url of [
      ...wrong,
      'postgres://u:1#hunter2@h/d',
      'postgres://u:1?hunter2@h/d',
      'postgres://u:hunter2/@h/d',
    ]) {
      const error = await rejection(load(url));
      expect(error.code, url).to.equal('config-invalid');
      expect(error.message).to.contain('index.url').and.to.contain('STOWMARKET_INDEX_URL');
      expect([error.message, error.stack, JSON.stringify(error.cause)].join()).not.to.contain('hunter2');
    }
    expect(explainConfig('client')).to.contain('STOWMARKET_INDEX_URL');
    const unquoted = await file('[index]\nurl = postgres://u:hunter2@h/d', 'unquoted.toml');
    const syntax = await rejection(loadClientConfig({ environment: environment(), file: unquoted }));
    expect([syntax.message, syntax.stack, (syntax.cause as Error | undefined)?.message].join()).not.to.contain(
      'hunter2',
    );
  });

  it('names the place of a syntax error, and a file that cannot be read', async () => {
    const syntax = await rejection(provider({ file: await file('[ask]\ncapacity = ten') }));
    expect(syntax.code).to.equal('config-syntax');
    expect(syntax.message).to.match(/some\.toml:2:\d+/);
    expect((await rejection(provider({ file: join(home, 'none.toml') }))).code).to.equal('config-unreadable');
  });

  it('describes every key, and writes a file that means the defaults', async () => {
    for (const role of ['provider', 'client'] as const) {
      const text = explainConfig(role);
      for (const { name, variable, meta } of keysOf(schemas[role])) {
        expect(text).to.contain(name).and.to.contain(variable);
        expect(meta.description).to.match(/^[A-Z].*\.$/);
      }
    }
    const written = await file(commentedConfig('provider'));
    expect(await provider({ file: written })).to.deep.equal(await provider());
    const clientFile = await file(commentedConfig('client'), 'client-written.toml');
    const init = { environment: environment() };
    expect(await loadClientConfig({ ...init, file: clientFile })).to.deep.equal(await loadClientConfig(init));
  });

  it('writes examples that are accepted when they are uncommented', async () => {
    for (const [role, load] of [
      ['provider', loadProviderConfig],
      ['client', loadClientConfig],
    ] as const) {
      const text = commentedConfig(role)
        .replaceAll(/^# ([a-z-]+ = )/gm, '$1')
        .replaceAll(/^# .*\n/gm, '');
      await load({ environment: environment(), file: await file(text) });
    }
  });

  it('sets what it is given', async () => {
    const values = { 'chain.rpc-url': 'http://h:1', 'network.listen': ['/a', '/b'], stake: '7', 'monitor.port': 9 };
    const config = await provider({ file: await file(commentedConfig('provider', values)) });
    expect(config.chain.rpcUrl).to.equal('http://h:1');
    expect(config.network.listen).to.deep.equal(['/a', '/b']);
    expect(config.stake).to.equal(7n * 10n ** 18n);
    expect(config.monitor.port).to.equal(9);
  });

  it('has the weights that ranking has', async () => {
    const { preference } = await loadClientConfig({ environment: environment() });
    expect(preference).to.deep.equal(DEFAULT_WEIGHTS);
    await loadClientConfig({ environment: environment(), flags: { 'preference.score': String(MAX_SCORE_WEIGHT) } });
    const error = await rejection(
      loadClientConfig({ environment: environment(), flags: { 'preference.score': '0.11' } }),
    );
    expect(error.code).to.equal('config-invalid');
  });

  it('follows XDG without STOWMARKET_HOME', () => {
    const { paths } = readEnvironment({ HOME: '/h', XDG_DATA_HOME: '/d' });
    expect(paths).to.deep.equal({
      config: '/h/.config/stowmarket',
      data: '/d/stowmarket',
      state: '/h/.local/state/stowmarket',
      cache: '/h/.cache/stowmarket',
      keystores: '/d/stowmarket/keystores',
    });
  });

  it('keeps secrets out of every configuration', async () => {
    const secretive = environment({
      STOWMARKET_KEY: 'k-secret',
      STOWMARKET_NODE_KEY: 'n-secret',
      STOWMARKET_PASSWORD: 'p-secret',
    });
    expect(secretive.secrets).to.deep.equal({ key: 'k-secret', nodeKey: 'n-secret', password: 'p-secret' });
    const config = await provider({ environment: secretive });
    const text = JSON.stringify(config, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    expect(text).not.to.contain('secret');
    expect([...secretive.values]).to.deep.equal([]);
  });
});
