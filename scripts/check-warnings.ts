/** `npm run check:warnings` exits 1 when the compiler warns about one of our contracts. */
import { compileContracts } from './lib/compile-contracts.ts';

// Bytecode, because only then does the compiler measure contracts against the size limit.
const { errors = [], contracts = {} } = compileContracts(['evm.deployedBytecode.object']);
const ours = errors.filter(
  ({ severity, sourceLocation }) => severity === 'error' || sourceLocation?.file.startsWith('contracts/'),
);
for (const { formattedMessage } of ours) console.error(formattedMessage);
if (ours.length > 0) {
  console.error(`The compiler has ${ours.length} complaint(s) about contracts/.`);
  process.exitCode = 1;
} else {
  console.log(
    `${Object.keys(contracts).filter((file) => file.startsWith('contracts/')).length} Solidity files, no warnings`,
  );
}
