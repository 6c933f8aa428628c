import { expect } from 'chai';

import { RunningCheck } from '../../../../node/transfer/read/running-check.ts';

interface Asked {
  from: number;
  to: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** A check whose parts end when the test says so. */
function slowCheck(): { check: RunningCheck; asked: Asked[]; failures: unknown[] } {
  const asked: Asked[] = [];
  const failures: unknown[] = [];
  const check = new RunningCheck(
    async (from, to) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      asked.push({ from, to, resolve, reject });
      await promise;
    },
    (error) => failures.push(error),
  );
  return { check, asked, failures };
}

const parts = (asked: readonly Asked[]): string[] => asked.map(({ from, to }) => `${from}-${to}`);
const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('RunningCheck', () => {
  it('checks what came at once, and all that came meanwhile together', async () => {
    const { check, asked } = slowCheck();
    check.reach(10);
    check.reach(20);
    check.reach(25);
    expect(parts(asked)).to.deep.equal(['0-10']);
    asked[0]?.resolve();
    await turn();
    expect(parts(asked)).to.deep.equal(['0-10', '10-25']);
    asked[1]?.resolve();
    await turn();
    check.reach(30);
    expect(parts(asked)).to.deep.equal(['0-10', '10-25', '25-30']);
  });

  it('is finished when all is checked, and not before', async () => {
    const { check, asked } = slowCheck();
    check.reach(10);
    check.reach(20);
    let isFinished = false;
    const finished = check.finish().then(() => (isFinished = true));
    asked[0]?.resolve();
    await turn();
    expect(isFinished).to.equal(false);
    asked[1]?.resolve();
    await finished;
    expect(parts(asked)).to.deep.equal(['0-10', '10-20']);
  });

  it('is finished at once when nothing came, or nothing new', async () => {
    const { check, asked } = slowCheck();
    await check.finish();
    check.reach(0);
    await check.finish();
    check.reach(5);
    asked[0]?.resolve();
    await check.finish();
    check.reach(5);
    await check.finish();
    check.reach(6);
    expect(parts(asked)).to.deep.equal(['0-5', '5-6']);
  });

  it('throws what the check threw, for whoever comes next, and checks no more', async () => {
    const { check, asked, failures } = slowCheck();
    check.reach(10);
    check.reach(20);
    expect(failures).to.deep.equal([]);
    asked[0]?.reject(new Error('a wrong byte'));
    await turn();
    expect(failures.map(String)).to.deep.equal(['Error: a wrong byte']);
    expect(() => check.reach(30)).to.throw('a wrong byte');
    expect(await check.finish().catch(String)).to.equal('Error: a wrong byte');
    expect(parts(asked)).to.deep.equal(['0-10']);
  });
});
