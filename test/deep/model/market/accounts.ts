import { need } from './refusal.ts';
import type { Token } from './token.ts';
import { type Address, MAX_UINT256, MAX_UINT96, type Undoable, ZERO_ADDRESS } from './types.ts';

export const BURN_ADDRESS: Address = '0x000000000000000000000000000000000000dead';
/** Number of the account that nobody owns. */
export const BURN_ACCOUNT = 0;

/** The contracts that lock and release. */
export const LOCKERS = ['agreements', 'collateral', 'audits', 'orderBook', 'retrievalChannels', 'demands'] as const;
export type Locker = (typeof LOCKERS)[number];

interface Account {
  owner: Address;
  available: bigint;
}

/** IEscrow: everyone's available balance, and what each of the market's contracts has locked. */
export class Accounts implements Undoable {
  #accounts: Account[] = [{ owner: ZERO_ADDRESS, available: 0n }];
  #locked: Record<Locker, bigint> = {
    agreements: 0n,
    collateral: 0n,
    audits: 0n,
    orderBook: 0n,
    retrievalChannels: 0n,
    demands: 0n,
  };
  readonly #token: Token;

  constructor(token: Token) {
    this.#token = token;
  }

  save(): () => void {
    const accounts = this.#accounts.map((account) => ({ ...account }));
    const locked = { ...this.#locked };
    return () => {
      this.#accounts = accounts;
      this.#locked = locked;
    };
  }

  // ---------------------------------------------------------------- what anybody can do

  deposit(from: Address, owner: Address, amount: bigint): void {
    need(amount !== 0n, 'Escrow_ZeroAmount');
    const account = this.open(owner);
    const sum = this.held() + amount;
    // A sum that does not fit into a word is named as the largest that does.
    const total = sum > MAX_UINT256 ? MAX_UINT256 : sum;
    need(total <= MAX_UINT96, 'Escrow_CapExceeded', total, MAX_UINT96);
    this.#token.pull(from, amount);
    this.credit(account, amount);
  }

  withdraw(owner: Address, to: Address, amount: bigint): void {
    need(to !== ZERO_ADDRESS, 'Escrow_ZeroAddress');
    need(amount !== 0n, 'Escrow_ZeroAmount');
    need(this.numberOf(owner) !== undefined, 'Escrow_NoAccount', owner);
    this.#take(owner, amount);
    this.#token.push(to, amount);
  }

  sweepBurned(): void {
    const amount = this.availableIn(BURN_ACCOUNT);
    need(amount !== 0n, 'Escrow_ZeroAmount');
    this.credit(BURN_ACCOUNT, -amount);
    this.#token.push(BURN_ADDRESS, amount);
  }

  // ---------------------------------------------------------------- what the market's contracts do

  /** Moves `amount` into a lock and `burn` to the burn account; returns the owner's account, opened when new. */
  lock(locker: Locker, owner: Address, amount: bigint, burn: bigint): number {
    const account = this.open(owner);
    this.#take(owner, amount + burn);
    this.#locked[locker] += amount;
    this.credit(BURN_ACCOUNT, burn);
    return account;
  }

  release(locker: Locker, account: number, amount: bigint): void {
    need(this.#locked[locker] >= amount, 'Escrow_InsufficientLock', locker, this.#locked[locker], amount);
    this.#locked[locker] -= amount;
    this.credit(account, amount);
  }

  /** The owner's account number; a new owner gets the next one. */
  open(owner: Address): number {
    const known = this.numberOf(owner);
    if (known !== undefined) return known;
    need(owner !== ZERO_ADDRESS, 'Escrow_ZeroAddress');
    return this.#accounts.push({ owner, available: 0n }) - 1;
  }

  credit(account: number, amount: bigint): void {
    this.#at(account).available += amount;
  }

  // ---------------------------------------------------------------- what everybody can see

  get count(): number {
    return this.#accounts.length;
  }

  numberOf(owner: Address): number | undefined {
    const number = this.#accounts.findIndex((account, at) => at !== BURN_ACCOUNT && account.owner === owner);
    return number === -1 ? undefined : number;
  }

  ownerOf(account: number): Address {
    return this.#at(account).owner;
  }

  availableIn(account: number): bigint {
    return this.#at(account).available;
  }

  availableOf(owner: Address): bigint {
    const number = this.numberOf(owner);
    return number === undefined ? 0n : this.availableIn(number);
  }

  lockedBy(locker: Locker): bigint {
    return this.#locked[locker];
  }

  /** Everything that is in accounts and locks. */
  held(): bigint {
    const available = this.#accounts.reduce((sum, account) => sum + account.available, 0n);
    return available + Object.values(this.#locked).reduce((sum, locked) => sum + locked, 0n);
  }

  #take(owner: Address, amount: bigint): void {
    const account = this.open(owner);
    const available = this.availableIn(account);
    need(available >= amount, 'Escrow_InsufficientBalance', owner, available, amount);
    this.credit(account, -amount);
  }

  #at(account: number): Account {
    const found = this.#accounts[account];
    if (found === undefined) throw new Error(`account ${account} was never opened`);
    return found;
  }
}
