import { randomBytes } from 'node:crypto';

import type { Repair } from '../../../../node/chain/actions/read-repair.ts';
import { AgreementStatus, type AgreementState, type RegisteredProvider } from '../../../../node/chain/records.ts';
import { concat, fromHex, to0x } from '../../../../node/core/bytes.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { UNIT_BYTES } from '../../../../node/core/units.ts';
import { agreementId } from '../../../../node/market/agreement-id.ts';
import { Rest, type AgreementId, type Bid, type StorageAgreement } from '../../../../node/market/messages.ts';
import { unitRoot } from '../../../../node/pipeline/merkle/unit-tree.ts';
import type { Head } from '../../../../node/provider/chain-clock.ts';
import type { RepairChain } from '../../../../node/provider/repair/repair-chain.ts';
import type { ShardAccess } from '../../../../node/transfer/read/shard-access.ts';
import { client } from '../../agreements/samples.ts';
import { newNodeKey } from '../../network/hosts.ts';
import { nodeIdentity, uncompressPublicKey } from '../../../../node/network/identity.ts';
import { store, type Stored } from '../../pipeline/object-fixture.ts';
import { duty } from '../fakes.ts';

export const PERIOD = 20;
/** What the shard was stored for, token wei for one unit and period. */
export const PRICE = 100n;
/** Periods of rent behind each agreement. */
const COLLATERAL_PERIODS = 10;
/** Agreements began in period 11 and end with 110: from 21 on, 90 periods are left. */
const STATE = { startPeriod: 11, periods: 100 };
export const LEFT = 90;
export const BOUNTY = {
  bountyBps: 5_000n,
  compensationBps: 7_000n,
  burnBps: 200n,
  climbSeconds: 100,
  windowSeconds: 500,
};
export const POLICY = {
  accept: true,
  minPrice: 90n,
  minUnits: 1,
  maxUnits: 100,
  minPeriods: 1,
  maxPeriods: 200,
  maxCollateralPeriods: 30,
  maxWaitS: Infinity,
};
export const SELF = { region: 0, score: 1, freeUnits: 1_000, lockable: 10n ** 12n, time: 1_000 };
export const HEAD: Head = { block: 200n, timestampS: 1_000, period: PERIOD };
const REGISTERED_AT = 5;

/** A chain with one object, shard i of which provider i + 1 holds; and these providers, which give the shards out. */
export class RepairWorld implements ShardAccess {
  readonly sent: string[] = [];
  readonly answers: StorageAgreement[] = [];
  readonly states = new Map<AgreementId, AgreementState>();
  /** Providers that do not answer. */
  readonly dead = new Set<number>();
  failed = new Set<number>();
  session: { budget: bigint; expiry: number } | undefined = { budget: 10n ** 18n, expiry: 2_000 };
  available = 10n ** 18n;
  repair: Repair | undefined;
  bid: Bid | undefined;
  /** Of each provider, its operator's number. */
  operators = new Map<number, number>();
  holders: AgreementId[];
  readonly stored: Stored;
  readonly #keys: ReturnType<typeof nodeIdentity>[];

  private constructor(stored: Stored) {
    this.stored = stored;
    this.holders = stored.shards.map((_, index) => agreementId(index + 1, 0));
    this.#keys = stored.shards.map(() => nodeIdentity(newNodeKey()));
    for (const [index, id] of this.holders.entries()) this.put(id, index, AgreementStatus.active);
  }

  static async create(k: number, n: number): Promise<RepairWorld> {
    return new RepairWorld(await store(randomBytes(400_000), k, n));
  }

  put(id: AgreementId, shardIndex: number, status: number, over: Partial<AgreementState> = {}): void {
    this.states.set(id, {
      ...STATE,
      clientAccount: 4,
      pricePerUnitPeriod: PRICE,
      settledPeriods: 0,
      provenPeriods: 0,
      collateralPeriods: COLLATERAL_PERIODS,
      shardIndex,
      status,
      openAudits: 0,
      repair: false,
      ...over,
    });
  }

  get objectKey(): `0x${string}` {
    return to0x(this.stored.object.objectKey);
  }

