import { AgreementStatus } from '../../chain/records.ts';
import { providerOfAgreement } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import { agreementName } from './agreement.ts';
import type { Agreements } from './agreements.ts';
import { deadlineFor } from './answer-window.ts';
import type { ReplayContext } from './context.ts';
import type { Proofs } from './proofs.ts';

/** What a provider is asked for behind a bond, and must answer within a window. */
export interface ReplayedAsked {
  agreement: AgreementId;
  deadline: number;
  open: boolean;
  /** Token wei. */
  bond: bigint;
}

/** What the market's parameters say of one kind. */
export interface AskedKind {
  locker: 'Audits' | 'Demands';
  /** As movements name it. */
  what: 'audit' | 'demand';
  /** Token wei. */
  bond: bigint;
  windowBlocks: bigint;
}

/** One that begins. `number` is to be the next after `count`. */
interface Begun {
  number: bigint;
  count: number;
  agreement: AgreementId;
  /** Whose bond it is. */
  owner: string;
  deadline: number;
  bond: bigint;
  block: bigint;
}

/** What audits and demands have in common: the bond, the window, and what becomes of the agreement. */
export class Asking {
  readonly #context: ReplayContext;
  readonly #parts: { agreements: Agreements; proofs: Proofs };
  readonly #kind: AskedKind;

  constructor(context: ReplayContext, parts: { agreements: Agreements; proofs: Proofs }, kind: AskedKind) {
    this.#context = context;
    this.#parts = parts;
    this.#kind = kind;
  }

  touch(subject: string, agreement: AgreementId): void {
    this.#context.findings.touch(subject);
    this.#context.findings.touch(agreementName(agreement));
  }

  begin(subject: string, { number, count, agreement: id, owner, deadline, bond, block }: Begun): void {
    const { findings, ledger, transaction } = this.#context;
    const { locker, what, windowBlocks } = this.#kind;
    findings.event(subject, 'its number', count + 1, number);
    findings.event(subject, 'whether its agreement runs', true, this.#runs(id));
    findings.event(subject, 'its bond', this.#kind.bond, bond);
    const due = deadlineFor(this.#context, this.#parts.proofs, id, { block, windowBlocks });
    findings.event(subject, 'its deadline', due, deadline);
    this.#count(id, 1);
    transaction.dueFlow(locker, { owner }, -bond);
    const [from, provider] = [`account ${owner}`, providerOfAgreement(id)];
    ledger.move({ what: `${what} bond`, from, to: subject, agreement: id, provider, amount: bond });
  }

  /** It is over now, whatever became of it. @returns false when there is none to end */
  end<Row extends ReplayedAsked>(subject: string, row: Row | undefined, agreement: AgreementId): row is Row {
    const { findings } = this.#context;
    findings.event(subject, 'whether it is open', true, row?.open === true);
    findings.event(subject, 'its agreement', row?.agreement ?? 0n, agreement);
    if (row === undefined) return false;
    row.open = false;
    return true;
  }

  /** Answered or shown. What becomes of the bond is for the caller. */
  pass(subject: string, { agreement, deadline }: ReplayedAsked, block: bigint): void {
    const { findings } = this.#context;
    findings.event(subject, 'whether the answer came in time', true, block <= BigInt(deadline));
    findings.event(subject, 'whether its agreement runs', true, this.#runs(agreement));
    this.#count(agreement, -1);
  }

  /** Neither answered nor shown: the agreement fails with it. */
  fail(subject: string, row: ReplayedAsked, { block, owner }: { block: bigint; owner: string }): void {
    const { findings, transaction } = this.#context;
    const { agreement: id, deadline } = row;
    findings.event(subject, 'whether it was overdue', true, block > BigInt(deadline));
    findings.event(subject, 'whether its agreement runs', true, this.#runs(id));
    transaction.atEnd(() => {
      const status = this.#parts.agreements.get(id)?.status ?? AgreementStatus.none;
      findings.books(subject, 'the status of its agreement', AgreementStatus.failed, status);
    });
    this.#giveBack(subject, row, owner);
  }

  /** The agreement was over before. */
  void(subject: string, row: ReplayedAsked, owner: string): void {
    this.#context.findings.event(subject, 'whether its agreement runs', false, this.#runs(row.agreement));
    this.#giveBack(subject, row, owner);
  }

  #giveBack(subject: string, { agreement: id, bond }: ReplayedAsked, owner: string): void {
    const { ledger, transaction } = this.#context;
    const { locker, what } = this.#kind;
    transaction.dueFlow(locker, { owner }, bond);
    const [to, provider] = [`account ${owner}`, providerOfAgreement(id)];
    ledger.move({ what: `${what} bond returned`, from: subject, to, agreement: id, provider, amount: bond });
  }

  #count(id: AgreementId, change: 1 | -1): void {
    const agreement = this.#parts.agreements.get(id);
    if (agreement !== undefined) agreement.openAudits += change;
  }

  #runs(id: AgreementId): boolean {
    return this.#parts.agreements.get(id)?.status === AgreementStatus.active;
  }
}

/** Token wei of the bonds of those that are open. */
export function bondsOf(rows: Iterable<ReplayedAsked>): bigint {
  return [...rows].reduce((sum, { open, bond }) => sum + (open ? bond : 0n), 0n);
}
