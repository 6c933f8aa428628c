import { expect } from 'chai';

import { parseRange, spanOf } from '../../../node/cli/byte-range.ts';

describe('byte ranges', () => {
  const ranges = [
    ['0-0', 10, { from: 0, to: 1 }],
    ['0-499', 10, { from: 0, to: 10 }],
    ['3-5', 10, { from: 3, to: 6 }],
    ['9-', 10, { from: 9, to: 10 }],
    ['0-', 10, { from: 0, to: 10 }],
    ['-3', 10, { from: 7, to: 10 }],
    ['-30', 10, { from: 0, to: 10 }],
    [`0-${Number.MAX_SAFE_INTEGER}`, 10, { from: 0, to: 10 }],
  ] as const;
  for (const [text, bytes, span] of ranges) {
    it(`reads ${text} of ${bytes} bytes`, () => {
      expect(spanOf(parseRange(text), bytes)).to.deep.equal(span);
    });
  }

  for (const text of [
    '',
    '-',
    '-0',
    '5',
    '5-3',
    'a-b',
    '1-2-3',
    ' 1-2',
    '1e3-',
    '99999999999999999999-',
    '0-99999999999999999999',
  ]) {
    it(`takes no ${JSON.stringify(text)}`, () => {
      expect(() => parseRange(text)).to.throw('Not a range of bytes');
    });
  }

  for (const [text, bytes] of [
    ['10-', 10],
    ['10-20', 10],
    ['-5', 0],
    ['0-', 0],
  ] as const) {
    it(`finds nothing of ${bytes} bytes in ${text}`, () => {
      expect(() => spanOf(parseRange(text), bytes)).to.throw('none of them in this range');
    });
  }
});
