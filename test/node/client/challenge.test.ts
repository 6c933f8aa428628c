import { expect } from 'chai';

import type { AgreementRow, AuditRow } from '../../../node/chain/market-index.ts';
import { bondsLacking, openEach } from '../../../node/client/challenge.ts';
import { closeOverdue } from '../../../node/client/close-overdue.ts';
import { followUp, type FollowComponents } from '../../../node/client/follow-up.ts';
import { StowError } from '../../../node/core/errors.ts';
import { agreementRow, CLIENT, keyOf } from './support/rows.ts';
import { expectError } from './support/expect-error.ts';

const signal = new AbortController().signal;
const rows = [0, 1, 2].map((index) => agreementRow(keyOf(1), index));

function auditRow(audit: bigint, over: Partial<AuditRow> = {}): AuditRow {
  const agreement = rows[Number(audit) - 1]!.id;
  const fixed = { audit, agreement, challenger: CLIENT, openedAt: 10, deadline: 40, bond: 7n };
  return { ...fixed, status: 'open', endedAtBlock: undefined, ...over };
}

describe('challenging', () => {
  it('says what is missing for the bonds, in the account and in the session', () => {
    const owner = CLIENT;
    expect(bondsLacking(10n, { owner, available: 10n })).to.equal(undefined);
    expect(bondsLacking(10n, { owner, available: 10n, budget: 10n })).to.equal(undefined);
    const short = bondsLacking(11n, { owner, available: 10n });
    expect(short?.code).to.equal('escrow-short');
    expect(short?.message).to.contain('no bond was locked');
    const budget = bondsLacking(10n, { owner, available: 10n, budget: 9n });
    expect(budget?.code).to.equal('session-short');
    expect(budget?.message).to.contain('this key may spend');
  });

  it('opens an audit of each agreement, and goes on after one that is refused', async () => {
    let audits = 4n;
    const open = async ({ id }: AgreementRow): Promise<{ audit: bigint; deadline: number }> => {
      if (id === rows[1]!.id) throw new StowError({ code: 'agreements-too-many-audits', message: 'three are open' });
      audits += 1n;
      return { audit: audits, deadline: 50 };
    };
    const result = await openEach(open, rows, { signal });
    expect(result.opened).to.deep.equal([
      { row: rows[0], audit: 5n, deadline: 50 },
      { row: rows[2], audit: 6n, deadline: 50 },
    ]);
    expect(result.failed).to.deep.equal([{ row: rows[1], reason: 'three are open' }]);
    expect(result.untried).to.deep.equal([]);
  });

  it('tries none after ctrl-C, and tells apart the one whose transaction may still be mined', async () => {
    const stop = new AbortController();
    const open = async (): Promise<never> => {
      stop.abort(new Error('stopped'));
      throw new Error('stopped');
    };
    const result = await openEach(open, rows, { signal: stop.signal });
    const [first, ...others] = rows;
    expect(result).to.deep.equal({ opened: [], failed: [], underway: [first], untried: others });
    const none = await openEach(open, rows, { signal: stop.signal });
    expect([none.underway, none.untried]).to.deep.equal([[], rows]);
  });
});

describe('closing overdue audits', () => {
  const index = { agreements: async () => new Map(rows.map((row) => [row.id, row])) };

  it('closes those whose window or agreement is over, and no others', async () => {
    const closed: bigint[] = [];
    const over = { agreements: async () => new Map(rows.map((row) => [row.id, { ...row, status: 'kept' as const }])) };
    const close = async ({ audit }: AuditRow): Promise<'failed'> => {
      closed.push(audit);
      return 'failed';
    };
    const audits = [auditRow(1n, { deadline: 41 }), auditRow(2n), auditRow(3n, { deadline: 1, status: 'answered' })];
    const result = await closeOverdue({ close, index }, audits, 40n, { signal });
    expect(closed, 'the last block of the window may be the next one').to.deep.equal([2n]);
    expect(result.closed.map(({ row, outcome }) => [row.audit, outcome])).to.deep.equal([[2n, 'failed']]);
    await closeOverdue({ close, index: over }, audits, 0n, { signal });
    expect(closed).to.deep.equal([2n, 1n, 2n]);
  });

  it('takes one that somebody else closed for done, and names what it could not close', async () => {
    const codes = ['audits-not-open', 'gas-funds'];
    const close = async (): Promise<never> => {
      throw new StowError({ code: codes.shift() ?? '', message: 'no gas' });
    };
    const result = await closeOverdue({ close, index }, [auditRow(1n), auditRow(2n)], 99n, { signal });
    expect(result.closed).to.deep.equal([]);
    expect(result.failed.map(({ row, reason }) => [row.audit, reason])).to.deep.equal([[2n, 'no gas']]);
  });
});

describe('following audits', () => {
  /** A chain on which one audit is answered in block 20, another never, and the third one's agreement ends. */
  class World {
    block = 15n;
    failures: StowError[] = [];
    readonly closed: bigint[] = [];
    readonly notes: string[] = [];
    readonly ended = new Map<bigint, AuditRow['status']>();

    components(): FollowComponents<AuditRow> {
      return {
        index: {
          agreements: async () => new Map(rows.map((row) => [row.id, row])),
        },
        rowsOf: async (audits) =>
          new Map(audits.map((audit) => [audit, auditRow(audit, { status: this.ended.get(audit) ?? 'open' })])),
        close: async ({ audit }) => {
          this.closed.push(audit);
          this.ended.set(audit, 'failed');
          return 'failed';
        },
        sync: async () => {
          const failure = this.failures.shift();
          if (failure !== undefined) throw failure;
          this.block += 1n;
          if (this.block === 20n) this.ended.set(1n, 'answered');
          if (this.block === 21n) this.ended.set(3n, 'voided');
          return this.block;
        },
        clock: { sleep: async (_ms, options) => options?.signal?.throwIfAborted() },
      };
    }

    async follow(init: { signal?: AbortSignal } = {}): Promise<AuditRow[]> {
      const onProgress = ({ note }: { note?: string }): void => void this.notes.push(note ?? '');
      return followUp(this.components(), [1n, 2n, 3n], { pollMs: 1, signal, onProgress, ...init });
    }
  }

  it('waits until each is over, closes what nobody answered, and says of each once what became of it', async () => {
    const world = new World();
    const ended = await world.follow();
    expect(ended.map(({ status }) => status)).to.deep.equal(['answered', 'failed', 'voided']);
    expect(world.closed).to.deep.equal([2n]);
    expect(world.block).to.equal(41n);
    expect(world.notes).to.have.lengthOf(3);
    expect(world.notes[0]).to.equal('audit 1 of agreement 1.0: provider 1 answered');
    expect(world.notes.at(-1)).to.contain('provider 2 did not answer; the agreement failed');
  });

  it('looks again when the chain is silent for a while, and gives up for any other reason', async () => {
    const world = new World();
    const silent = new StowError({ code: 'chain-unreachable', message: 'no answer', retryable: true });
    world.failures = [silent, silent];
    expect(await world.follow()).to.have.lengthOf(3);
    expect(world.notes.filter((note) => note.startsWith('no answer'))).to.have.lengthOf(1);
    world.failures = [new StowError({ code: 'chain-wrong', message: 'another chain' })];
    await expectError(world.follow(), 'chain-wrong');
  });

  it('stops at ctrl-C', async () => {
    const stop = new AbortController();
    stop.abort(new StowError({ code: 'interrupted', message: 'stopped' }));
    const world = new World();
    await expectError(world.follow({ signal: stop.signal }), 'interrupted');
  });
});
