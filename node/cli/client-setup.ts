import { join } from 'node:path';
import { zeroAddress, type LocalAccount } from 'viem';

import type { IndexPlace } from '../chain/index/open-index.ts';
import { ObjectDirectory } from '../client/object-directory.ts';
import type { MarketView } from '../client/market-view.ts';
import { openMarket, type MarketSession, type SignedAskSource } from '../client/session/market-session.ts';
import { SignedAskCollector } from '../client/session/signed-ask-collector.ts';
import { ClientSession } from '../client/session/open-session.ts';
import type { ClientConfig } from '../config/client-config.ts';
import { readEnvironment, type Environment } from '../config/environment.ts';
import { loadClientConfig } from '../config/load-config.ts';
import { systemClock } from '../core/clock.ts';
import { isStowError } from '../core/errors.ts';
import { createLogger, silentLogger, type Logger } from '../core/logger.ts';
import { addressOfKeystore, keyFromHex, openKeystore } from '../keystore/wallet.ts';
import type { Address } from '../market/messages.ts';
import { MarketNetwork } from './market-network.ts';
import { passwordSourceOf } from './password-source.ts';
import type { Run } from './program-context.ts';

/** What the command line, the environment and the configuration file give together. */
export interface ClientSetup {
  environment: Environment;
  config: ClientConfig;
  logger: Logger;
}

/**
 * Flags before environment before file.
 * @param settings what the command's own options say, by key of the configuration
 * @throws StowError `config-*`
 */
export async function loadClientSetup(
  { io, globals }: Run,
  settings: Readonly<Record<string, string | undefined>> = {},
): Promise<ClientSetup> {
  const env = globals.home === undefined ? io.env : { ...io.env, STOWMARKET_HOME: globals.home };
  const environment = readEnvironment(env);
  const { account } = globals;
  const config = await loadClientConfig({
    environment,
    flags: {
      'chain.rpc-url': globals.rpc,
      'chain.deployments': globals.deployment,
      'wallet.keystore': account === undefined ? undefined : keystorePath(environment, account),
      'wallet.password-file': globals.passwordFile,
      ...settings,
    },
  });
  // A command talks through its output; the log is for finding faults.
  const logger = globals.debug ? createLogger({ level: 'debug' }) : silentLogger;
  return { environment, config, logger };
}

/** A keystore by its name in the keystores folder, or by its path. */
export function keystorePath(environment: Environment, account: string): string {
  return /[/\\]/.test(account) ? account : join(environment.paths.keystores, `${account}.json`);
}

/** The wallet's address; a keystore need not be opened for it. @throws StowError `keystore-*`, `key-malformed` */
export async function clientAddress(setup: ClientSetup, run: Run): Promise<Address> {
  const { key } = setup.environment.secrets;
  if (key !== undefined) return keyFromHex(key).address;
  const named = await addressOfKeystore(setup.config.wallet.keystore);
  return named ?? (await unlockWallet(setup, run)).address;
}

/** The wallet's account, from STOWMARKET_KEY or its keystore. @throws StowError `keystore-*`, `password-missing` */
export async function unlockWallet({ environment, config }: ClientSetup, { io }: Run): Promise<LocalAccount> {
  const { key, password } = environment.secrets;
  if (key !== undefined) return keyFromHex(key).account;
  const { keystore, passwordFile } = config.wallet;
  const question = `Password of ${keystore}: `;
  return (await openKeystore(keystore, passwordSourceOf({ passwordFile, password, io, question }))).account;
}

/** What a command sees that needs no wallet. */
export interface MarketOnly {
  market: MarketSession;
  /** What a purchase of that wallet has to know of it, signed asks among it. */
  view: MarketView;
  config: ClientConfig;
  /** The wallet's address, or that of nobody where there is no wallet. */
  address: { known: Address; isWallet: boolean };
  /** Opens the wallet. @throws StowError `keystore-*`, `password-missing` */
  unlock: () => Promise<LocalAccount>;
  network: MarketNetwork;
}

