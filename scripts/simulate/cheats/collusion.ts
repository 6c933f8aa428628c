import { burnOf, shareSlash } from '../../../node/audit/formulas.ts';
import { DEFAULTS } from '../scale.ts';
import { COLLATERAL_PERIODS, TERM } from './provider-year.ts';
import { type CheatResult, RENT, carryOf, monthsOf } from './reference.ts';

const { compensationBps, reportFee } = DEFAULTS.collateral;
const BURN_BPS = BigInt(DEFAULTS.agreements.burnBps);
const AUDIT_BURN_BPS = BigInt(DEFAULTS.audits.burnBps);
const BPS = 10_000n;
/** Days for which a bid stands that nobody is meant to take. */
const JUNK_DAYS = 30;

/** Strategies whose honest alternative is to leave it: none of them has business of its own. */
export function collusionCheats(): CheatResult[] {
  return [slashOneself(), auditOneself(), falseAudits(), junkBids(), snatchedBids()];
}

function againstNothing(name: string, wei: bigint, note: string, carry = 0): CheatResult {
  return { name, honest: 0, cheat: monthsOf(wei) - carry, error: 0, note };
}

/** Client and provider are one, and let every period be missed: the rent comes back, of the collateral only a part. */
function slashOneself(): CheatResult {
  const collateral = RENT * BigInt(COLLATERAL_PERIODS);
  const { burned } = shareSlash(collateral, BigInt(compensationBps));
  const atSigning = burnOf(RENT * BigInt(TERM), BURN_BPS);
  return againstNothing(
    'be slashed by oneself for the compensation',
    -burned - atSigning,
    `${percentOf(burned, collateral)} of the collateral and ${percentOf(atSigning, RENT * BigInt(TERM))} of the price are burned; a reporter's fee of ${tokens(reportFee)} only moves`,
  );
}

/** Challenger and provider are one, for a record of answers. */
function auditOneself(): CheatResult {
  const { bond, maxOpen } = DEFAULTS.audits;
  const burned = (bond * AUDIT_BURN_BPS) / BPS;
  return againstNothing(
    'audit oneself for a record of answers',
    -burned * BigInt(maxOpen),
    `${tokens(burned)} of each bond is burned, ${maxOpen} at a time; every answer is a real proof of possession`,
  );
}

/** A rival audits somebody who has everything. */
function falseAudits(): CheatResult {
  const { bond, maxOpen } = DEFAULTS.audits;
  const toProvider = bond - (bond * AUDIT_BURN_BPS) / BPS;
  return againstNothing(
    'audit an honest provider to wear it out',
    -bond * BigInt(maxOpen),
    `the bond is lost, ${maxOpen} at a time for an agreement, and ${tokens(toProvider)} of each go to the audited: more than its gas`,
  );
}

/** A bid that its poster does not want to be answered: all of its money is behind it, and whoever answers it is paid. */
function junkBids(): CheatResult {
  const value = RENT * BigInt(TERM);
  const reserved = value + burnOf(value, BURN_BPS);
  return againstNothing(
    'post bids that are not meant',
    0n,
    `rent and burn of the whole term lie behind the bid: what it costs while nobody answers it for ${JUNK_DAYS} days; answered, it is an agreement that its poster pays for`,
    carryOf(reserved, JUNK_DAYS),
  );
}

/** A provider answers a bid for a shard that it never got, to keep it from others, and concedes at once. */
function snatchedBids(): CheatResult {
  const collateral = RENT * BigInt(COLLATERAL_PERIODS);
  return againstNothing(
    'snatch a bid without the shard',
    -collateral,
    `conceded at once it costs the agreement's collateral, of which ${percentOf((collateral * BigInt(compensationBps)) / BPS, collateral)} go to the client; kept, it ends the provider within four periods`,
  );
}

function percentOf(part: bigint, whole: bigint): string {
  return `${Math.round((100 * Number(part)) / Number(whole))}%`;
}

function tokens(wei: bigint): string {
  return `${Number(wei) / 1e18} tokens`;
}
