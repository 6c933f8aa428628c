/**
 * Takes declarations out of our contracts, by name, and says the same in words that solc's SMTChecker can reason about.
 * It forgets what it knows of storage and memory as soon as something is written through a pointer, gives up on narrowing
 * casts and shifts of 256-bit numbers, and knows nothing of what other contracts do. test/formal/README.md lists the rules.
 */
import { type AstNode, characterPositions, isNode, parseSolidity, type Range, rangeOf, walk } from './solidity-ast.ts';
import { withoutTuples } from './tuples.ts';

export interface SliceOptions {
  /** Parameters that become state variables of the harness, and are no longer passed. */
  inPlace: readonly string[];
  /** Variables whose `x.f(…)` becomes `x_f(…)`, a function of the harness. */
  stubs: readonly string[];
}

interface Edit extends Range {
  text: string;
}

interface Source {
  text: string;
  positions: Uint32Array;
  options: SliceOptions;
  /** Constants with a literal value, by name. */
  constants: ReadonlyMap<unknown, string>;
}

/** Widths of the casts that have a stand-in in test/formal/StandIns.sol. */
const CASTS = /^uint(24|32|40|64|96|128)$/;
const HEADER_WORDS = /\b(external|public|private|pure|view|virtual|override)\b/g;

/** The declarations `names` of the file, rewritten, in the order of `names`. */
export function slicesOf(file: string, written: string, names: readonly string[], options: SliceOptions): string {
  const text = withoutTuples(file, written, names);
  const nodes = [...walk(parseSolidity(file, text))];
  const source: Source = { text, positions: characterPositions(text), options, constants: literalConstants(nodes) };
  // Reversed: a state variable wins over a local one of the same name further down.
  const declared = new Map(
    nodes
      .filter(({ nodeType }) => /^(Function|Struct|Enum)Definition$|^VariableDeclaration$/.test(nodeType))
      .toReversed()
      .map((node) => [node.name, node]),
  );
  return names
    .map((name) => {
      const node = declared.get(name);
      if (node === undefined) throw new Error(`${file} declares no ${name}`);
      return node.nodeType === 'FunctionDefinition' ? functionText(node, source) : plainText(node, source);
    })
    .join('\n');
}

function literalConstants(nodes: readonly AstNode[]): ReadonlyMap<unknown, string> {
  return new Map(
    nodes.flatMap(({ name, constant, value }) =>
      constant === true && isNode(value) && value.nodeType === 'Literal' ? [[name, String(value.value)] as const] : [],
    ),
  );
}

function plainText(node: AstNode, { text, positions }: Source): string {
  const { start, end } = rangeOf(node, positions);
  const declaration = text.slice(start, end).replace(/\b(private|public)\b/, 'internal');
  return node.nodeType === 'VariableDeclaration' ? `${declaration};` : declaration;
}

function functionText(node: AstNode, source: Source): string {
  const whole = rangeOf(node, source.positions);
  // At the same place, insertions come before what is replaced.
  const edits = [...headerEdits(node, source), ...bodyEdits(node, source)].toSorted(
    (a, b) => a.start - b.start || Number(a.end > a.start) - Number(b.end > b.start),
  );
  let result = '';
  let at = whole.start;
  for (const { start, end, text } of edits) {
    // What lies within something removed goes with it.
    if (start < at) continue;
    result += source.text.slice(at, start) + text;
    at = end;
  }
  return result + source.text.slice(at, whole.end);
}

/** Visibility becomes `internal`; mutability, modifiers and in-place parameters go. */
function headerEdits(node: AstNode, source: Source): Edit[] {
  const parameters = node.parameters as AstNode;
  const body = node.body as AstNode;
  const returns = node.returnParameters as AstNode;
  const afterParameters = rangeOf(parameters, source.positions).end;
  const returnRange = rangeOf(returns, source.positions);
  const hasReturns = (returns.parameters as AstNode[]).length > 0;
  const headerEnd = hasReturns ? returnRange.start : rangeOf(body, source.positions).start;
  let words = source.text.slice(afterParameters, headerEnd);
  for (const modifier of node.modifiers as AstNode[]) {
    const { start, end } = rangeOf(modifier, source.positions);
    words = words.replace(source.text.slice(start, end), '');
  }
  words = words.replace(HEADER_WORDS, '').replace(/\binternal\b/, '');
  const list = parameters.parameters as AstNode[];
  return [
    ...removeFromList(list, ({ name }) => source.options.inPlace.includes(String(name)), source),
    { start: afterParameters, end: headerEnd, text: ` internal ${words.replaceAll(/\s+/g, ' ')}` },
  ];
}

