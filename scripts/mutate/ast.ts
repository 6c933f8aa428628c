/** Reading solc's syntax tree: only as much of its shape as the mutation operators need. */

/** A node of solc's AST, Solidity or Yul. Which fields it has depends on `nodeType`. */
export interface AstNode {
  nodeType: string;
  /** `start:length:file`, in bytes. */
  src: string;
  [field: string]: unknown;
}

export interface Range {
  start: number;
  end: number;
}

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'nodeType' in value && 'src' in value;
}

export function childOf(node: AstNode, field: string): AstNode | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

export function childrenOf(node: AstNode, field: string): AstNode[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

export function textField(node: AstNode, field: string): string {
  const value = node[field];
  return typeof value === 'string' ? value : '';
}

export function rangeOf(node: AstNode): Range {
  const [start = 0, length = 0] = node.src.split(':').map(Number);
  return { start, end: start + length };
}

/** solc's name of an expression's type, e.g. `uint256`. */
export function typeOf(node: AstNode): string {
  const { typeDescriptions } = node;
  if (typeof typeDescriptions !== 'object' || typeDescriptions === null) return '';
  return 'typeString' in typeDescriptions && typeof typeDescriptions.typeString === 'string'
    ? typeDescriptions.typeString
    : '';
}

/** Every field of `node` that holds nodes, with those nodes, in source order. */
export function fieldsOf(node: AstNode): [field: string, children: AstNode[]][] {
  return Object.entries(node).flatMap(([field, value]): [string, AstNode[]][] => {
    if (isNode(value)) return [[field, [value]]];
    return Array.isArray(value) ? [[field, value.filter(isNode)]] : [];
  });
}
