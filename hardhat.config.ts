import { fileURLToPath } from 'node:url';
import toolbox from '@nomicfoundation/hardhat-toolbox-mocha-ethers';
import { configVariable, defineConfig } from 'hardhat/config';
import { quietDependencies } from './scripts/lib/quiet-dependencies.ts';

/** The compiler comes from npm: Hardhat would download one, and everybody must get the same. */
const solcPath = fileURLToPath(import.meta.resolve('solc/soljson.js'));

export default defineConfig({
  plugins: [toolbox, quietDependencies],
  paths: { tests: { mocha: './test/contracts', solidity: './test/contracts' } },
  solidity: {
    compilers: [
      {
        version: '0.8.37',
        path: solcPath,
        settings: { viaIR: true, evmVersion: 'prague', optimizer: { enabled: true, runs: 10_000 } },
      },
    ],
  },
});
void configVariable;