  get units(): number {
    return this.stored.object.unitsPerShard;
  }

  rootOf(index: number): `0x${string}` {
    return to0x(this.stored.object.roots[index] ?? new Uint8Array());
  }

  /** Shard 0 is lost, and this bid stands for it. */
  post(over: Partial<Bid['terms']> = {}): Repair {
    const [lost = 0n] = this.holders;
    this.put(lost, 0, AgreementStatus.failed, { settledPeriods: 4, provenPeriods: 3 });
    this.repair = { client: client.address, shardIndex: 0, bidId: 3n, objectKey: this.objectKey };
    this.bid = {
      client: client.address,
      postedAt: HEAD.timestampS,
      shardsLeft: 1,
      terms: {
        objectKey: this.objectKey,
        shardsRoot: this.rootOf(0),
        units: this.units,
        periods: LEFT,
        shards: 1,
        rest: Rest.stand,
        region: 0,
        minScoreBps: 0,
        collateralPeriods: COLLATERAL_PERIODS,
        expiry: HEAD.timestampS + BOUNTY.windowSeconds,
        climbSeconds: 0,
        startPrice: PRICE,
        ceiling: PRICE,
        ...over,
      },
    };
    return this.repair;
  }

  readonly chain: RepairChain & { concede(id: AgreementId): Promise<unknown> } = {
    news: async () => ({ lost: [], failedProviders: [], authorized: [] }),
    objectOf: async () => this.objectKey,
    repair: async () => this.repair,
    postRepair: async ({ lost, objectKey }) => void this.sent.push(`post ${lost} ${objectKey}`) as never,
    session: async () => this.session,
    available: async () => this.available,
    bid: async () => this.bid,
    answerBid: async (bidId, { agreement }) => {
      this.sent.push(`answer ${bidId}`);
      this.answers.push(agreement);
      return undefined as never;
    },
    isNonceUsed: async () => this.bid === undefined,
    agreement: async (id) => this.states.get(id) ?? ({ status: AgreementStatus.none } as AgreementState),
    accountOwner: async () => client.address,
    duty: async (provider) => duty({ failed: this.failed.has(provider), leaves: 1 }),
    end: async (id) => void this.sent.push(`end ${id}`) as never,
    lostUnits: async () => this.units,
    rootOf: async (id) => this.rootOf(this.states.get(id)?.shardIndex ?? 0),
    unitsOf: async () => this.units,
    holdersOf: async () => this.holders,
    providerRecord: async (provider) =>
      ({
        operator: operator(this.operators.get(provider) ?? provider),
        registeredAt: REGISTERED_AT,
      }) as RegisteredProvider,
    providerAddresses: async () => [],
    peerKey: async (provider) =>
      to0x(uncompressPublicKey(this.#keys[provider - 1]?.publicKey ?? new Uint8Array()).subarray(1)),
    providerOfNode: async () => 0,
    concede: async (id) => void this.sent.push(`concede ${id}`),
  };

  async unitRoots({ provider, shardIndex }: Parameters<ShardAccess['unitRoots']>[0]): Promise<Uint8Array> {
    if (this.dead.has(provider.id)) throw new StowError({ code: 'transfer-unreachable', message: 'it is down' });
    const bytes = this.#shard(shardIndex);
    return concat(
      ...Array.from({ length: this.units }, (_, unit) =>
        unitRoot(bytes.subarray(unit * UNIT_BYTES, (unit + 1) * UNIT_BYTES)),
      ),
    );
  }

  async *readUnits(
    { shardIndex }: Parameters<ShardAccess['readUnits']>[0],
    from: number,
    count: number,
  ): AsyncGenerator<Uint8Array> {
    yield Uint8Array.from(this.#shard(shardIndex).subarray(from * UNIT_BYTES, (from + count) * UNIT_BYTES));
  }

  #shard(index: number): Uint8Array {
    return this.stored.shards[index] ?? new Uint8Array();
  }
}

/** An operator's address by number. */
export function operator(number: number): `0x${string}` {
  return to0x(fromHex(number.toString(16).padStart(40, '0'), 20));
}
