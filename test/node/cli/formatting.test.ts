import { InvalidArgumentError } from 'commander';
import { expect } from 'chai';

import { formatAmount, formatSeconds, formatTable } from '../../../node/cli/format.ts';
import { parseAddress, parseCode, parseCount, parseExpiry, parseSize } from '../../../node/cli/parse-options.ts';

describe('command line values', () => {
  it('reads sizes', () => {
    const sizes = {
      '0': 0,
      '4096': 4_096,
      '64MiB': 67_108_864,
      '64 mib': 67_108_864,
      '1k': 1_024,
      '1kB': 1_000,
      '1.5g': 1_610_612_736,
      '2T': 2 ** 41,
      '10b': 10,
    };
    for (const [text, bytes] of Object.entries(sizes)) expect(parseSize(text), text).to.equal(bytes);
    for (const bad of ['', '-1', 'MiB', '1 parsec', '1e9', '99999999t', '0x10'])
      expect(() => parseSize(bad), bad).to.throw(InvalidArgumentError);
  });

  it('reads addresses and times to come', () => {
    const address = '0x8ba1f109551bD432803012645Ac136ddd64DBA72';
    expect(parseAddress(address.toLowerCase())).to.equal(address);
    for (const bad of ['0x8ba1f109551bD432803012645Ac136ddd64DBa72', address.slice(0, -1), 'wallet'])
      expect(() => parseAddress(bad), bad).to.throw(InvalidArgumentError);
    expect(parseExpiry('90s')).to.deep.equal({ seconds: 90 });
    expect(parseExpiry('12h')).to.deep.equal({ seconds: 43_200 });
    expect(parseExpiry('30d')).to.deep.equal({ seconds: 2_592_000 });
    expect(parseExpiry('2030-01-31')).to.deep.equal({ at: 1_896_048_000 });
    expect(parseExpiry('2030-01-31T12:00:00Z')).to.deep.equal({ at: 1_896_091_200 });
    for (const bad of ['', '0d', '-1h', '12', '1.5h', '12 weeks', '2030-13-01', 'tomorrow', '1893456000'])
      expect(() => parseExpiry(bad), bad).to.throw(InvalidArgumentError);
  });

  it('reads codes and counts', () => {
    expect(parseCode('4/6')).to.deep.equal({ k: 4, n: 6 });
    expect(parseCode('1/255')).to.deep.equal({ k: 1, n: 255 });
    for (const bad of ['6/4', '0/3', '4/256', '4', 'a/b', '4/6/8'])
      expect(() => parseCode(bad), bad).to.throw(InvalidArgumentError);
    expect(parseCount('90')).to.equal(90);
    for (const bad of ['0', '-1', '1.5', '']) expect(() => parseCount(bad), bad).to.throw(InvalidArgumentError);
  });

  it('writes times, amounts and tables', () => {
    expect([0.4, 59.6, 3_599, 7_260].map(formatSeconds)).to.deep.equal([
      '0 s',
      '1 min 0 s',
      '59 min 59 s',
      '2 h 1 min',
    ]);
    expect(formatAmount(126_068_115_234_375n)).to.equal('0.000126068 tokens');
    expect(formatAmount(0n)).to.equal('0 tokens');
    expect(formatAmount(1_000_000n * 10n ** 18n)).to.equal('1000000 tokens');
    expect(formatAmount(999_999_999_999n)).to.equal('0.000001 tokens');
    expect(
      formatTable(
        ['A', 'B'],
        [
          ['long cell', 'x'],
          ['ü', 'y'],
        ],
      ),
    ).to.equal('A          B\nlong cell  x\nü          y');
  });
});
