import type { HardhatPlugin } from 'hardhat/types/plugins';

/** Source names that Hardhat gives to files of npm packages, before and after it maps them back to paths. */
const DEPENDENCY = /-->\s+(?:npm\/|\S*node_modules\/)/;

/** The compiler stops listing after 256 warnings; `check:warnings` compiles our sources alone and misses none. */
const TRUNCATION = 'There are more than 256 warnings';

/**
 * Hides compiler warnings about files of dependencies, which nobody here can mend: forge-std alone gives more than
 * 256 of them, enough to push ours out of sight. Errors always pass.
 */
export const quietDependencies: HardhatPlugin = {
  id: 'quiet-dependencies',
  hookHandlers: {
    solidity: () =>
      Promise.resolve({
        default: () =>
          Promise.resolve({
            async getCompilationJobErrors(context, job, output, next) {
              const errors = await next(context, job, output);
              return errors.filter(({ severity, message, formattedMessage }) => {
                if (severity === 'error') return true;
                return !message.startsWith(TRUNCATION) && !DEPENDENCY.test(formattedMessage ?? message);
              });
            },
          }),
      }),
  },
};
