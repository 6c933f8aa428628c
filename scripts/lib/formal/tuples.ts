import { type AstNode, characterPositions, isNode, parseSolidity, rangeOf, walk } from './solidity-ast.ts';

/**
 * In the functions `names`, `(s.a, s.b) = (x, y);` becomes one assignment after the other. Where both members are reached through a
 * mapping, the checker of solc 0.8.37 forgets the first of them and proves that it stayed as it was, which is wrong.
 */
export function withoutTuples(file: string, text: string, names: readonly string[]): string {
  const positions = characterPositions(text);
  const functions = [...walk(parseSolidity(file, text))].filter(
    ({ nodeType, name }) => nodeType === 'FunctionDefinition' && names.includes(String(name)),
  );
  const changes = functions
    .flatMap((node) => [...walk(node)])
    .map((node) => ({ ...rangeOf(node, positions), split: splitStatement(node, text, positions) }))
    .toSorted((a, b) => b.start - a.start);
  let result = text;
  for (const { start, end, split } of changes) {
    // The range of a statement ends before its semicolon.
    if (split !== undefined) result = `${result.slice(0, start)}${split}${result.slice(end + 1)}`;
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
    const { start, end } = rangeOf(isNode(component) ? component : node, positions);
    return text.slice(start, end);
  };
  const targets = (left.components as unknown[]).map(words);
  const values = (right.components as unknown[]).map(words);
  // In a tuple all values are read before anything is assigned.
  const entangled = targets.some((target) => values.some((value) => mayRead(value, target)));
  if (entangled) throw new Error(`values depend on targets: ${words(node)}`);
  return `{ ${targets.map((target, i) => `${target} = ${values[i] ?? ''};`).join(' ')} }`;
}

/** Whether `value` reads the member, of whatever instance, or the variable that `target` assigns to. */
function mayRead(value: string, target: string): boolean {
  const member = /\.(\w+)$/.exec(target)?.[1];
  const variable = /^\w+/.exec(target)?.[0] ?? target;
  return new RegExp(member === undefined ? String.raw`\b${variable}\b` : String.raw`[.]${member}\b`).test(value);
}
