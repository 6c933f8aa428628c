import { PassThrough } from 'node:stream';
import { expect } from 'chai';

import type { JsonRecord } from '../../../node/cli/output.ts';
import { ProgressView, type ProgressViewInit } from '../../../node/cli/progress-view.ts';
import { RateMeter } from '../../../node/cli/rate-meter.ts';

const MIB = 1_048_576;

describe('progress', () => {
  it('measures rate and time left over the last seconds', () => {
    const meter = new RateMeter();
    meter.add(0, 0);
    expect(meter.bytesPerSecond()).to.equal(undefined);
    for (let s = 1; s <= 20; s++) meter.add(s <= 10 ? s * MIB : (10 + (s - 10) * 5) * MIB, s * 1_000);
    expect(meter.bytesPerSecond()).to.equal(5 * MIB);
    expect(meter.secondsLeft(110 * MIB)).to.equal(10);
    expect(meter.secondsLeft(0)).to.equal(0);
  });

  it('keeps few samples however often it is told', () => {
    const meter = new RateMeter();
    for (let i = 0; i <= 100_000; i++) meter.add(i, i / 10);
    expect(meter.bytesPerSecond()).to.be.closeTo(10_000, 200);
  });

  function view(mode: ProgressViewInit['mode']): {
    show: ProgressView;
    text: () => string;
    records: JsonRecord[];
    clock: { ms: number };
  } {
    const stream = Object.assign(new PassThrough(), { isTTY: mode === 'bar', columns: 120 });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const records: JsonRecord[] = [];
    const clock = { ms: 0 };
    const show = new ProgressView({ stream, mode, record: (record) => records.push(record), nowMs: () => clock.ms });
    return { show, text: () => Buffer.concat(chunks).toString(), records, clock };
  }

  it('writes a line now and then where there is no terminal, and one at the end', () => {
    const { show, text, clock } = view('lines');
    for (let s = 0; s <= 12; s++) {
      clock.ms = s * 1_000;
      show.listener({ phase: 'upload', doneBytes: s * MIB, totalBytes: 12 * MIB });
    }
    expect(text().trim().split('\n')).to.deep.equal([
      'uploading 0% of 12 MiB',
      'uploading 41% of 12 MiB, 1 MiB/s, 7 s left',
      'uploading 83% of 12 MiB, 1 MiB/s, 2 s left',
      'uploading 100% of 12 MiB, 1 MiB/s, 0 s left',
    ]);
  });

  it('gives programs objects, at most one a second', () => {
    const { show, records, clock } = view('json');
    for (let i = 0; i < 30; i++) {
      clock.ms = i * 100;
      show.listener({ phase: 'download', doneBytes: i });
    }
    show.listener({ phase: 'download', note: 'provider 3 hung up' });
    expect(records.filter(({ type }) => type === 'progress')).to.have.lengthOf(3);
    expect(records[0]).to.deep.equal({ type: 'phase', phase: 'download' });
    expect(records.at(-1)).to.include({ type: 'note', message: 'provider 3 hung up' });
  });

  it('draws no bar for an unknown total, and takes the bar away at the end', () => {
    const { show, text } = view('bar');
    show.listener({ phase: 'upload', doneBytes: MIB });
    show.clear();
    expect(text()).to.contain('uploading 1 MiB').and.not.to.contain('█');
    show.listener({ phase: 'download', doneBytes: MIB, totalBytes: 2 * MIB });
    show.clear();
    expect(text()).to.contain('50% of 2 MiB');
  });

  it('is silent when told', () => {
    const { show, text } = view('none');
    show.listener({ phase: 'upload', doneBytes: 1, totalBytes: 1, note: 'x' });
    expect(text()).to.equal('');
  });
});
