/** Runs Solidity tests on Hardhat's own runner, without its build: the caller brings compiled code. */
import { createRequire } from 'node:module';
import { ROOT } from '../lib/paths.ts';
import { creationAccount } from './trampoline.ts';

/** The part of `@nomicfoundation/edr` that is used here. */
interface Edr {
  EdrContext: new () => EdrContext;
  L1_CHAIN_TYPE: string;
  PRAGUE: string;
  l1SolidityTestRunnerFactory: () => unknown;
  l1GenesisState: (hardfork: unknown) => AccountOverride[];
  l1HardforkFromString: (name: string) => unknown;
}

interface AccountOverride {
  address: Uint8Array;
  code?: Uint8Array;
}

interface SuiteResult {
  testResults: { name: string; status: string }[];
}

interface EdrContext {
  registerSolidityTestRunnerFactory: (chainType: string, factory: unknown) => Promise<void>;
  runSolidityTests: (
    chainType: string,
    artifacts: unknown[],
    suites: unknown[],
    config: object,
    tracing: object,
    onSuite: (result: SuiteResult) => void,
  ) => Promise<unknown>;
}

/** Hardhat's copy, whatever its version. */
const edr = createRequire(import.meta.resolve('hardhat'))('@nomicfoundation/edr') as Edr;

/** Few: what a fuzz test finds only by luck, it may not count as finding. The seed is Hardhat's, fixed. */
const FUZZ = { runs: 24, seed: '0x7727ea51af0441c20da14dcd68a15dac8c9ebd589c5be8fa8c87c1d3720450bc' };
/** A mutant may loop for ever: this is used up in a second, and several times what any test needs. */
const GAS_LIMIT = 300_000_000n;

export interface TestArtifact {
  source: string;
  name: string;
  abi: string;
  code: string;
}

export class TestRunner {
  readonly #context: EdrContext;

  private constructor(context: EdrContext) {
    this.#context = context;
  }

  static async create(): Promise<TestRunner> {
    const context = new edr.EdrContext();
    await context.registerSolidityTestRunnerFactory(edr.L1_CHAIN_TYPE, edr.l1SolidityTestRunnerFactory());
    return new TestRunner(context);
  }

  /**
   * Runs one test contract.
   *
   * @param creationCodes by the index of their accounts
   * @returns the names of the tests that failed
   */
  async run({ source, name, abi, code }: TestArtifact, creationCodes: ReadonlyMap<number, string>): Promise<string[]> {
    const id = { name, source, solcVersion: '0.8.37' };
    const contract = {
      abi,
      bytecode: `0x${code}`,
      deployedBytecode: '0x',
      linkReferences: {},
      deployedLinkReferences: {},
    };
    const accounts = [...creationCodes].map(([index, creation]) => ({
      address: Buffer.from(creationAccount(index), 'hex'),
      code: Buffer.from(creation, 'hex'),
    }));
    const config = {
      projectRoot: ROOT,
      hardfork: edr.PRAGUE,
      localPredeploys: [...edr.l1GenesisState(edr.l1HardforkFromString(edr.PRAGUE)), ...accounts],
      disableBlockGasLimit: true,
      disableTransactionGasCap: true,
      gasLimit: GAS_LIMIT,
      fuzz: FUZZ,
    };
    // The promise may come before the result does.
    const { promise, resolve } = Promise.withResolvers<SuiteResult>();
    await this.#context.runSolidityTests(edr.L1_CHAIN_TYPE, [{ id, contract }], [id], config, {}, resolve);
    const { testResults } = await promise;
    return testResults.filter(({ status }) => status === 'Failure').map((test) => test.name);
  }
}
