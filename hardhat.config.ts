import { fileURLToPath } from 'node:url';
import toolbox from '@nomicfoundation/hardhat-toolbox-mocha-ethers';
import { defineConfig } from 'hardhat/config';
import { quietDependencies } from './scripts/lib/quiet-dependencies.ts';

/** The compiler comes from npm: Hardhat would download one, and everybody must get the same. */
const solcPath = fileURLToPath(import.meta.resolve('solc/soljson.js'));

const cheapToCall = {
  version: '0.8.37',
  path: solcPath,
  settings: { viaIR: true, evmVersion: 'prague', optimizer: { enabled: true, runs: 1_000_000 } },
};

export default defineConfig({
  plugins: [toolbox, quietDependencies],
  paths: { tests: { mocha: './test/contracts', solidity: './test/contracts' } },
  networks: {
    // Gas figures are snapshots: everything that could move them is fixed.
    gas: {
      type: 'edr-simulated',
      chainType: 'l1',
      initialDate: '2026-01-01T00:00:00Z',
      allowUnlimitedContractSize: false,
    },
  },
  test: {
    solidity: {
      // Fixed, so that a failure comes back; test/contracts/invariant has 40 runs of 250 actions here and many more in test:invariants.
      fuzz: { seed: '0x570a9e' },
      invariant: { runs: 40, depth: 250 },
    },
  },
  solidity: {
    // Ending a channel is to cost less than 60,000 gas: the IR pipeline and no regard for size save 3,000 of it, and take a few seconds for these two alone.
    // Tests in Solidity build what they deploy with the compiler below.
    overrides: {
      'contracts/Escrow.sol': cheapToCall,
      'contracts/RetrievalChannels.sol': cheapToCall,
    },
    compilers: [
      {
        version: '0.8.37',
        path: solcPath,
        // The legacy pipeline: the IR one takes fifteen times as long here, which every test run would pay.
        // 200 runs and not more: Agreements must stay below the 24,576 bytes of EIP-170, and 10,000 runs save 1% of gas.
        settings: { viaIR: false, evmVersion: 'prague', optimizer: { enabled: true, runs: 200 } },
      },
    ],
  },
});
