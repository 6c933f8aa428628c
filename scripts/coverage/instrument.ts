/**
 * Makes conditions measurable. Forge counts the true arm of `if (c) return x;` as taken whenever the line runs, knows no
 * arm of an `if` without `else`, and no operand of && and ||. So each condition c is wrapped into a function of its own
 * that has one line for each outcome, and Forge's line counts, which are right, say how often c was what.
 */
import type { Condition } from './conditions.ts';

/** The generated source, and the library in it. */
export const PROBES_FILE = 'contracts/CoverageProbes.sol';
const LIBRARY = 'CoverageProbes';
const HEAD_LINES = 3;
/** Of one function, see `probes`. */
const PROBE_LINES = 6;

/**
 * The source with every condition wrapped. Nothing moves to another line.
 *
 * @param first number of the probe of the first condition
 */
export function wrapConditions(file: string, source: string, conditions: readonly Condition[], first: number): string {
  const bytes = Buffer.from(source);
  const parts: { at: number; text: string }[] = [
    ...conditions.map(({ start }, index) => ({ at: start, text: `${LIBRARY}.probe${first + index}(` })),
    ...conditions.map(({ end }) => ({ at: end, text: ')' })),
  ];
  let wrapped = '';
  let from = 0;
  // Stable, so what begins together stays in order: outer before inner. A condition is never empty, so where one ends and
  // another begins, something stands between them.
  for (const { at, text } of parts.toSorted((a, b) => a.at - b.at)) {
    wrapped += bytes.toString('utf8', from, at) + text;
    from = at;
  }
  wrapped += bytes.toString('utf8', from);
  const up = '../'.repeat(file.split('/').length - PROBES_FILE.split('/').length) || './';
  return wrapped.replace(/^pragma solidity [^;]+;/m, `$& import {${LIBRARY}} from "${up}${LIBRARY}.sol";`);
}

/** The library with `count` probes. */
export function probes(count: number): string {
  const functions = Array.from({ length: count }, (_, index) =>
    [
      `function probe${index}(bool condition) internal pure returns (bool result) {`,
      'if (condition)',
      'result = true;',
      'else',
      'result = false;',
      '}',
    ].join('\n'),
  );
  return [
    '// SPDX-License-Identifier: MIT',
    'pragma solidity ^0.8.28;',
    `library ${LIBRARY} {`,
    ...functions,
    '}',
    '',
  ].join('\n');
}

/** The lines in PROBES_FILE that run when condition `index` is true, and when it is false. */
export function probeLines(index: number): { whenTrue: number; whenFalse: number } {
  const start = HEAD_LINES + index * PROBE_LINES;
  return { whenTrue: start + 3, whenFalse: start + 5 };
}
