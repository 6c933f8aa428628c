import { PassThrough } from 'node:stream';

import { expect } from 'chai';

import { confirm } from '../../../node/cli/confirm.ts';
import { rejection } from '../support/rejection.ts';

/** A terminal at which `typed` is typed, and then the end of input when `ends`. */
function terminal(typed: string, ends = false) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stderr = new PassThrough();
  stdin.write(typed);
  if (ends) stdin.end();
  return { io: { stdin, stdout: new PassThrough(), stderr, env: {} }, shown: () => String(stderr.read()) };
}

describe('asking before tokens are locked', () => {
  it('goes on for a yes only', async () => {
    for (const yes of ['y\n', 'Yes\n']) await confirm(terminal(yes).io, 'Lock 5 tokens?');
    for (const no of ['\n', 'n\n', 'yess\n']) {
      const { code } = await rejection(confirm(terminal(no).io, 'Lock 5 tokens?'));
      expect(code, JSON.stringify(no)).to.equal('declined');
    }
  });

  it('asks on standard error, and takes the end of input for no answer', async () => {
    const { io, shown } = terminal('', true);
    expect((await rejection(confirm(io, 'Lock 5 tokens?'))).code).to.equal('interrupted');
    expect(shown()).to.contain('Lock 5 tokens? [y/N]');
  });

  it('does not guess where there is no terminal', async () => {
    const { io } = terminal('y\n');
    const error = await rejection(confirm({ ...io, stdin: Object.assign(io.stdin, { isTTY: false }) }, 'Lock?'));
    expect([error.code, error.hint]).to.deep.equal([
      'confirmation-missing',
      'run the command again with --yes; nothing was sent',
    ]);
  });
});
