import { type AstNode, characterPositions, isNode, parseSolidity, type Range, rangeOf, walk } from './solidity-ast.ts';

/**
 * `(s.a, s.b) = (x, y);` becomes one assignment after the other. Where both members are reached through a mapping, the checker
 * of solc 0.8.37 forgets the first of them and proves that it stayed as it was, which is wrong.
 */
export function withoutTuples(file: string, text: string): string {
  const positions = characterPositions(text);
  let result = text;
  for (const statement of [...walk(parseSolidity(file, text))].toReversed()) {
    const split = splitStatement(statement, text, positions);
    if (split === undefined) continue;
    const { start, end } = rangeOf(statement, positions);
    // The range of a statement ends before its semicolon.
    result = `${result.slice(0, start)}${split}${result.slice(end + 1)}`;
  }
  return result;
}

function splitStatement(node: AstNode, text: string, positions: Uint32Array): string | undefined {
  const assignment = node.expression;
  if (node.nodeType !== 'ExpressionStatement' || !isNode(assignment)) return undefined;
  const { leftHandSide: left, rightHandSide: right } = assignment;
  if (!isNode(left) || !isNode(right)) return undefined;
  if (left.nodeType !== 'TupleExpression' || right.nodeType !== 'TupleExpression') return undefined;
  const words = (component: unknown): string => {
    if (!isNode(component)) throw new Error(`a gap in ${wordsIn(text, rangeOf(node, positions))}`);
    return wordsIn(text, rangeOf(component, positions));
  };
  const targets = (left.components as unknown[]).map(words);
  const values = (right.components as unknown[]).map(words);
  // In a tuple all values are read before anything is assigned.
  const readsTarget = values.some((value) => targets.some((target) => mentions(value, target)));
  if (readsTarget) throw new Error(`values depend on targets: ${wordsIn(text, rangeOf(node, positions))}`);
  return `{ ${targets.map((target, i) => `${target} = ${values[i] ?? ''};`).join(' ')} }`;
}

function mentions(expression: string, target: string): boolean {
  const escaped = target.replaceAll(/[.[\]()]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\w.])${escaped}(?!\w)`).test(expression);
}

function wordsIn(text: string, { start, end }: Range): string {
  return text.slice(start, end);
}
