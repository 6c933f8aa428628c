import { encodeAbiParameters, keccak256 } from 'viem';

import { BURN_ACCOUNT } from './accounts.ts';
import { endOf, providerOf } from './agreements.ts';
import { answerDeadline } from './answer-window.ts';
import { failAudit } from './ending.ts';
import type { Market } from './market.ts';
import { type Opening, requireShown, sharesOf } from './paths.ts';
import { need } from './refusal.ts';
import { type Address, BPS } from './types.ts';

const LEAVES_PER_UNIT = 1024n;
const PREIMAGE = ['bytes32', 'uint256', 'address', 'uint256', 'uint256'].map((type) => ({ type }));

/** IAudits.openAudit: behind the bond of `owner`, with a full window after declared maintenance, before the term ends. */
export function openAudit(market: Market, caller: Address, id: bigint, owner: Address): void {
  const { accounts, agreements, audits, clock, sessions, stakes } = market;
  const agreement = agreements.active(id);
  const provider = providerOf(id);
  need(!stakes.hasFailed(provider), 'Agreements_ProviderFailed', id, provider);
  const { bond, maxOpen } = audits.init;
  const few = agreement.openAudits < maxOpen;
  need(few, 'Agreements_TooManyAudits', id, BigInt(agreement.openAudits), BigInt(maxOpen));
  const deadline = answerDeadline(market, provider, audits.init.windowBlocks);
  const last = clock.opening(endOf(agreement)) - 1;
  need(deadline <= last, 'Audits_TermTooShort', id, BigInt(deadline), BigInt(last));
  sessions.spend(owner, caller, bond);
  const challengerAccount = accounts.lock('audits', owner, bond, 0n);
  agreement.openAudits += 1;
  // Put off, it is drawn later, too.
  const openedAt = deadline - audits.init.windowBlocks;
  audits.add({ agreement: id, challengerAccount, openedAt, deadline, open: true });
}

/** IAudits.answer: anybody shows the leaves, and the provider gets the bond less what is burned. */
export function answerAudit(market: Market, number: bigint, proof: Uint8Array): void {
  const { accounts, agreements, audits, clock, registry, reputation } = market;
  const audit = audits.open(number);
  const inTime = clock.block <= audit.deadline;
  need(inTime, 'Audits_TooLate', number, BigInt(audit.deadline), BigInt(clock.block));
  need(clock.block > audit.openedAt, 'Audits_NoSeedYet', number, BigInt(audit.openedAt));
  const openings = openingsOf(market, number);
  need(openings.length > 0, 'Audits_AgreementOver', number, audit.agreement);
  requireShown(openings, proof, 'Audits_WrongRoot');
  const expected = sharesOf(openings).reduce((sum, bytes) => sum + bytes, 0);
  need(proof.length === expected, 'Audits_WrongLength', BigInt(proof.length), BigInt(expected));

  audit.open = false;
  agreements.active(audit.agreement).openAudits -= 1;
  const provider = providerOf(audit.agreement);
  const burned = (audits.init.bond * BigInt(audits.init.burnBps)) / BPS;
  accounts.release('audits', registry.get(provider).operatorAccount, audits.init.bond - burned);
  accounts.release('audits', BURN_ACCOUNT, burned);
  reputation.get(provider).audited += 1;
}

/** IAudits.close: the bond goes back; an agreement that lives and was not answered for fails. */
export function closeAudit(market: Market, number: bigint): void {
  const { accounts, agreements, audits, clock } = market;
  const audit = audits.open(number);
  const live = agreements.isActive(audit.agreement);
  const overdue = clock.block > audit.deadline;
  need(!live || overdue, 'Audits_StillOpen', number, BigInt(audit.deadline), BigInt(clock.block));
  audit.open = false;
  accounts.release('audits', audit.challengerAccount, audits.init.bond);
  if (live) failAudit(market, audit.agreement);
}

/** The leaves that an audit asks for; none of an agreement that is over, or before the opening block is. */
export function openingsOf(market: Market, number: bigint): Opening[] {
  const { audits, duties, seeds } = market;
  const audit = audits.get(number);
  if (audit === undefined) return [];
  const holding = duties.holding(audit.agreement);
  const seed = seeds.peek(audit.openedAt);
  if (holding === undefined || holding.removedIn !== undefined || seed === undefined) return [];
  const { units, root } = holding;
  const { chainId, contract, drawCount } = audits.init;
  return Array.from({ length: drawCount }, (_, i) => {
    const draw = BigInt(keccak256(encodeAbiParameters(PREIMAGE, [seed, chainId, contract, number, BigInt(i)])));
    const leaf = Number(draw % (BigInt(units) * LEAVES_PER_UNIT));
    return { agreement: audit.agreement, units, root, leaf, draw: i };
  });
}
