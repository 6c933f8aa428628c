import type { Clock } from './clock.ts';
import { need } from './refusal.ts';
import { type Address, type Undoable, ZERO_ADDRESS, copyRecords } from './types.ts';

export interface Session {
  owner: Address;
  key: Address;
  budget: bigint;
  expiry: number;
}

/** The hot keys of IEscrow: what each may still have locked of an owner's balance. */
export class Sessions implements Undoable {
  readonly #clock: Clock;
  #sessions = new Map<string, Session>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  save(): () => void {
    const sessions = copyRecords(this.#sessions);
    return () => {
      this.#sessions = sessions;
    };
  }

  authorize(owner: Address, key: Address, budget: bigint, expiry: number): void {
    need(key !== ZERO_ADDRESS && key !== owner, 'Escrow_InvalidSession', 'key');
    need(budget !== 0n, 'Escrow_InvalidSession', 'budget');
    need(expiry > this.#clock.time, 'Escrow_InvalidSession', 'expiry');
    this.#sessions.set(`${owner} ${key}`, { owner, key, budget, expiry });
  }

  revoke(owner: Address, key: Address): void {
    need(this.#sessions.delete(`${owner} ${key}`), 'Escrow_NoSession', owner, key, 0n);
  }

  /** The owner needs no session. */
  spend(owner: Address, key: Address, amount: bigint): void {
    if (key === owner) return;
    const session = this.get(owner, key);
    need(this.#clock.time < session.expiry, 'Escrow_NoSession', owner, key, BigInt(session.expiry));
    need(session.budget >= amount, 'Escrow_SessionBudgetExceeded', owner, key, session.budget, amount);
    session.budget -= amount;
  }

  /** Without one, nothing and never. */
  get(owner: Address, key: Address): Session {
    return this.#sessions.get(`${owner} ${key}`) ?? { owner, key, budget: 0n, expiry: 0 };
  }

  all(): Session[] {
    return [...this.#sessions.values()];
  }
}
