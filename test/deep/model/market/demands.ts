import { endOf, providerOf } from './agreements.ts';
import { answerDeadline } from './answer-window.ts';
import { failAudit } from './ending.ts';
import type { Market } from './market.ts';
import { need } from './refusal.ts';
import { LEAF_BYTES, depthOf, parentOf, sha256 } from './shards.ts';
import { type Address, type Hex, type Undoable, copyRecords } from './types.ts';

const UNIT_BYTES = 65_536;
const UNIT_DEPTH = 10;
const NODE_BYTES = 32;

export interface DemandParams {
  bond: bigint;
  windowBlocks: number;
  maxOpen: number;
}

interface Demand {
  agreement: bigint;
  clientAccount: number;
  deadline: number;
  unit: number;
  open: boolean;
}

/** The records of IDemands, by number from 1. */
export class Demands implements Undoable {
  readonly params: DemandParams;
  #demands = new Map<bigint, Demand>();

  constructor(params: DemandParams) {
    this.params = params;
  }

  save(): () => void {
    const demands = copyRecords(this.#demands);
    return () => {
      this.#demands = demands;
    };
  }

  add(demand: Demand): void {
    this.#demands.set(BigInt(this.#demands.size + 1), demand);
  }

  get(number: bigint): Demand | undefined {
    return this.#demands.get(number);
  }

  open(number: bigint): Demand {
    const demand = this.#demands.get(number);
    need(demand?.open === true, 'Demands_NotOpen', number);
    return demand;
  }

  all(): [bigint, Demand][] {
    return [...this.#demands];
  }
}

/** IDemands.demand: units of a live agreement's shard, each behind a bond of its client. */
export function demandUnits(market: Market, caller: Address, id: bigint, units: readonly number[]): void {
  const { accounts, agreements, clock, demands, duties, sessions, stakes } = market;
  need(units.length > 0, 'Demands_NothingDemanded');
  const provider = providerOf(id);
  const { bond, maxOpen, windowBlocks } = demands.params;
  const deadline = answerDeadline(market, provider, windowBlocks);
  const held = BigInt(duties.unitsOf(id));
  for (const unit of units) {
    const agreement = agreements.active(id);
    need(!stakes.hasFailed(provider), 'Agreements_ProviderFailed', id, provider);
    const { openAudits, clientAccount } = agreement;
    need(openAudits < maxOpen, 'Agreements_TooManyAudits', id, BigInt(openAudits), BigInt(maxOpen));
    agreement.openAudits += 1;
    need(unit < held, 'Demands_NoSuchUnit', id, unit, held);
    demands.add({ agreement: id, clientAccount, deadline, unit, open: true });
  }
  const agreement = agreements.active(id);
  const last = clock.opening(endOf(agreement)) - 1;
  need(deadline <= last, 'Demands_TermTooShort', id, BigInt(deadline), BigInt(last));
  const client = accounts.ownerOf(agreement.clientAccount);
  const bonds = bond * BigInt(units.length);
  sessions.spend(client, caller, bonds);
  accounts.lock('demands', client, bonds, 0n);
}

/** IDemands.answer: anybody shows the unit, and the provider gets the bond. */
export function answerDemand(market: Market, number: bigint, opening: Uint8Array): void {
  const { accounts, agreements, clock, demands, duties, registry } = market;
  const demand = demands.open(number);
  const { agreement, deadline, unit } = demand;
  need(clock.block <= deadline, 'Demands_TooLate', number, BigInt(deadline), BigInt(clock.block));
  const units = duties.unitsOf(agreement);
  need(units !== 0, 'Demands_AgreementOver', number, agreement);
  const expected = openingBytes(units);
  need(opening.length === expected, 'Demands_WrongLength', BigInt(opening.length), BigInt(expected));
  const [computed, root] = [rootOfOpening(opening, unit), duties.holding(agreement)?.root];
  need(computed === root, 'Demands_WrongRoot', computed, root);
  demand.open = false;
  agreements.active(agreement).openAudits -= 1;
  accounts.release('demands', registry.get(providerOf(agreement)).operatorAccount, demands.params.bond);
}

/** IDemands.close: the bond goes back; an agreement that lives and was not answered for fails. */
export function closeDemand(market: Market, number: bigint): void {
  const { accounts, agreements, clock, demands } = market;
  const demand = demands.open(number);
  const live = agreements.isActive(demand.agreement);
  const overdue = clock.block > demand.deadline;
  need(!live || overdue, 'Demands_StillOpen', number, BigInt(demand.deadline), BigInt(clock.block));
  demand.open = false;
  accounts.release('demands', demand.clientAccount, demands.params.bond);
  if (live) failAudit(market, demand.agreement);
}

/** A unit, and the siblings of its root. */
function openingBytes(units: number): number {
  return UNIT_BYTES + NODE_BYTES * (depthOf(units) - UNIT_DEPTH);
}

function rootOfOpening(opening: Uint8Array, unit: number): Hex {
  let level: Buffer[] = [];
  for (let at = 0; at < UNIT_BYTES; at += LEAF_BYTES) level.push(sha256(opening.subarray(at, at + LEAF_BYTES)));
  while (level.length > 1) {
    const below = level;
    level = [];
    for (let i = 0; i < below.length; i += 2) level.push(sha256(Buffer.concat(below.slice(i, i + 2))));
  }
  let [node = Buffer.alloc(0)] = level;
  let index = unit;
  for (let at = UNIT_BYTES; at < opening.length; at += NODE_BYTES) {
    node = parentOf(node, Buffer.from(opening.subarray(at, at + NODE_BYTES)), index);
    index = Math.floor(index / 2);
  }
  return `0x${node.toString('hex')}`;
}
