import type { Deployment } from '../../chain/deployment.ts';
import type { Purse } from './transaction.ts';
import { type ArgsOf, type EventOf, type ReplayContext, unheardOf } from './context.ts';
import type { Sessions } from './sessions.ts';

export const BURN_ACCOUNT = 0;
/** Where burned tokens go. Source: `Escrow.sol`. */
const BURN_ADDRESS = '0x000000000000000000000000000000000000dEaD';

/** The market contracts that lock tokens: what the replay calls each, and its name in a deployment. */
export const LOCKERS = [
  ['Agreements', 'agreements'],
  ['Collateral', 'collateral'],
  ['Audits', 'audits'],
  ['OrderBook', 'orderBook'],
  ['RetrievalChannels', 'retrievalChannels'],
  ['Demands', 'demands'],
] as const;

/** Everybody's escrow accounts, and what the market's contracts have locked. Token wei. */
export class Accounts {
  readonly #context: ReplayContext;
  /** By address in lower case. */
  readonly #lockers: ReadonlyMap<string, string>;
  readonly #sessions: Sessions;
  readonly #owners: string[] = [];
  readonly #available: bigint[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #locks = new Map<string, bigint>();
  /** Told of each lock by the contract that took it. */
  onLocked: (locker: string, account: number, amount: bigint) => void = () => undefined;
  /** Told of each release into one account alone. */
  onReleased: (locker: string, account: number, amount: bigint) => void = () => undefined;

  constructor(context: ReplayContext, contracts: Deployment['contracts'], sessions: Sessions) {
    this.#context = context;
    this.#lockers = new Map(LOCKERS.map(([locker, contract]) => [contracts[contract].toLowerCase(), locker]));
    this.#sessions = sessions;
  }

  get count(): number {
    return this.#owners.length;
  }

  ownerOf(account: number): string | undefined {
    return this.#owners[account];
  }

  availableIn(account: number): bigint {
    return this.#available[account] ?? 0n;
  }

  lockedBy(locker: string): bigint {
    return this.#locks.get(locker) ?? 0n;
  }

  /** Everything held. */
  get held(): bigint {
    return [...this.#available, ...this.#locks.values()].reduce((total, value) => total + value, 0n);
  }

  numberOf(owner: string): number | undefined {
    return this.#numbers.get(owner.toLowerCase());
  }

  /** How the ledger calls an account. */
  purseOf(purse: Purse): string {
    if ('owner' in purse) return `account ${purse.owner}`;
    return purse.account === BURN_ACCOUNT
      ? 'burn'
      : `account ${this.#owners[purse.account] ?? `number ${purse.account}`}`;
  }

  apply(event: EventOf<'escrow'>): void {
    switch (event.name) {
      case 'AccountOpened':
        return this.#open(event.args);
      case 'Deposited': {
        const { account, from, amount } = event.args;
        this.#add(account, amount);
        const to = this.purseOf({ account });
        return this.#context.ledger.move({ what: 'deposited', from: `wallet ${from}`, to, amount });
      }
      case 'Withdrawn': {
        const { account, to, amount } = event.args;
        this.#add(account, -amount);
        const from = this.purseOf({ account });
        return this.#context.ledger.move({ what: 'withdrawn', from, to: `wallet ${to}`, amount });
      }
      case 'BurnSwept':
        return this.#sweep(event.args.amount);
      case 'Locked': {
        const { locker, account, amount } = event.args;
        const name = this.#moveLock(locker, account, -amount);
        return this.onLocked(name, account, amount);
      }
      case 'Released': {
        const { locker, account, amount } = event.args;
        const name = this.#moveLock(locker, account, amount);
        return this.onReleased(name, account, amount);
      }
      case 'ReleasedToTwo': {
        const { locker, account, secondAccount, amount, secondAmount } = event.args;
        this.#moveLock(locker, account, amount);
        this.#moveLock(locker, secondAccount, secondAmount);
        return undefined;
      }
      case 'SessionAuthorized':
      case 'SessionRevoked':
      case 'SessionSpent':
        return this.#sessions.apply(event);
      default:
        return unheardOf(event);
    }
  }

  #open({ account, owner }: ArgsOf<'escrow', 'AccountOpened'>): void {
    const { findings } = this.#context;
    const subject = `account ${account}`;
    findings.touch(subject);
    findings.event(subject, 'its number', this.#owners.length, account);
    this.#owners[account] = owner;
    this.#available[account] ??= 0n;
    // The burn account has no owner.
    if (account !== BURN_ACCOUNT) this.#numbers.set(owner.toLowerCase(), account);
  }

  #sweep(amount: bigint): void {
    this.#context.findings.event(
      'account 0',
      'what was burned since the last sweep',
      this.availableIn(BURN_ACCOUNT),
      amount,
    );
    this.#add(BURN_ACCOUNT, -amount);
    this.#context.ledger.move({ what: 'burn swept', from: 'burn', to: `wallet ${BURN_ADDRESS}`, amount });
  }

  /** Out of a lock into an account; less than nothing goes the other way. */
  #moveLock(address: string, account: number, amount: bigint): string {
    const { findings, transaction } = this.#context;
    const known = this.#lockers.get(address.toLowerCase());
    findings.event(`account ${account}`, `whether ${address} may lock and release`, true, known !== undefined);
    const locker = known ?? address;
    const subject = `the lock of ${locker}`;
    findings.touch(subject);
    const left = this.lockedBy(locker) - amount;
    findings.event(subject, 'whether it covers what is released', true, left >= 0n);
    this.#locks.set(locker, left);
    this.#add(account, amount);
    transaction.seenFlow(locker, account, amount);
    return locker;
  }

  #add(account: number, amount: bigint): void {
    const { findings } = this.#context;
    const subject = `account ${account}`;
    findings.touch(subject);
    findings.event(subject, 'whether it was opened before', true, account < this.#owners.length);
    const balance = this.availableIn(account) + amount;
    findings.event(subject, 'whether its balance covers this', true, balance >= 0n);
    this.#available[account] = balance;
  }
}
