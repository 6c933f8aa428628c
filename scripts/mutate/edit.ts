import { type AstNode, type Range, rangeOf } from './ast.ts';

/** A change of one source range. */
export interface Edit extends Range {
  replacement: string;
  /** Which kind of mistake this imitates. */
  operator: string;
}

/** A source as bytes, since solc counts in bytes. */
export class SourceText {
  readonly bytes: Buffer;

  constructor(text: string) {
    this.bytes = Buffer.from(text, 'utf8');
  }

  slice({ start, end }: Range): string {
    return this.bytes.toString('utf8', start, end);
  }

  of(node: AstNode): string {
    return this.slice(rangeOf(node));
  }

  /** Line number, counted from 1. */
  lineAt(offset: number): number {
    let line = 1;
    for (let i = 0; i < offset; ++i) if (this.bytes[i] === 0x0a) ++line;
    return line;
  }

  apply({ start, end, replacement }: Edit): string {
    return `${this.bytes.toString('utf8', 0, start)}${replacement}${this.bytes.toString('utf8', end)}`;
  }
}

export function replaceNode(node: AstNode, replacement: string, operator: string): Edit {
  return { ...rangeOf(node), replacement, operator };
}

/** Exchanges the texts of two nodes, the first standing before the second. */
export function swapNodes(text: SourceText, first: AstNode, second: AstNode, operator: string): Edit {
  const [a, b] = [rangeOf(first), rangeOf(second)];
  const between = text.slice({ start: a.end, end: b.start });
  return { start: a.start, end: b.end, replacement: `${text.of(second)}${between}${text.of(first)}`, operator };
}
