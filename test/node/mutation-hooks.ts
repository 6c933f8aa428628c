/** Longest that a test of node/pipeline may take while its mutants are tried: ten times what the slowest takes on a busy machine. */
const MUTANT_TEST_MS = 6_000;

/**
 * For `npm run test:stryker`, which takes mocha's limits away: a mutant that leaves a promise open for ever is found by the first test that
 * waits for it, without a new process.
 */
export const mochaHooks = {
  beforeEach(this: Mocha.Context): void {
    this.currentTest?.timeout(MUTANT_TEST_MS);
  },
};
