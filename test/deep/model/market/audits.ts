import { need } from './refusal.ts';
import { type Address, type Undoable, copyRecords } from './types.ts';

export interface AuditParams {
  bond: bigint;
  burnBps: number;
  windowBlocks: number;
  drawCount: number;
  maxOpen: number;
}

export interface AuditInit extends AuditParams {
  chainId: bigint;
  /** Address of the contract, which leaves are bound to. */
  contract: Address;
}

interface Audit {
  agreement: bigint;
  challengerAccount: number;
  openedAt: number;
  deadline: number;
  open: boolean;
}

/** The records of IAudits, by number from 1. */
export class Audits implements Undoable {
  readonly init: AuditInit;
  #audits = new Map<bigint, Audit>();

  constructor(init: AuditInit) {
    this.init = init;
  }

  save(): () => void {
    const audits = copyRecords(this.#audits);
    return () => {
      this.#audits = audits;
    };
  }

  add(audit: Audit): void {
    this.#audits.set(BigInt(this.#audits.size + 1), audit);
  }

  get(number: bigint): Audit | undefined {
    return this.#audits.get(number);
  }

  open(number: bigint): Audit {
    const audit = this.#audits.get(number);
    need(audit?.open === true, 'Audits_NotOpen', number);
    return audit;
  }

  all(): [bigint, Audit][] {
    return [...this.#audits];
  }
}
