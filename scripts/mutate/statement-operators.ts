/** Mutations of whole Solidity statements: deletions, returned defaults, dropped modifiers. */
import { type AstNode, childOf, childrenOf, rangeOf, textField, typeOf } from './ast.ts';
import { type Edit, replaceNode, type SourceText } from './edit.ts';

/** Deletes a statement with its semicolon; an empty block stands wherever a statement may. */
function deletion(node: AstNode, text: SourceText, operator: string): Edit[] {
  const { start, end } = rangeOf(node);
  const rest = /^\s*;/.exec(text.slice({ start: end, end: end + 8 }));
  const closed = text.of(node).endsWith(';');
  // The step of a for statement ends without one: without it most loops would not end at all.
  if (rest === null && !closed) return [];
  return [{ start, end: end + (closed ? 0 : (rest?.[0].length ?? 0)), replacement: '{}', operator }];
}

function expressionStatement(node: AstNode, text: SourceText): Edit[] {
  const expression = childOf(node, 'expression');
  const callee = expression === undefined ? undefined : childOf(expression, 'expression');
  const required = callee !== undefined && textField(callee, 'name') === 'require';
  return deletion(node, text, required ? 'requirement removed' : 'statement deleted');
}

function defaultOf(type: string): string | undefined {
  if (/^u?int\d*\b/.test(type)) return '0';
  if (type === 'bool') return 'false';
  const named = /^(address|bytes\d+)$/.exec(type);
  return named === null ? undefined : `${type}(0)`;
}

function returned(node: AstNode, text: SourceText): Edit[] {
  const expression = childOf(node, 'expression');
  if (expression === undefined) return deletion(node, text, 'return removed');
  const values = expression.nodeType === 'TupleExpression' ? childrenOf(expression, 'components') : [expression];
  return values.flatMap((value) => {
    const replacement = defaultOf(typeOf(value));
    if (replacement === undefined || value.nodeType === 'Literal') return [];
    const edits = [replaceNode(value, replacement, 'default returned')];
    if (replacement === 'false') edits.push(replaceNode(value, 'true', 'true returned'));
    return edits;
  });
}

function modifiers(node: AstNode): Edit[] {
  return childrenOf(node, 'modifiers')
    .filter((modifier) => textField(modifier, 'kind') === 'modifierInvocation')
    .map((modifier) => replaceNode(modifier, '', 'modifier removed'));
}

/** By type of node. */
export const STATEMENT_OPERATORS: Record<string, (node: AstNode, text: SourceText) => Edit[]> = {
  ExpressionStatement: expressionStatement,
  EmitStatement: (node, text) => deletion(node, text, 'event removed'),
  RevertStatement: (node, text) => deletion(node, text, 'revert removed'),
  Return: returned,
  FunctionDefinition: modifiers,
};
