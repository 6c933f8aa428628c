import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import { COMMANDS } from '../../../node/cli/command-table.ts';
import { ROOT } from '../../../scripts/lib/paths.ts';
import { run } from './support/run.ts';

/** Where people are told what to type. */
const TEXTS = ['node/**/*.ts', 'scripts/devnet/*.ts', 'docs/*.md', '*.md'];
/** A command in backticks, after `npx`, or on a line of its own: `stowmarket wallet deposit`. */
const MENTION = /(?:`|npx |^ *)stowmarket (?:--?[a-z-]+ )*([a-z]+)(?: ([a-z]+))?/gm;

describe('commands that texts name', function () {
  this.timeout(60_000);

  it('exist', async () => {
    const subcommands = new Map<string, ReadonlySet<string>>();
    for (const { name } of COMMANDS) subcommands.set(name, await subcommandsOf(name));
    const unknown: string[] = [];
    let mentions = 0;
    for (const file of globSync(TEXTS, { cwd: ROOT })) {
      for (const [mention, name = '', sub] of readFileSync(join(ROOT, file), 'utf8').matchAll(MENTION)) {
        mentions += 1;
        const known = subcommands.get(name);
        const fits = known !== undefined && (known.size === 0 || sub === undefined || known.has(sub));
        if (!fits) unknown.push(`${file}: ${mention.trim()}`);
      }
    }
    expect(unknown).to.deep.equal([]);
    expect(mentions).to.be.greaterThan(100);
  });
});

/** What `--help` lists below a command; empty for one without subcommands. */
async function subcommandsOf(name: string): Promise<Set<string>> {
  const { stdout } = await run([name, '--help'], { env: {} });
  const listed = /^Commands:\n((?: .*\n?)+)/m.exec(stdout)?.[1] ?? '';
  return new Set([...listed.matchAll(/^ {2}([a-z]+)/gm)].map(([, sub = '']) => sub));
}
