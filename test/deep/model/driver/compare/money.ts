import { DEV_TOKEN_SUPPLY } from '../../../../../deploy/modules/market.ts';
import { STATUSES } from '../../market/agreements.ts';
import { BURN_ACCOUNT, LOCKERS } from '../../market/accounts.ts';
import type { Comparison } from './differences.ts';

/** Tokens, accounts and locks; and that nothing came or went. */
export const compareMoney: Comparison = async ({ chain, market }, differences) => {
  const { accounts, token } = market;
  let everywhere = 0n;
  const owners = [...token.owners()];
  for (const owner of owners) {
    const balance = await chain.view('token', 'balanceOf', owner);
    differences.same(`tokens of ${owner}`, balance, token.purse(owner).balance);
    everywhere += balance as bigint;
  }
  differences.same('tokens of everybody', everywhere, DEV_TOKEN_SUPPLY);

  let held = 0n;
  differences.same('accounts', await chain.view('escrow', 'accountCount'), accounts.count);
  for (let account = BURN_ACCOUNT; account < accounts.count; account += 1) {
    const [owner, available] = (await chain.view('escrow', 'accounts', account)) as [string, bigint];
    differences.same(`owner of account ${account}`, owner, accounts.ownerOf(account));
    differences.same(`available in account ${account} (${owner})`, available, accounts.availableIn(account));
    if (account !== BURN_ACCOUNT) {
      differences.same(`account of ${owner}`, await chain.view('escrow', 'accountOf', owner), account);
    }
    held += available;
  }
  for (const locker of LOCKERS) {
    const locked = (await chain.view('escrow', 'lockedBy', chain.address(locker))) as bigint;
    differences.same(`locked by ${locker}`, locked, accounts.lockedBy(locker));
    held += locked;
  }
  const balance = await chain.view('token', 'balanceOf', chain.address('escrow'));
  differences.same('accounts and locks together, against tokens of the escrow', balance, held);
};

/** What is locked is what the agreements and the stakes say, to the wei. */
export const compareLocks: Comparison = async ({ market }, differences) => {
  const { accounts, agreements, audits, registry, stakes } = market;
  let rents = 0n;
  const behind = new Map<number, bigint>();
  for (const agreement of agreements.all()) {
    if (agreement.status !== 'Active') {
      differences.holds(`${STATUSES.indexOf(agreement.status)} keeps collateral`, agreement.collateral === 0n);
      continue;
    }
    const { id, rent, periods, settledPeriods, provenPeriods, collateral } = agreement;
    rents += rent * BigInt(periods - settledPeriods) + agreements.heldBack(rent, provenPeriods);
    const provider = Number(id >> 32n);
    behind.set(provider, (behind.get(provider) ?? 0n) + collateral);
  }
  differences.same('rent and hold-back of live agreements', accounts.lockedBy('agreements'), rents);
  let staked = 0n;
  for (const id of registry.ids()) {
    const { free, locked, unbonding } = stakes.get(id);
    staked += free + locked + unbonding + stakes.owedFees(id);
    differences.same(`collateral behind the agreements of ${id}`, locked, behind.get(id) ?? 0n);
  }
  const bonds = audits.init.bond * BigInt(audits.all().filter(([, { open }]) => open).length);
  differences.same('bonds of open audits', accounts.lockedBy('audits'), bonds);
  differences.same('stakes of all providers', accounts.lockedBy('collateral'), staked);
};
