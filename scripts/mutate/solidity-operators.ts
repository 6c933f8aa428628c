/** Mutations of Solidity expressions: from one node to the edits that it suggests. */
import { type AstNode, childOf, childrenOf, rangeOf, textField, typeOf } from './ast.ts';
import { type Edit, replaceNode, type SourceText, swapNodes } from './edit.ts';

type Operator = (node: AstNode, text: SourceText) => Edit[];

const BINARY: Record<string, readonly string[]> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '==': ['!='],
  '!=': ['=='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '<<': ['>>'],
  '>>': ['<<'],
  '&': ['|'],
  '|': ['&'],
  '^': ['&'],
  '&&': ['||'],
  '||': ['&&'],
};

const ASSIGNING: Record<string, string> = { '+=': '-=', '-=': '+=', '*=': '/=', '/=': '*=', '|=': '&=', '&=': '|=' };

/** Functions that another of the same shape can be mistaken for. */
const LOOKALIKES: Record<string, string> = { min: 'max', max: 'min', saturatingSub: 'saturatingAdd' };

/** Replaces the operator that stands somewhere between two nodes. */
function replaceBetween(text: SourceText, left: AstNode, right: AstNode, from: string, to: string): Edit[] {
  const start = rangeOf(left).end;
  const between = text.slice({ start, end: rangeOf(right).start });
  const at = between.indexOf(from);
  if (at < 0) return [];
  const position = start + Buffer.byteLength(between.slice(0, at));
  return [{ start: position, end: position + from.length, replacement: to, operator: `${from} to ${to}` }];
}

const binary: Operator = (node, text) => {
  const [left, right] = [childOf(node, 'leftExpression'), childOf(node, 'rightExpression')];
  if (left === undefined || right === undefined) return [];
  const operator = textField(node, 'operator');
  const edits = (BINARY[operator] ?? []).flatMap((other) => replaceBetween(text, left, right, operator, other));
  if (operator !== '&&' && operator !== '||') return edits;
  return [
    ...edits,
    replaceNode(node, text.of(left), 'right operand dropped'),
    replaceNode(node, text.of(right), 'left operand dropped'),
  ];
};

const assignment: Operator = (node, text) => {
  const [left, right] = [childOf(node, 'leftHandSide'), childOf(node, 'rightHandSide')];
  const operator = textField(node, 'operator');
  const other = ASSIGNING[operator];
  if (left === undefined || right === undefined || other === undefined) return [];
  return [...replaceBetween(text, left, right, operator, other), ...replaceBetween(text, left, right, operator, '=')];
};

const unary: Operator = (node, text) => {
  const operand = childOf(node, 'subExpression');
  if (operand === undefined) return [];
  const [operator, inner] = [textField(node, 'operator'), text.of(operand)];
  if (operator === '!' || operator === '~' || operator === '-')
    return [replaceNode(node, inner, `${operator} dropped`)];
  if (operator !== '++' && operator !== '--') return [];
  const other = operator === '++' ? '--' : '++';
  return [replaceNode(node, node['prefix'] === true ? other + inner : inner + other, `${operator} to ${other}`)];
};

function numberEdits(node: AstNode, text: string): Edit[] {
  if (typeOf(node).startsWith('address')) return [replaceNode(node, 'address(1)', 'constant')];
  const value = textField(node, 'value').replaceAll('_', '');
  const edits = [replaceNode(node, `(${text} + 1)`, 'constant + 1')];
  if (Number(value) !== 0) edits.push(replaceNode(node, `(${text} - 1)`, 'constant - 1'));
  if (Number(value) > 1) edits.push(replaceNode(node, '0', 'constant to 0'));
  return edits;
}

const literal: Operator = (node, text) => {
  const source = text.of(node);
  switch (textField(node, 'kind')) {
    case 'number':
      return numberEdits(node, source);
    case 'bool':
      return [replaceNode(node, source === 'true' ? 'false' : 'true', 'boolean flipped')];
    case 'string':
      return [replaceNode(node, '"mutated"', 'text')];
    default:
      return [];
  }
};

/** Neighbours of one type that stand in the wrong order. */
function swaps(nodes: AstNode[], text: SourceText, operator: string): Edit[] {
  return nodes.slice(1).flatMap((second, i) => {
    const first = nodes[i];
    if (first === undefined || typeOf(first) !== typeOf(second) || text.of(first) === text.of(second)) return [];
    return [swapNodes(text, first, second, operator)];
  });
}

/** Functions that give the same whichever argument comes first. */
const COMMUTATIVE = new Set(['min', 'max', 'saturatingAdd']);

const call: Operator = (node, text) => {
  const callee = childOf(node, 'expression');
  if (callee !== undefined && COMMUTATIVE.has(textField(callee, 'memberName'))) return [];
  const names = node['names'];
  if (Array.isArray(names) && names.length > 0) return [];
  return swaps(childrenOf(node, 'arguments'), text, 'arguments swapped');
};

const memberAccess: Operator = (node, text) => {
  const name = textField(node, 'memberName');
  const other = LOOKALIKES[name];
  const source = text.of(node);
  if (other === undefined || !source.endsWith(name) || !typeOf(node).startsWith('function')) return [];
  return [replaceNode(node, source.slice(0, -name.length) + other, `${name} to ${other}`)];
};

const tuple: Operator = (node, text) =>
  node['lValueRequested'] === true ? [] : swaps(childrenOf(node, 'components'), text, 'values swapped');

const conditional: Operator = (node, text) => {
  const condition = childOf(node, 'condition');
  return condition === undefined
    ? []
    : [
        replaceNode(condition, `!(${text.of(condition)})`, 'condition negated'),
        replaceNode(condition, 'true', 'condition always true'),
        replaceNode(condition, 'false', 'condition always false'),
      ];
};

/** By type of node. */
export const SOLIDITY_OPERATORS: Record<string, Operator> = {
  BinaryOperation: binary,
  Assignment: assignment,
  UnaryOperation: unary,
  Literal: literal,
  FunctionCall: call,
  MemberAccess: memberAccess,
  TupleExpression: tuple,
  Conditional: conditional,
  IfStatement: conditional,
};
