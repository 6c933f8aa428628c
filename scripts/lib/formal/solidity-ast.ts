import solc from 'solc';

/** A node of solc's syntax tree: only what all kinds have in common, and what the slices look at. */
export interface AstNode {
  nodeType: string;
  src: string;
  [member: string]: unknown;
}

/** Where a node stands in its source, in characters; end is exclusive. */
export interface Range {
  start: number;
  end: number;
}

interface ParserOutput {
  errors?: { severity: string; formattedMessage: string }[];
  sources?: Record<string, { ast: AstNode }>;
}

/** The syntax tree of one file. Nothing it imports is read. */
export function parseSolidity(file: string, content: string): AstNode {
  const input = {
    language: 'Solidity',
    sources: { [file]: { content } },
    settings: { stopAfter: 'parsing', outputSelection: { '*': { '': ['ast'] } } },
  };
  const { errors = [], sources = {} } = JSON.parse(solc.compile(JSON.stringify(input))) as ParserOutput;
  const ast = sources[file]?.ast;
  if (ast === undefined) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'));
  return ast;
}

/** @param positions of characters by byte offset, see `characterPositions`: solc counts bytes */
export function rangeOf(node: AstNode, positions: Uint32Array): Range {
  const [start = 0, length = 0] = node.src.split(':').map(Number);
  return { start: positions[start] ?? 0, end: positions[start + length] ?? 0 };
}

/** Which character each byte of `text` in UTF-8 belongs to. */
export function characterPositions(text: string): Uint32Array {
  const positions = new Uint32Array(Buffer.byteLength(text) + 1);
  let byte = 0;
  let character = 0;
  for (const symbol of text) {
    const end = byte + Buffer.byteLength(symbol);
    positions.fill(character, byte, end);
    byte = end;
    character += symbol.length;
  }
  positions[byte] = character;
  return positions;
}

/** All nodes below and with `node`, parents first. */
export function* walk(node: AstNode): Generator<AstNode> {
  yield node;
  for (const child of childrenOf(node)) yield* walk(child);
}

export function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'nodeType' in value && 'src' in value;
}

function childrenOf(node: AstNode): AstNode[] {
  return Object.values(node).flatMap((value: unknown) => {
    if (Array.isArray(value)) return value.filter(isNode);
    return isNode(value) ? [value] : [];
  });
}
