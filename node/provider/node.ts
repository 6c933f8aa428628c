import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';

import { UploadIntake } from '../agreements/upload-intake.ts';
import { readChainTime } from '../chain/actions/read-chain-time.ts';
import { readMarketParameters, type MarketParameters } from '../chain/actions/read-market-parameters.ts';
import { readOpeningBlock } from '../chain/actions/read-opening-block.ts';
import { connectChain, type ChainView } from '../chain/client.ts';
import type { ProviderConfig } from '../config/provider-config.ts';
import { fromHex, to0x } from '../core/bytes.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Hex } from '../market/messages.ts';
import { asksTopic } from '../network/asks-cid.ts';
import { adminAddress } from './admin-address.ts';
import { AdminServer } from './admin-server.ts';
import { AgreementMirror } from './agreement-mirror.ts';
import { Announcer } from './announcer.ts';
import { answerPeers } from './answer-peers.ts';
import type { AskTerms } from './ask-keeper.ts';
import { type Asks, marketName, startAsks } from './ask-service.ts';
import { askTermsOf, bidPolicyOf, bidsOf, cacheUnitsOf, capacityUnitsOf, repairPolicyOf } from './ask-terms.ts';
import { CacheDesk } from './cache/cache-desk.ts';
import { eitherSource } from './cache/either-source.ts';
import { ChainClock } from './chain-clock.ts';
import { ClientCounter } from './client-counter.ts';
import { Collector } from './collector.ts';
import { openDataFolder, type DataFolder } from './data-folder.ts';
import { readEarnings } from './earnings.ts';
import { Enrolment, type Enrolled } from './enrolment.ts';
import { FeeClaimer } from './fee-claimer.ts';
import { parseBootstrap, readKnownPeers } from './known-peers.ts';
import { LeafProver } from './leaf-prover.ts';
import { ProviderMetrics } from './metrics.ts';
import { MissReporter } from './miss-reporter.ts';
import { MonitorServer } from './monitor-server.ts';
import { addressesOf, openPeerNetwork, type PeerNetwork } from './peer-network.ts';
import { providerChain, type ProviderChain } from './provider-chain.ts';
import { Prover } from './prover.ts';
import { type RepairChain, repairChain } from './repair/repair-chain.ts';
import { startRepairs } from './repair/start-repairs.ts';
import { startChannels } from './retrieval/start-channels.ts';
import { Room } from './room.ts';
import { openSenders } from './senders.ts';
import { Settler } from './settler.ts';
import { ShardDisk } from './shard-disk.ts';
import { Shutdown } from './shutdown.ts';
import { StandingBids } from './standing-bids.ts';
import { startAnswers } from './start-answers.ts';
import { readAccess } from './read-access.ts';
import { ReadDoor } from './read-door.ts';
import { readStatus } from './status.ts';
import { Vitals } from './vitals.ts';

export interface ProviderNodeInit {
  config: ProviderConfig;
  /** 32-byte secp256k1 private key. */
  nodeKey: Uint8Array;
  /** The operator's key, when it is at hand: for registering and staking only. */
  operatorKey?: Uint8Array | undefined;
  logger: Logger;
  clock?: Clock | undefined;
  /** Ends the start early; what was started is stopped again. */
  signal?: AbortSignal | undefined;
}

/** What a node that is ready can be reached by. */
export interface ReadyInfo {
  provider: number;
  peerId: string;
  addresses: readonly string[];
  bulk: readonly string[];
  /** Undefined when it is off. */
  monitorPort: number | undefined;
}

const SECOND_MS = 1_000;

/** One running provider. The composition root: everything is constructed here, in order, and stopped in reverse. */
export class ProviderNode {
  readonly #init: ProviderNodeInit;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #shutdown: Shutdown;
  readonly #stopRequested = Promise.withResolvers<void>();
  #stopped: Promise<void> | undefined;

