import { expect } from 'chai';
import { syntaxTrees } from '../../../scripts/mutate/compile.ts';
import { SourceText } from '../../../scripts/mutate/edit.ts';
import { type Mutant, mutantsOf } from '../../../scripts/mutate/mutants.ts';
import { trampoline, withTrampolines } from '../../../scripts/mutate/trampoline.ts';

const FILE = 'Sample.sol';

function mutantsIn(source: string): Mutant[] {
  const ast = syntaxTrees([FILE], { file: FILE, text: source }).get(FILE);
  if (ast === undefined) throw new Error('no syntax tree');
  return mutantsOf(FILE, source, ast);
}

function changesOf(body: string): string[] {
  const source = `pragma solidity 0.8.37;
contract Sample {
    uint256 public total;
    event Set(uint256 a, uint256 b);
    error TooSmall(uint256 a);
    /* ä: two bytes */
    ${body}
}`;
  const text = new SourceText(source);
  return mutantsIn(source).map((mutant) => {
    expect(text.apply(mutant)).to.not.equal(source);
    return mutant.mutated;
  });
}

describe('Mutants of a contract', () => {
  it('move a boundary, remove a requirement and turn a condition around', () => {
    const changes = changesOf('function f(uint256 a) external { require(a > 0, TooSmall(a)); total = a; }');
    expect(changes).to.have.members([
      'function f(uint256 a) external { require(a >= 0, TooSmall(a)); total = a; }',
      'function f(uint256 a) external { require(a <= 0, TooSmall(a)); total = a; }',
      'function f(uint256 a) external { require(a > (0 + 1), TooSmall(a)); total = a; }',
      'function f(uint256 a) external { {} total = a; }',
      'function f(uint256 a) external { require(a > 0, TooSmall(a)); {} }',
    ]);
  });

  it('exchange neighbours of one type and remove events', () => {
    const changes = changesOf('function f(uint256 a, uint256 b) external { emit Set(a, b); }');
    expect(changes).to.have.members([
      'function f(uint256 a, uint256 b) external { emit Set(b, a); }',
      'function f(uint256 a, uint256 b) external { {} }',
    ]);
  });

  it('reach into assembly', () => {
    const changes = changesOf(
      'function f() external { assembly ("memory-safe") { sstore(0, add(1, calldatasize())) } }',
    );
    expect(changes).to.include(
      'function f() external { assembly ("memory-safe") { sstore(0, sub(1, calldatasize())) } }',
    );
    expect(changes).to.include('function f() external { assembly ("memory-safe") { {} } }');
  });

  it('leave interfaces alone', () => {
    const source = 'pragma solidity 0.8.37; interface I { function f(uint256[3] memory a) external; }';
    expect(mutantsIn(source)).to.deep.equal([]);
  });
});

describe('Trampolines', () => {
  it('take the place of creation code, byte for byte, the outermost first', () => {
    const inner = 'ab'.repeat(200);
    const outer = `c0${inner}c1`;
    const { code, embedded } = withTrampolines(`00${outer}11${inner}22`, [
      { id: 'a.sol:Outer', code: outer },
      { id: 'a.sol:Inner', code: inner },
    ]);
    expect(code).to.equal(`00${trampoline(0, 202)}11${trampoline(1, 200)}22`);
    expect(embedded).to.deep.equal(['a.sol:Outer', 'a.sol:Inner']);
    expect(code).to.have.length(2 * (1 + 202 + 1 + 200 + 1));
  });
});
