import { expect } from 'chai';

import { UploadIntake } from '../../../node/agreements/upload-intake.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { Ledger } from '../../../node/provider/ledger/ledger.ts';
import { NOW_S, openReservation, requestOf, ROOT } from './samples.ts';

describe('a shard that is on disk already', () => {
  let ledger: Ledger;
  let onDisk: number | undefined;
  let intake: UploadIntake;
  const { id } = openReservation();

  beforeEach(() => {
    ledger = new Ledger(':memory:');
    onDisk = 16;
    intake = new UploadIntake({
      book: ledger.reservations,
      shards: {
        begin: async () => expect.fail('nothing is sent'),
        kept: async () => 0,
        drop: async () => undefined,
        unfinished: async () => [],
        units: async () => onDisk,
      },
      chain: { nowS: () => NOW_S },
      logger: silentLogger,
    });
    ledger.reservations.insert(openReservation());
  });
  afterEach(() => ledger.close());

  it('fills its reservation, once and again on the same question', async () => {
    expect(await intake.adopt(id, ROOT)).to.equal(true);
    expect(ledger.reservations.find(id)).to.include({ state: 'stored', root: ROOT, units: 16 });
    expect(await intake.adopt(id, ROOT)).to.equal(true);
    expect(await intake.adopt(id, `0x${'cc'.repeat(32)}`)).to.equal(false);
  });

  it('fills none that is gone or too small, nor one that is unknown', async () => {
    onDisk = undefined;
    expect(await intake.adopt(id, ROOT)).to.equal(false);
    onDisk = requestOf().units + 1;
    expect(await intake.adopt(id, ROOT)).to.equal(false);
    expect(ledger.reservations.find(id)).to.include({ state: 'reserved' });
    onDisk = 16;
    expect(await intake.adopt('00'.repeat(16), ROOT)).to.equal(false);
  });

  it('is not one that is just being deleted', async () => {
    const deleting = Promise.withResolvers<void>();
    const swept = intake.whileNoneCommits(async () => {
      await deleting.promise;
      onDisk = undefined;
    });
    const adopted = intake.adopt(id, ROOT);
    expect(await intake.whileNoneCommits(async () => expect.fail('it is being looked for'))).to.equal(false);
    deleting.resolve();
    expect(await adopted).to.equal(false);
    await swept;
  });
});
