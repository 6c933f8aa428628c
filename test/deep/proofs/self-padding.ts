import { keccak_256 } from '@noble/hashes/sha3.js';

import { publicNetwork } from '../../../deploy/parameters/public.ts';
import { concat, toHex, uint64be } from '../../../node/core/bytes.ts';
import { LEAVES_PER_UNIT } from '../../../node/core/units.ts';
import { DrawChain } from './draw-chain.ts';

/** The client's shard: 6.25 MiB. One unit of it, a hundredth, is lost. */
const CLIENT_UNITS = 100;
const LOST_LEAVES = LEAVES_PER_UNIT;
/** Padding that the provider made with itself, as a multiple of the client's bytes. */
const PADDING = 99;
const DAYS = 30;

/** A share that was counted, and the one that follows from the draws' number. */
export interface Chance {
  measured: number;
  computed: number;
}

export interface PaddingReport {
  periods: number;
  audits: number;
  drawsPerPeriod: number;
  drawsPerAudit: number;
  /** The loss shows in one period: with nothing else at the provider, and with the padding. */
  unpadded: Chance;
  padded: Chance;
  /** Computed from the above, for a month of daily periods. */
  unpaddedMonth: number;
  paddedMonth: number;
  /** The loss shows in one targeted audit, which no padding dilutes. */
  audit: Chance;
  /** Audits after which it has shown with 99%. */
  auditsNeeded: number;
}

/** How likely the loss of a hundredth of one client's bytes shows, when the provider pads what it holds with 99 times as much of its own. */
export async function measurePadding(periods: number, audits: number): Promise<PaddingReport> {
  const [drawsPerPeriod, drawsPerAudit] = [publicNetwork.proofs.drawCount, publicNetwork.audits.drawCount];
  const chain = await DrawChain.start(drawsPerPeriod, [[CLIENT_UNITS], [CLIENT_UNITS, CLIENT_UNITS * PADDING]]);
  const share = LOST_LEAVES / (CLIENT_UNITS * LEAVES_PER_UNIT);
  const unpadded = {
    measured: (await chain.detections(1, LOST_LEAVES, periods)) / periods,
    computed: atLeastOnce(share, drawsPerPeriod),
  };
  const padded = {
    measured: (await chain.detections(2, LOST_LEAVES, periods)) / periods,
    computed: atLeastOnce(share / (1 + PADDING), drawsPerPeriod),
  };
  const audit = {
    measured: auditsThatFind(audits, drawsPerAudit) / audits,
    computed: atLeastOnce(share, drawsPerAudit),
  };
  return {
    periods,
    audits,
    drawsPerPeriod,
    drawsPerAudit,
    unpadded,
    padded,
    unpaddedMonth: atLeastOnce(unpadded.computed, DAYS),
    paddedMonth: atLeastOnce(padded.computed, DAYS),
    audit,
    auditsNeeded: Math.ceil(Math.log(0.01) / Math.log(1 - audit.computed)),
  };
}

function atLeastOnce(chance: number, tries: number): number {
  return 1 - (1 - chance) ** tries;
}

/** Draws audits by the rule of `Audits.leavesOf`, which Audits.seed.t.sol holds the contract to. */
function auditsThatFind(audits: number, draws: number): number {
  const leaves = BigInt(CLIENT_UNITS * LEAVES_PER_UNIT);
  const prefix = concat(keccak_256(uint64be(7)), word(31_337), word(0xa0d175));
  let found = 0;
  for (let audit = 1; audit <= audits; audit++) {
    for (let draw = 0; draw < draws; draw++) {
      const drawn = BigInt(`0x${toHex(keccak_256(concat(prefix, word(audit), word(draw))))}`) % leaves;
      if (drawn >= BigInt(LOST_LEAVES)) continue;
      found++;
      break;
    }
  }
  return found;
}

function word(value: number): Uint8Array {
  return concat(new Uint8Array(24), uint64be(value));
}
