export interface TestCounts {
  passed: number;
  failed: number;
  /** Tests that were skipped: neither passed nor failed. */
  pending: number;
}

/** Mocha's closing lines: two spaces, then `12 passing (3s)`, `1 pending`, `1 failing`. */
const MOCHA = /^ {2}(\d+) (passing|pending|failing)(?: \(\d+\w+\))?$/gm;
/** Hardhat's closing lines: `5 passing (2 solidity, 3 mocha)`. Its mocha figure counts pending tests as passing. */
const SOLIDITY = /^(\d+) (passing|failing) \((\d+) solidity\b/gm;

/** Reads how many tests ran from what Mocha or `hardhat test` printed. */
export function countTests(output: string): TestCounts {
  const sum = (pattern: RegExp, word: string, group: number): number =>
    [...output.matchAll(pattern)]
      .filter((match) => match[2] === word)
      .reduce((total, match) => total + Number(match[group]), 0);
  return {
    passed: sum(MOCHA, 'passing', 1) + sum(SOLIDITY, 'passing', 3),
    failed: sum(MOCHA, 'failing', 1) + sum(SOLIDITY, 'failing', 3),
    pending: sum(MOCHA, 'pending', 1),
  };
}
