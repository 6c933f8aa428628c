/** Mutations inside assembly blocks. */
import { type AstNode, childOf, childrenOf, textField } from './ast.ts';
import { type Edit, replaceNode, type SourceText } from './edit.ts';

const BUILTINS: Record<string, readonly string[]> = {
  add: ['sub'],
  sub: ['add'],
  mul: ['div'],
  div: ['mul'],
  mod: ['div'],
  lt: ['gt', 'eq'],
  gt: ['lt', 'eq'],
  eq: ['lt', 'gt'],
  and: ['or'],
  or: ['and'],
  xor: ['and'],
  shl: ['shr'],
  shr: ['shl'],
};

/** Builtins of one argument that can be left out. */
const WRAPPERS = new Set(['iszero', 'not']);

function call(node: AstNode, text: SourceText): Edit[] {
  const callee = childOf(node, 'functionName');
  if (callee === undefined) return [];
  const name = textField(callee, 'name');
  const [argument] = childrenOf(node, 'arguments');
  if (WRAPPERS.has(name) && argument !== undefined) return [replaceNode(node, text.of(argument), `${name} dropped`)];
  return (BUILTINS[name] ?? []).map((other) => replaceNode(callee, other, `${name} to ${other}`));
}

function literal(node: AstNode): Edit[] {
  if (textField(node, 'kind') !== 'number') return [];
  const value = BigInt(textField(node, 'value'));
  const edits = [replaceNode(node, String(value + 1n), 'constant + 1')];
  if (value > 0n) edits.push(replaceNode(node, String(value - 1n), 'constant - 1'));
  if (value > 1n) edits.push(replaceNode(node, '0', 'constant to 0'));
  return edits;
}

function branch(node: AstNode, text: SourceText): Edit[] {
  const condition = childOf(node, 'condition');
  return condition === undefined
    ? []
    : [
        replaceNode(condition, `iszero(${text.of(condition)})`, 'condition negated'),
        replaceNode(condition, '1', 'condition always true'),
        replaceNode(condition, '0', 'condition always false'),
      ];
}

const deleted = (node: AstNode): Edit[] => [replaceNode(node, '{}', 'statement deleted')];

/** By type of node. */
export const YUL_OPERATORS: Record<string, (node: AstNode, text: SourceText) => Edit[]> = {
  YulFunctionCall: call,
  YulLiteral: literal,
  YulIf: branch,
  YulExpressionStatement: deleted,
  YulAssignment: deleted,
};
