import { type EventOf, type ReplayContext, unheardOf } from './context.ts';

type SessionEvent = Extract<EventOf<'escrow'>, { name: `Session${string}` }>;

export interface Session {
  owner: `0x${string}`;
  key: `0x${string}`;
  /** Token wei left. */
  budget: bigint;
  /** Unix seconds. */
  expiry: number;
}

/** What session keys may still spend. */
export class Sessions {
  readonly #context: ReplayContext;
  readonly #sessions = new Map<string, Session>();
  /** What was spent and must be locked next. */
  #pending: string | undefined;

  constructor(context: ReplayContext) {
    this.#context = context;
  }

  /** Every session there ever was; revoked ones are empty. */
  all(): Session[] {
    return [...this.#sessions.values()];
  }

  apply(event: SessionEvent): void {
    const { findings } = this.#context;
    const { owner, key } = event.args;
    const subject = sessionName(owner, key);
    const before = this.#sessions.get(subject);
    findings.touch(subject);
    switch (event.name) {
      case 'SessionAuthorized': {
        const { budget, expiry } = event.args;
        this.#sessions.set(subject, { owner, key, budget, expiry });
        return undefined;
      }
      case 'SessionRevoked':
        findings.event(subject, 'whether there was one to revoke', true, (before?.expiry ?? 0) !== 0);
        this.#sessions.set(subject, { owner, key, budget: 0n, expiry: 0 });
        return undefined;
      case 'SessionSpent': {
        const { amount, left } = event.args;
        findings.event(subject, 'what is left of its budget', (before?.budget ?? 0n) - amount, left);
        this.#sessions.set(subject, { owner, key, budget: left, expiry: before?.expiry ?? 0 });
        this.#mustLock(subject, owner, amount);
        return undefined;
      }
      default:
        return unheardOf(event);
    }
  }

  /** What is locked next out of the owner's account is what the key spent. */
  #mustLock(subject: string, owner: string, amount: bigint): void {
    this.#context.transaction.due(subject, 'what was locked for it', `${amount} of ${owner.toLowerCase()}`);
    this.#pending = subject;
  }

  /** The Escrow locked so much out of the account of `owner`. */
  onLocked(owner: string | undefined, amount: bigint): void {
    if (this.#pending === undefined) return;
    this.#context.transaction.seen(
      this.#pending,
      'what was locked for it',
      `${amount} of ${(owner ?? 'nobody').toLowerCase()}`,
    );
    this.#pending = undefined;
  }
}

export function sessionName(owner: string, key: string): string {
  return `session of key ${key} for ${owner}`;
}
