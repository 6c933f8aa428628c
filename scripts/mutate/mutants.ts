import { createHash } from 'node:crypto';
import { type AstNode, fieldsOf, textField } from './ast.ts';
import { type Edit, SourceText } from './edit.ts';
import { SOLIDITY_OPERATORS } from './solidity-operators.ts';
import { STATEMENT_OPERATORS } from './statement-operators.ts';
import { YUL_OPERATORS } from './yul-operators.ts';

/** One small mistake in one source. */
export interface Mutant extends Edit {
  /** Stays the same while the source does. */
  id: string;
  file: string;
  /** `Contract.function`, as far as the mistake stands in one. */
  place: string;
  line: number;
  /** The lines that the mistake changes, before and after it, without indentation. */
  original: string;
  mutated: string;
}

/** Declarations say nothing that could be executed, and types and imports only fail to compile. */
const SKIPPED_NODES =
  /^(ImportDirective|PragmaDirective|UsingForDirective|InheritanceSpecifier|OverrideSpecifier|EventDefinition|ErrorDefinition|StructDefinition|ElementaryTypeName|ArrayTypeName|UserDefinedTypeName|Mapping|StructuredDocumentation|ParameterList)$/;

/** Written for Solidity's own reader: the Yul tree inside an assembly block stands in `AST`. */
const OPERATORS = [SOLIDITY_OPERATORS, STATEMENT_OPERATORS, YUL_OPERATORS];

/** A compiled interface has nothing to get wrong. */
function isInterface(node: AstNode): boolean {
  return node.nodeType === 'ContractDefinition' && textField(node, 'contractKind') === 'interface';
}

function collect(node: AstNode, place: string, text: SourceText, found: [Edit, string][]): void {
  if (SKIPPED_NODES.test(node.nodeType) || isInterface(node)) return;
  const named = node.nodeType === 'ContractDefinition' || node.nodeType === 'FunctionDefinition';
  const name = named ? textField(node, 'name') || textField(node, 'kind') : '';
  const here = name === '' ? place : [place, name].filter(Boolean).join('.');
  for (const operators of OPERATORS)
    for (const edit of operators[node.nodeType]?.(node, text) ?? []) found.push([edit, here]);
  for (const [, children] of fieldsOf(node)) for (const child of children) collect(child, here, text, found);
}

const oneLine = (lines: string): string => lines.replaceAll(/\s+/g, ' ').trim();

/** Whole lines around an edit, before and after it. */
function changedLines(text: SourceText, edit: Edit): { original: string; mutated: string } {
  const start = text.bytes.lastIndexOf(0x0a, edit.start) + 1;
  const next = text.bytes.indexOf(0x0a, edit.end);
  const end = next < 0 ? text.bytes.length : next;
  const head = text.slice({ start, end: edit.start });
  const tail = text.slice({ start: edit.end, end });
  return { original: oneLine(text.slice({ start, end })), mutated: oneLine(head + edit.replacement + tail) };
}

/** All mutants of one source, in source order, each once. */
export function mutantsOf(file: string, source: string, ast: AstNode): Mutant[] {
  const text = new SourceText(source);
  const found: [Edit, string][] = [];
  collect(ast, '', text, found);
  const mutants = new Map<string, Mutant>();
  for (const [edit, place] of found) {
    const key = [file, edit.start, edit.end, edit.replacement].join(' ');
    const id = createHash('sha256').update(key).digest('hex').slice(0, 10);
    if (!mutants.has(id))
      mutants.set(id, { ...edit, id, file, place, line: text.lineAt(edit.start), ...changedLines(text, edit) });
  }
  return [...mutants.values()].toSorted((a, b) => a.start - b.start || a.end - b.end);
}