/** Runs `use` with the market, without a wallet of one's own: for questions that anybody may ask. */
export async function withMarket<T>(run: Run, use: (seen: MarketOnly) => Promise<T>): Promise<T> {
  const setup = await loadClientSetup(run);
  const { config, logger, environment } = setup;
  const indexPlace = indexPlaceOf(setup);
  const market = await openMarket(config.chain, { logger, clock: systemClock, indexPlace }, { signal: run.signal });
  const network = new MarketNetwork({ market, logger }, config.network);
  try {
    const { key } = environment.secrets;
    const named =
      key === undefined
        ? await addressOfKeystore(config.wallet.keystore).catch(unlessMissing)
        : keyFromHex(key).address;
    const address = { known: named ?? zeroAddress, isWallet: named !== undefined };
    return await use({
      market,
      view: market.viewFor(address.known, signedAsksFrom(market, network, logger)),
      config,
      address,
      unlock: async () => unlockWallet(setup, run),
      network,
    });
  } finally {
    await network.stop();
    await market.close();
  }
}

function indexPlaceOf({ config, environment }: ClientSetup): IndexPlace {
  const { url } = config.index;
  return { url: url === '' ? undefined : url, folder: join(environment.paths.data, 'index') };
}

/** Signed asks from peers, asked once. */
function signedAsksFrom(market: MarketSession, network: MarketNetwork, logger: Logger): SignedAskSource {
  const { chain, index } = market;
  const providersOf = market.providers.bind(market);
  return new SignedAskCollector({
    chain,
    index,
    providersOf,
    network: async () => (await network.open()).control(),
    logger,
  });
}

function unlessMissing(error: unknown): undefined {
  if (!isStowError(error, 'keystore-missing')) throw error;
  return undefined;
}

/** The wallet's address; zero where there is no wallet. */
async function addressIfAny(setup: ClientSetup, run: Run): Promise<Address> {
  return (await clientAddress(setup, run).catch(unlessMissing)) ?? zeroAddress;
}

/** Names and keys of the client's objects. */
export function directoryOf(session: ClientSession, { logger }: ClientSetup): ObjectDirectory {
  return new ObjectDirectory({ session, clock: systemClock, logger });
}

export interface SessionNeeds {
  /**
   * `true`: the command signs or reads, and the wallet is opened first, so that a wrong password is noticed at once. `false`: its address does.
   * `if-any`: works without a wallet, too, as the zero address; it is opened once something needs it.
   */
  wallet: boolean | 'if-any';
  /** What the command's own options say, by key of the configuration. */
  settings?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Runs `use` with a session, and closes it whatever happens. */
export async function withSession<T>(
  run: Run,
  needs: SessionNeeds,
  use: (session: ClientSession, setup: ClientSetup) => Promise<T>,
): Promise<T> {
  const setup = await loadClientSetup(run, needs.settings);
  const account = needs.wallet === true ? await unlockWallet(setup, run) : undefined;
  const address =
    account?.address ?? (needs.wallet === 'if-any' ? await addressIfAny(setup, run) : await clientAddress(setup, run));
  run.output.progress.listener({ phase: 'connect' });
  const session = await ClientSession.open({
    config: setup.config,
    address,
    unlock: async () => account ?? unlockWallet(setup, run),
    cataloguePath: join(setup.environment.paths.data, 'catalogue.sqlite'),
    evidenceFolder: join(setup.environment.paths.data, 'evidence'),
    paymentsPath: join(setup.environment.paths.data, 'payments.sqlite'),
    unfinishedFolder: join(setup.environment.paths.data, 'puts'),
    indexPlace: indexPlaceOf(setup),
    logger: setup.logger,
    clock: systemClock,
    signal: run.signal,
  });
  try {
    return await use(session, setup);
  } finally {
    await session.stop();
  }
}
