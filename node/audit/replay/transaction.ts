import type { Findings } from '../findings.ts';

const NOTHING = 'nothing';

/** An escrow account by its owner, whose number may only be announced later in the transaction, or by its number. */
export type Purse = { readonly owner: string } | { readonly account: number };

/**
 * The two sides of one transaction: what follows from its events by the market's rules, and what other events of it say. At its end both
 * must be the same, in order.
 */
export class Transaction {
  readonly #findings: Findings;
  readonly #numberOf: (owner: string) => number | undefined;
  #sides = new Map<string, { subject: string; what: string; due: string[]; seen: string[] }>();
  #flows: { locker: string; purse: Purse; amount: bigint }[] = [];
  #later: (() => void)[] = [];

  constructor(findings: Findings, numberOf: (owner: string) => number | undefined) {
    this.#findings = findings;
    this.#numberOf = numberOf;
  }

  /** By the rules, another event of this transaction must say this. */
  due(subject: string, what: string, text: string): void {
    this.#side(subject, what).due.push(text);
  }

  /** An event said this. */
  seen(subject: string, what: string, text: string): void {
    this.#side(subject, what).seen.push(text);
  }

  /** By the rules, so much goes from the lock of `locker` into an account; less than nothing goes the other way. Token wei. */
  dueFlow(locker: string, purse: Purse, amount: bigint): void {
    this.#flows.push({ locker, purse, amount: -amount });
  }

  /** The Escrow says that so much went. */
  seenFlow(locker: string, account: number, amount: bigint): void {
    this.#flows.push({ locker, purse: { account }, amount });
  }

  /** To be looked at when the transaction is over. */
  atEnd(check: () => void): void {
    this.#later.push(check);
  }

  close(): void {
    const [later, sides, flows] = [this.#later, this.#sides, this.#flows];
    [this.#later, this.#sides, this.#flows] = [[], new Map(), []];
    for (const check of later) check();
    for (const { subject, what, due, seen } of sides.values()) {
      for (let i = 0; i < Math.max(due.length, seen.length); i += 1) {
        this.#findings.books(subject, what, due[i] ?? NOTHING, seen[i] ?? NOTHING);
      }
    }
    this.#closeFlows([...flows, ...this.#flows]);
    this.#flows = [];
  }

  #closeFlows(flows: readonly { locker: string; purse: Purse; amount: bigint }[]): void {
    const sums = new Map<string, bigint>();
    for (const { locker, purse, amount } of flows) {
      if (amount === 0n) continue;
      const number = 'account' in purse ? purse.account : this.#numberOf(purse.owner);
      const account =
        number === undefined ? `the account of ${'owner' in purse ? purse.owner : ''}` : `account ${number}`;
      const key = `${account}: what went there from the lock of ${locker}`;
      sums.set(key, (sums.get(key) ?? 0n) + amount);
    }
    for (const [key, sum] of sums) {
      const [subject = '', what = ''] = key.split(': ');
      this.#findings.books(subject, `${what}, beyond what the rules give`, 0n, sum);
    }
  }

  #side(subject: string, what: string): { due: string[]; seen: string[] } {
    const key = `${subject} ${what}`;
    const side = this.#sides.get(key) ?? { subject, what, due: [], seen: [] };
    this.#sides.set(key, side);
    return side;
  }
}