  private constructor(init: ProviderNodeInit) {
    this.#init = init;
    this.#clock = init.clock ?? systemClock;
    this.#logger = init.logger;
    this.#shutdown = new Shutdown(init.logger);
  }

  /** Starts a provider; when this resolves it serves. When it rejects, nothing is left running. */
  static async start(init: ProviderNodeInit): Promise<{ node: ProviderNode; ready: ReadyInfo }> {
    const node = new ProviderNode(init);
    try {
      return { node, ready: await node.#start() };
    } catch (error) {
      await node.stop();
      throw error;
    }
  }

  /** Resolves when the admin endpoint was asked to stop the node. */
  get stopRequested(): Promise<void> {
    return this.#stopRequested.promise;
  }

  /** Stops everything, in bounded time. Harmless a second time. */
  async stop(): Promise<void> {
    this.#stopped ??= this.#shutdown.run();
    await this.#stopped;
  }

  async #start(): Promise<ReadyInfo> {
    const { config, signal, nodeKey } = this.#init;
    const logger = this.#logger;
    // Configuration that cannot work is found out before anything is opened.
    const terms = askTermsOf(config.ask);
    const capacityUnits = capacityUnitsOf(config.ask);
    const cacheUnits = cacheUnitsOf(config.cache);
    const bootstrap = parseBootstrap(config.network.bootstrap);

    const view = await connectChain(config.chain, { signal });
    const parameters = await readMarketParameters(view, { signal });
    const market = `${view.deployment.chainId}:${view.deployment.contracts.agreements}`;
    const data = await openDataFolder(
      { folder: config.dataDir, capacityUnits, cacheUnits, market, logger },
      this.#shutdown,
    );
    const chainClock = await this.#startChainClock(view, parameters);

    const disk = new ShardDisk(data.store);
    const intake = new UploadIntake({ book: data.ledger.reservations, shards: disk, chain: chainClock, logger });
    const door = new ReadDoor();
    const known = [...bootstrap, ...(await readKnownPeers(view, signal))];
    const source = data.cache === undefined ? disk : eitherSource(disk, data.cache);
    const network = await openPeerNetwork(
      { nodeKey, bootstrap: known, topics: [asksTopic(marketName(view))], intake, source, ...door.at, logger },
      config,
      this.#shutdown,
    );

    const { enrolled, ...chains } = await this.#enrol(view, parameters, network);
    const { chain } = chains;
    const core: Core = { view, parameters, data, chainClock, network, intake, ...chains, enrolled };
    const kept = await this.#startKeeping(core);
    const duties = await this.#startDuties(core, kept, { terms, capacityUnits });
    const selling = { ...core, ...data, clock: this.#clock };
    const reads = await startChannels(
      { ...selling, prover: duties.prover, account: this.#account(), logger: (name) => this.#part(name) },
      { ...config, firstBlock: BigInt(enrolled.registered.registeredAt) },
      (name, service) => this.#run(name, service),
    );
    door.open({ gate: readAccess({ ...selling, mirror: kept.mirror }), reads });
    const bids = await this.#startAnswering(core, kept, duties, terms);
    const monitorPort = await this.#startMonitor(core, duties, bids);
    await this.#startAdmin(core, duties, bids);
    const ready = {
      provider: chain.provider,
      peerId: network.host.peerId.toString(),
      addresses: addressesOf(network.host),
      bulk: network.bulk,
      monitorPort,
    };
    logger.info({ ...ready }, 'ready');
    return ready;
  }

  /** From here on, clients and bids are answered, those for lost shards too. */
  async #startAnswering(core: Core, { mirror }: Keeping, duties: Duties, terms: AskTerms): Promise<StandingBids> {
    const { config } = this.#init;
    const { data, chain, chainClock, intake, enrolled } = core;
    const { room } = duties;
    const part = (name: string): Logger => this.#part(name);
    const run = (name: string, service: Service): Promise<void> => this.#run(name, service);
    const bidding = { policy: bidPolicyOf(bidsOf(config), terms), region: config.ask.region };
    await answerPeers(
      {
        ...core,
        ...duties,
        book: data.ledger.reservations,
        mirror,
        shards: {
          adopt: (id, root) => intake.adopt(id, root),
          serves: (request, root) =>
            data.ledger.reservations.holds(request, root) ||
            data.ledger.holdings.serves(request, root, chainClock.head.period - 1),
          forget: (id) => void intake.forget(id).catch(() => undefined),
        },
        account: this.#account(),
        logger: part,
      },
      bidding,
      run,
    );
    await startRepairs(
      { ...core, mirror, room, account: this.#account(), logger: part },
      {
        operator: enrolled.registered.operator,
        region: config.ask.region,
        policy: repairPolicyOf(bidsOf(config), terms),
        askPrice: terms.pricePerUnitPeriod,
        concede: config.duties.concede,
      },
      run,
    );
    const bids = new StandingBids(
      { chain, chainClock, book: data.ledger.reservations, room, logger: part('standing-bids') },
      bidding,
    );
    await run('standing bids', bids);
    return bids;
  }

  async #startChainClock(view: ChainView, { periodBlocks }: MarketParameters): Promise<ChainClock> {
    const { signal } = this.#init;
    const genesisBlock = await readOpeningBlock(view, 1, { signal });
    const readHead = async (stopping: AbortSignal): Promise<{ block: bigint; timestampS: number }> => {
      const { block, seconds } = await readChainTime(view, { signal: stopping });
      return { block, timestampS: seconds };
    };
    const shape = { genesisBlock, periodBlocks: BigInt(periodBlocks), pollMs: this.#init.config.chain.poll };
    const chainClock = new ChainClock({ readHead, clock: this.#clock, logger: this.#part('chain-clock') }, shape);
    await chainClock.start();
    this.#shutdown.add('chain clock', () => chainClock.stop());
    return chainClock;
  }

  /** Registers the node key if need be, and tells the registry where it listens. */
  async #enrol(
    view: ChainView,
    parameters: MarketParameters,
    { host }: PeerNetwork,
  ): Promise<Pick<Core, 'enrolled' | 'chain' | 'repairs'>> {
    const { config, signal } = this.#init;
    const senders = openSenders(view, this.#init, this.#clock);
    const enrolment = new Enrolment(
      { view, ...senders, parameters, clock: this.#clock, logger: this.#part('enrolment') },
      { region: config.ask.region, stake: config.stake, capacityUnits: capacityUnitsOf(config.ask) },
    );
    const enrolled = await enrolment.enrol(addressesOf(host), signal);
    await enrolment.publishAddresses(enrolled.provider, addressesOf(host), signal);
    const { provider, registered } = enrolled;
    const { operatorAccount } = registered;
    const chain = providerChain(senders.nodeSender, { provider, operatorAccount });
    return { enrolled, chain, repairs: repairChain(senders.nodeSender) };
  }

  /** What keeps the ledger and the DHT in step with the chain. */
  async #startKeeping({ data, chain, chainClock, network, enrolled }: Core): Promise<Keeping> {
    const { ledger } = data;
    const announcer = new Announcer({
      ...data,
      dht: network.dht,
      clock: this.#clock,
      logger: this.#part('reannouncer'),
    });
    const onFormed = ({ root }: { root: Hex }): void => announcer.added(fromHex(root));
    const mirror = new AgreementMirror(
      { chain, chainClock, ledger, clock: this.#clock, onFormed, logger: this.#part('agreement-mirror') },
      { firstBlock: BigInt(enrolled.registered.registeredAt) },
    );
    await mirror.start();
    this.#shutdown.add('agreement mirror', () => mirror.stop());
    await this.#run('announcer', announcer);
    return { mirror, announcer };
  }

  /** What a provider does of its own accord, period by period. */
  async #startDuties(core: Core, { mirror, announcer }: Keeping, init: DutiesInit): Promise<Duties> {
    const { data, chain, chainClock, intake } = core;
    const { ledger, store, health } = data;
    const { config } = this.#init;
    const metrics = new ProviderMetrics();
    const leaves = new LeafProver({ store, health, logger: this.#part('leaf-prover') });
    const prover = new Prover(
      {
        chain,
        chainClock,
        leaves,
        isRebuilding: (root) => ledger.repairs.isRebuilding(root),
        facts: ledger.facts,
        events: metrics,
        clock: this.#clock,
        logger: this.#part('prover'),
      },
      { provider: chain.provider, concede: config.duties.concede },
    );
    await this.#run('prover', prover);
    await startAnswers(
      { chain, chainClock, ledger, leaves, store, metrics, logger: (part) => this.#part(part) },
      (name, service) => this.#run(name, service),
    );

    const usage = { usedUnits: () => store.usage().usedUnits, keptUnits: () => store.usage().keptUnits };
    const room = new Room(
      { store: usage, book: ledger.reservations, clock: this.#clock, logger: this.#part('room') },
      { folder: config.dataDir, capacityUnits: init.capacityUnits },
    );
    await this.#run('room', room);
    const asks = await this.#startAsks(core, { room, prover }, init.terms);
    const vitals = new Vitals({ chain, chainClock, health, logger: this.#part('vitals') });
    await this.#run('vitals', vitals);
    await this.#startEarning(core, { mirror, prover, vitals });
    const onDeleted = (root: Uint8Array): void => announcer.gone(root);
    await this.#run(
      'collector',
      new Collector({
        store,
        ledger,
        uploads: intake,
        chainClock,
        mirror,
        onDeleted,
        clock: this.#clock,
        logger: this.#part('collector'),
      }),
    );
    return { prover, room, asks, vitals, metrics };
  }

  #startAsks(core: Core, { room, prover }: Pick<Duties, 'room' | 'prover'>, terms: AskTerms): Promise<Asks> {
    const { validFor, publish } = this.#init.config.ask;
    const { facts } = core.data.ledger;
    const logger = (part: string): Logger => this.#part(part);
    return startAsks(
      { ...core, room, facts, prover, account: this.#account(), clock: this.#clock, logger },
      { terms, validForS: Math.floor(validFor / SECOND_MS), publish },
      (name, service) => this.#run(name, service),
    );
  }

  /** What brings in money that is due: for what was proven, and for reporting others. */
  async #startEarning(
    { data, chain, chainClock, parameters }: Core,
    { mirror, prover, vitals }: EarningNeeds,
  ): Promise<void> {
    const { ledger } = data;
    const { duties } = this.#init.config;
    const settler = new Settler(
      { chain, chainClock, holdings: ledger.holdings, mirror, prover, vitals, logger: this.#part('settler') },
      { settleEveryPeriods: duties.settleEveryPeriods },
    );
    await this.#run('settler', settler);
    const counting = { terms: parameters.reputation, minGain: duties.countClientsGain };
    await this.#run(
      'client counter',
      new ClientCounter(
        { chain, chainClock, holdings: ledger.holdings, mirror, prover, logger: this.#part('client-counter') },
        counting,
      ),
    );
    if (duties.reportMisses) {
      await this.#run(
        'miss reporter',
        new MissReporter({ chain, chainClock, prover, random: Math.random, logger: this.#part('miss-reporter') }),
      );
    }
    const fees = ledger.reportFees;
    const claimer = new FeeClaimer({ chain, chainClock, fees, mirror, prover, logger: this.#part('fee-claimer') });
    await this.#run('fee claimer', claimer);
  }

  #account(): PrivateKeyAccount {
    return privateKeyToAccount(to0x(this.#init.nodeKey));
  }

  async #startMonitor(
    { data, chainClock, network }: Core,
    { prover, room, vitals, metrics }: Duties,
    bids: StandingBids,
  ): Promise<number | undefined> {
    const { ledger, store } = data;
    const totals = (): ReturnType<typeof ledger.reservations.totals> => ledger.reservations.totals();
    metrics.observe({
      head: () => chainClock.head,
      chainSilenceMs: () => chainClock.silentMs(),
      blocksToDeadline: () =>
        prover.duePeriod === undefined
          ? undefined
          : Number(chainClock.opening(prover.duePeriod + 1) - chainClock.head.block),
      usedUnits: () => store.usage().usedUnits,
      capacityUnits: () => room.capacityUnits,
      reservedUnits: () => totals().openUnits,
      reservations: () => totals().count,
      activeAgreements: () => ledger.holdings.active().length,
      openAudits: () => ledger.audits.open().length,
      openDemands: () => ledger.demands.open().length,
      bidDemand: () => bids.demand,
      repairs: () => ledger.repairs.totals(),
      peers: () => network.host.getPeers().length,
      gasWei: () => vitals.gasWei,
    });
    const { host, port } = this.#init.config.monitor;
    if (port === 0) return undefined;
    const monitor = new MonitorServer({
      checks: vitals.readinessChecks(),
      metrics: metrics.registry,
      logger: this.#part('monitor'),
    });
    const bound = await monitor.start({ host, port });
    this.#shutdown.add('monitor', () => monitor.stop());
    return bound;
  }

  async #startAdmin(
    { view, parameters, data, chain, chainClock, network, enrolled }: Core,
    { prover, room, asks }: Duties,
    bids: StandingBids,
  ): Promise<void> {
    const store = { usedUnits: () => data.store.usage().usedUnits };
    const components = { chain, chainClock, prover, ledger: data.ledger, store, room, asks, bids };
    const init = {
      peerId: network.host.peerId.toString(),
      operator: enrolled.registered.operator,
      chainId: view.deployment.chainId,
      holdbackBps: parameters.holdbackBps,
      addresses: () => addressesOf(network.host),
      bulk: () => network.bulk,
      startedMs: this.#clock.monotonicMs(),
      nowMs: () => this.#clock.monotonicMs(),
    };
    const cache = new CacheDesk(
      { cache: data.cache, isHeld: (root) => data.ledger.holdings.isActive(root) },
      { provider: chain.provider, pricePerMiB: this.#init.config.cache.pricePerMib },
    );
    const admin = new AdminServer(
      {
        status: (signal) => readStatus(components, init, signal),
        earnings: () => readEarnings(components, { ...init, ...parameters.channels }),
        cache: (request) => cache.answer(request),
        requestStop: () => this.#stopRequested.resolve(),
        logger: this.#part('admin'),
      },
      { address: adminAddress(this.#init.config.dataDir) },
    );
    await this.#run('admin endpoint', admin);
  }

  /** Starts a service, and notes that it has to be stopped. */
  async #run(name: string, service: Service): Promise<void> {
    this.#shutdown.add(name, async () => service.stop());
    await service.start();
  }

  #part(part: string): Logger {
    return this.#logger.child({ part });
  }
}

interface Service {
  start(): Promise<void> | void;
  stop(): Promise<void> | void;
}

/** What everything else stands on. */
interface Core {
  view: ChainView;
  parameters: MarketParameters;
  data: DataFolder;
  chainClock: ChainClock;
  network: PeerNetwork;
  intake: UploadIntake;
  chain: ProviderChain;
  repairs: RepairChain;
  enrolled: Enrolled;
}

interface Keeping {
  mirror: AgreementMirror;
  announcer: Announcer;
}

interface DutiesInit {
  terms: AskTerms;
  capacityUnits: number;
}

interface EarningNeeds {
  mirror: AgreementMirror;
  prover: Prover;
  vitals: Vitals;
}

interface Duties {
  prover: Prover;
  room: Room;
  asks: Asks;
  vitals: Vitals;
  metrics: ProviderMetrics;
}