function bodyEdits(node: AstNode, source: Source): Edit[] {
  const edits: Edit[] = [];
  const pointers = new Map<string, string>();
  for (const inner of walk(node.body as AstNode)) {
    if (inner.nodeType === 'EmitStatement') edits.push({ ...statementRange(inner, source), text: '' });
    else if (inner.nodeType === 'VariableDeclarationStatement') edits.push(...pointerEdits(inner, source, pointers));
    else if (inner.nodeType === 'FunctionCall') edits.push(...callEdits(inner, source));
    else if (inner.nodeType === 'BinaryOperation') edits.push(...operatorEdits(inner, source));
    else if (inner.nodeType === 'Identifier') {
      const target = pointers.get(String(inner.name));
      if (target !== undefined) edits.push({ ...rangeOf(inner, source.positions), text: target });
    }
  }
  return edits;
}

/** `X storage p = e;` goes, and `p` becomes `e`: nothing in our code changes what `e` says while `p` is in use. */
function pointerEdits(node: AstNode, source: Source, pointers: Map<string, string>): Edit[] {
  const [declaration] = node.declarations as (AstNode | null)[];
  if (declaration?.storageLocation !== 'storage') return [];
  const value = node.initialValue as AstNode;
  const { start, end } = rangeOf(value, source.positions);
  const name = String(declaration.name);
  if (!source.options.stubs.includes(name)) pointers.set(name, source.text.slice(start, end));
  return [{ ...statementRange(node, source), text: '' }];
}

function callEdits(node: AstNode, source: Source): Edit[] {
  const callee = node.expression as AstNode;
  const list = node.arguments as AstNode[];
  const { start, end } = rangeOf(callee, source.positions);
  const typeName = callee.nodeType === 'ElementaryTypeNameExpression' ? (callee.typeName as AstNode).name : undefined;
  const width = typeof typeName === 'string' ? CASTS.exec(typeName)?.[1] : undefined;
  if (width !== undefined) return [{ start, end, text: `to${width}` }];

  const name = callee.nodeType === 'Identifier' ? callee.name : undefined;
  const [condition, reason] = list;
  if (name === 'require' && condition !== undefined && reason !== undefined) {
    return [{ start: rangeOf(condition, source.positions).end, end: rangeOf(reason, source.positions).end, text: '' }];
  }
  const edits = removeFromList(
    list,
    ({ nodeType, name: passed }) => nodeType === 'Identifier' && source.options.inPlace.includes(String(passed)),
    source,
  );
  const base = callee.expression;
  if (callee.nodeType === 'MemberAccess' && isNode(base) && source.options.stubs.includes(String(base.name))) {
    edits.push({ start, end, text: `${String(base.name)}_${String(callee.memberName)}` });
  }
  return edits;
}

/** Shifts by a known number become products and quotients of powers of two; by anything else, a stand-in. */
function operatorEdits(node: AstNode, source: Source): Edit[] {
  const standIn = { '<<': 'shiftLeft', '>>': 'shiftRight', '|': 'or' }[String(node.operator)];
  if (standIn === undefined) return [];
  const left = rangeOf(node.leftExpression as AstNode, source.positions);
  const amount = node.rightExpression as AstNode;
  const right = rangeOf(amount, source.positions);
  const known = amount.nodeType === 'Literal' ? String(amount.value) : source.constants.get(amount.name);
  if (standIn === 'or' || known === undefined) {
    return [
      { start: left.start, end: left.start, text: `${standIn}(` },
      { start: left.end, end: right.start, text: ', ' },
      { start: right.end, end: right.end, text: ')' },
    ];
  }
  return [
    { start: left.start, end: left.start, text: `${standIn}By(` },
    { start: left.end, end: right.end, text: `, 2 ** ${known})` },
  ];
}

/** Removes members of a parenthesised list, each with one of its commas. */
function removeFromList(list: AstNode[], goes: (node: AstNode) => boolean, source: Source): Edit[] {
  const ranges = list.map((node) => rangeOf(node, source.positions));
  return list.flatMap((node, i) => {
    const own = ranges[i];
    if (own === undefined || !goes(node)) return [];
    const start = i > 0 ? (ranges[i - 1]?.end ?? own.start) : own.start;
    const end = i === 0 && list.length > 1 ? (ranges[1]?.start ?? own.end) : own.end;
    return [{ start, end, text: '' }];
  });
}

/** With its semicolon. */
function statementRange(node: AstNode, { text, positions }: Source): Range {
  const { start, end } = rangeOf(node, positions);
  return { start, end: text.startsWith(';', end) ? end + 1 : end };
}
