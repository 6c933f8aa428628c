import { expect } from 'chai';
import { findConditions } from '../../../scripts/coverage/conditions.ts';
import { PROBES_FILE, probeLines, probes, wrapConditions } from '../../../scripts/coverage/instrument.ts';
import { judge } from '../../../scripts/coverage/judge.ts';
import { parseLcov, parseStatements } from '../../../scripts/coverage/reports.ts';

const FILE = 'contracts/agreements/Sample.sol';
const HEAD =
  'pragma solidity 0.8.37;\ncontract Sample {\n// 3 × 4\nfunction f(bool a, bool b, uint256 n) external pure returns (uint256 r) {\n';

/** The statement with its probes, numbered from 7. */
function wrapped(statement: string): string {
  const source = `${HEAD}${statement}\n}}\n`;
  const found = findConditions({ [FILE]: source })[FILE];
  if (found === undefined) throw new Error('no conditions found');
  const lines = wrapConditions(FILE, source, found.solidity, 7).split('\n');
  expect(lines[0]).to.equal('pragma solidity 0.8.37; import {CoverageProbes} from "../CoverageProbes.sol";');
  return (lines[4] ?? '').replaceAll('CoverageProbes.probe', '?');
}

describe('conditions for coverage', () => {
  const cases: Record<string, string> = {
    'if (n > 1) return n;': 'if (?7(n > 1)) return n;',
    'if (a) r = 1; else if (b) r = 2;': 'if (?7(a)) r = 1; else if (?8(b)) r = 2;',
    'require(a && !(b || n == 2), "x");': 'require(?7(a) && !(?8(b) || ?9(n == 2)), "x");',
    'r = (a ? b : a) ? 1 : 2;': 'r = (?7(?8(a) ? b : a)) ? 1 : 2;',
    'for (uint256 i; i < n; ++i) r += i;': 'for (uint256 i; ?7(i < n); ++i) r += i;',
    'for (;;) { while (a) { break; } do { r = 1; } while (b); }':
      'for (;;) { while (?7(a)) { break; } do { r = 1; } while (?8(b)); }',
    'bool both = a && b; bool same = a == b;': 'bool both = ?7(a) && ?8(b); bool same = a == b;',
    'assembly { if a { r := 1 } }': 'assembly { if a { r := 1 } }',
  };
  for (const [statement, expected] of Object.entries(cases)) {
    it(`wraps ${statement}`, () => {
      expect(wrapped(statement)).to.equal(expected);
    });
  }

  it('finds the conditions of assembly', () => {
    const source = `${HEAD}assembly { if a { r := 1 } }\n}}\n`;
    expect(findConditions({ [FILE]: source })[FILE]?.assembly).to.have.length(1);
  });

  it('refuses what does not parse', () => {
    expect(() => findConditions({ [FILE]: 'contract {' })).to.throw('ParserError');
  });
});

describe('coverage verdict', () => {
  /** Of a file with one function, one line that ran, one condition and an `if` in assembly on line 5. */
  function verdict({ line = 1, call = 1, whenTrue = 1, whenFalse = 1, arm = 1 }) {
    const at = probeLines(0);
    const lcov = [
      `SF:${FILE}\nDA:4,${line}\nDA:5,2\nFN:4,Sample.f\nFNDA:${call},Sample.f\nBRDA:5,0,0,${arm}\nend_of_record`,
      `SF:${PROBES_FILE}\nDA:${at.whenTrue},${whenTrue}\nDA:${at.whenFalse},${whenFalse}\nend_of_record`,
    ].join('\n');
    const table = `| ${FILE}     | 100.00% (2/2)    | 50.00% (3/6)   | 100.00% (0/0) | 100.00% (1/1) |`;
    const copy = {
      files: ['contracts/interfaces/ISample.sol', FILE],
      conditions: [{ file: FILE, line: 4, text: 'n > 1' }],
      assembly: [{ file: FILE, line: 5, text: 'if a { r := 1 }' }],
    };
    return judge(copy, parseLcov(lcov), parseStatements(table));
  }

  it('finds nothing where everything ran', () => {
    const { rows, gaps } = verdict({});
    expect(gaps).to.deep.equal([]);
    expect(rows).to.deep.equal([
      {
        file: FILE,
        lines: { covered: 2, total: 2 },
        statements: { covered: 3, total: 6 },
        branches: { covered: 4, total: 4 },
        functions: { covered: 1, total: 1 },
      },
    ]);
  });

  const gaps: [Parameters<typeof verdict>[0], number, string][] = [
    [{ line: 0 }, 4, 'line never ran'],
    [{ call: 0 }, 4, 'Sample.f was never called'],
    [{ whenTrue: 0 }, 4, 'never true: n > 1'],
    [{ whenFalse: 0 }, 4, 'never false: n > 1'],
    [{ arm: 0 }, 5, 'never true: if a { r := 1 }'],
    [{ arm: 2 }, 5, 'never false: if a { r := 1 }'],
  ];
  for (const [counts, line, gap] of gaps) {
    it(`says where: ${gap}`, () => {
      expect(verdict(counts).gaps.map((found) => [found.line, found.gap])).to.deep.equal([[line, gap]]);
    });
  }

  it('puts each outcome on a line of its own', () => {
    const lines = probes(2).split('\n');
    const { whenTrue, whenFalse } = probeLines(1);
    expect(lines[whenTrue - 3]).to.contain('function probe1(');
    expect(lines[whenTrue - 1]).to.equal('result = true;');
    expect(lines[whenFalse - 1]).to.equal('result = false;');
  });
});
