/** Finds every condition in a Solidity source: each operand that decides where execution goes, or whether it goes on. */
import solc from 'solc';

/** Where a condition stands. Offsets count bytes, as the compiler's do: comments hold more than ASCII. */
export interface Condition {
  start: number;
  end: number;
}

export interface Conditions {
  /** In Solidity; may be nested in each other. */
  solidity: Condition[];
  /** `if` in assembly, where nothing of ours can be called. */
  assembly: Condition[];
}

interface Node {
  nodeType: string;
  src: string;
  [child: string]: unknown;
}

interface ParserOutput {
  errors?: { severity: string; formattedMessage: string }[];
  sources?: Record<string, { ast: Node }>;
}

/** By the paths that `sources` has. */
export function findConditions(sources: Readonly<Record<string, string>>): Record<string, Conditions> {
  const { errors = [], sources: parsed = {} } = parse(sources);
  if (errors.some(({ severity }) => severity === 'error'))
    throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'));
  return Object.fromEntries(
    Object.entries(parsed).map(([file, { ast }]) => {
      const nodes = [...descendants(ast)];
      const solidity = nodes.flatMap((node) => decidedBy(node).flatMap(operands));
      const assembly = nodes.filter(({ nodeType }) => nodeType === 'YulIf');
      return [file, { solidity: placesOf(solidity), assembly: placesOf(assembly) }];
    }),
  );
}

function parse(sources: Readonly<Record<string, string>>): ParserOutput {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(Object.entries(sources).map(([file, content]) => [file, { content }])),
    settings: { stopAfter: 'parsing', outputSelection: { '*': { '': ['ast'] } } },
  };
  return JSON.parse(solc.compile(JSON.stringify(input))) as ParserOutput;
}

function* descendants(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return;
  if (isNode(value)) yield value;
  for (const child of Object.values(value)) yield* descendants(child);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'nodeType' in value;
}

/** The expressions whose truth `node` asks for. */
function decidedBy(node: Node): Node[] {
  const asked = ((): unknown[] => {
    switch (node.nodeType) {
      case 'IfStatement':
      case 'Conditional':
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'ForStatement':
        return [node['condition']];
      case 'FunctionCall':
        return isRequire(node) ? (node['arguments'] as unknown[]).slice(0, 1) : [];
      case 'BinaryOperation':
        // Wherever it stands: its second operand only runs when the first one lets it.
        return isLogical(node) ? [node['leftExpression'], node['rightExpression']] : [];
      default:
        return [];
    }
  })();
  return asked.filter(isNode);
}

function isRequire(call: Node): boolean {
  const called = call['expression'];
  return isNode(called) && called.nodeType === 'Identifier' && called['name'] === 'require';
}

function isLogical(node: Node): boolean {
  return node.nodeType === 'BinaryOperation' && (node['operator'] === '&&' || node['operator'] === '||');
}

/** Below brackets and negations. What joins others with && or || is found through those. */
function operands(expression: Node): Node[] {
  const inner = [expression['subExpression'], ...((expression['components'] as unknown[] | undefined) ?? [])];
  if (expression.nodeType === 'TupleExpression' || expression['operator'] === '!')
    return inner.filter(isNode).flatMap(operands);
  return isLogical(expression) ? [] : [expression];
}

function placesOf(nodes: readonly Node[]): Condition[] {
  const places = new Map(nodes.map(({ src }) => [src, placeOf(src)]));
  return [...places.values()].toSorted((a, b) => a.start - b.start || b.end - a.end);
}

/** @param src `start:length:source`, as the compiler writes it */
function placeOf(src: string): Condition {
  const [start = 0, length = 0] = src.split(':').map(Number);
  return { start, end: start + length };
}
