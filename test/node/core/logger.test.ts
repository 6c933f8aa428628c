import { expect } from 'chai';

import { StowError } from '../../../node/core/errors.ts';
import { createLogger } from '../../../node/core/logger.ts';

function capture(): {
  lines: () => Record<string, unknown>[];
  text: () => string;
  destination: { write(s: string): void };
} {
  let text = '';
  return {
    lines: () =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => text,
    destination: {
      write(line: string): void {
        text += line;
      },
    },
  };
}

describe('logger', () => {
  it('writes one JSON object per line with bindings of parents', () => {
    const out = capture();
    const log = createLogger({ destination: out.destination, base: { provider: '0xab' } }).child({ part: 'store' });
    log.info({ units: 3, wei: 12n }, 'stored');
    log.debug({}, 'below the level');
    expect(out.lines()).to.have.length(1);
    expect(out.lines()[0]).to.include({
      level: 'info',
      provider: '0xab',
      part: 'store',
      units: 3,
      wei: '12',
      msg: 'stored',
    });
  });

  it('keeps code and cause of an error', () => {
    const out = capture();
    const err = new StowError({ code: 'store-full', message: 'no room', cause: new Error('ENOSPC') });
    createLogger({ destination: out.destination }).error({ err }, 'put failed');
    expect(out.lines()[0]?.['err']).to.include({ code: 'store-full' });
    expect(out.text()).to.include('ENOSPC');
  });

  it('never writes secrets, at any depth it promises', () => {
    const out = capture();
    const log = createLogger({ destination: out.destination, level: 'debug' });
    const canary = 'c4n4ry';
    for (const field of ['privateKey', 'secret', 'password', 'mnemonic', 'signature', 'ticket', 'voucher']) {
      log.debug({ [field]: canary, a: { [field]: canary, b: { [field]: canary } } }, 'x');
      log.child({ [field]: canary }).warn({}, 'x');
    }
    expect(out.lines()).to.have.length(14);
    expect(out.text()).not.to.include(canary);
  });
});
