import { expect } from 'chai';
import { globSync, readFileSync } from 'node:fs';

import { ROOT } from '../../../scripts/lib/paths.ts';

interface StrykerConfig {
  mochaOptions: { spec: string[] };
}

// A pattern that matches no file is not reported: the mutants that its tests would find live on.
describe('tests that mutants are tried on', () => {
  it('are found, every pattern of them', () => {
    const { mochaOptions } = JSON.parse(readFileSync(`${ROOT}/stryker.config.json`, 'utf8')) as StrykerConfig;
    expect(mochaOptions.spec).not.to.deep.equal([]);
    for (const spec of mochaOptions.spec) {
      expect(spec, 'is cut in two at its comma, also within braces').not.to.include(',');
      expect(globSync(spec, { cwd: ROOT }), spec).not.to.deep.equal([]);
    }
  });
});
