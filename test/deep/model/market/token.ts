import { need } from './refusal.ts';
import { type Address, copyRecords, type Signer, type Undoable } from './types.ts';

/** An allowance that is not used up (OpenZeppelin's ERC-20, and most others). */
export const UNLIMITED = 2n ** 256n - 1n;

interface Purse {
  balance: bigint;
  /** What the escrow may take. */
  allowance: bigint;
  permits: bigint;
}

/** An ERC-20 token with permits, as far as the escrow uses it. */
export class Token implements Undoable {
  #purses = new Map<Address, Purse>();
  readonly #escrow: Address;

  constructor(escrow: Address) {
    this.#escrow = escrow;
  }

  save(): () => void {
    const purses = copyRecords(this.#purses);
    return () => {
      this.#purses = purses;
    };
  }

  purse(owner: Address): Purse {
    let purse = this.#purses.get(owner);
    if (purse === undefined) this.#purses.set(owner, (purse = { balance: 0n, allowance: 0n, permits: 0n }));
    return purse;
  }

  owners(): IterableIterator<Address> {
    return this.#purses.keys();
  }

  approve(owner: Address, amount: bigint): void {
    this.purse(owner).allowance = amount;
  }

  /** Whether a permit with this nonce, signer and deadline changes the allowance. */
  permit(owner: Address, amount: bigint, deadline: number, signer: Signer, nonce: bigint, now: number): boolean {
    const purse = this.purse(owner);
    if (now > deadline || signer !== owner || nonce !== purse.permits) return false;
    purse.permits += 1n;
    purse.allowance = amount;
    return true;
  }

  /** The escrow takes what it was allowed to. */
  pull(from: Address, amount: bigint): void {
    const purse = this.purse(from);
    need(purse.allowance >= amount, 'ERC20InsufficientAllowance', this.#escrow, purse.allowance, amount);
    need(purse.balance >= amount, 'ERC20InsufficientBalance', from, purse.balance, amount);
    if (purse.allowance !== UNLIMITED) purse.allowance -= amount;
    this.move(from, this.#escrow, amount);
  }

  /** The escrow pays out; what it would send to itself does not leave it, which it notices. */
  push(to: Address, amount: bigint): void {
    need(to !== this.#escrow, 'Escrow_UnexpectedDelivery', 0n, amount);
    this.move(this.#escrow, to, amount);
  }

  move(from: Address, to: Address, amount: bigint): void {
    this.purse(from).balance -= amount;
    this.purse(to).balance += amount;
  }
}
