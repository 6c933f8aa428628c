import { ExitCode } from '../../core/errors.ts';
import { formatTokens } from '../../market/money.ts';
import type { tokenAbi } from '../token-abi.ts';
import { instant, type SentenceTable } from './sentence.ts';

const FAULT = 'this is a fault of the program that built the call: report it';

export const tokenSentences: SentenceTable<typeof tokenAbi> = {
  ERC20InsufficientBalance: ([sender, balance, needed]) => ({
    message: `${sender} has ${formatTokens(balance)} in its wallet and ${formatTokens(needed)} are needed: ${formatTokens(needed - balance)} are missing`,
    hint: 'send tokens to the wallet first: `stowmarket wallet address` shows where to',
    exitCode: ExitCode.funds,
  }),
  ERC20InsufficientAllowance: ([spender, allowance, needed]) => ({
    message: `${spender} may take ${formatTokens(allowance)} from the wallet and ${formatTokens(needed)} are needed`,
    hint: 'run `stowmarket wallet deposit` again: it signs a new permit',
    exitCode: ExitCode.tryAgain,
  }),
  ERC20InvalidReceiver: ([receiver]) => ({
    message: `the token does not accept ${receiver} as receiver`,
    hint: 'name another account',
  }),
  ERC20InvalidSender: ([sender]) => ({ message: `the token does not accept ${sender} as sender`, hint: FAULT }),
  ERC20InvalidApprover: ([approver]) => ({ message: `the token does not accept ${approver} as owner`, hint: FAULT }),
  ERC20InvalidSpender: ([spender]) => ({ message: `the token does not accept ${spender} as spender`, hint: FAULT }),
  ERC2612ExpiredSignature: ([deadline]) => ({
    message: `the permit ran out at ${instant(deadline)}`,
    hint: 'run `stowmarket wallet deposit` again: it signs a new permit',
    retryable: true,
  }),
  ERC2612InvalidSigner: ([signer, owner]) => ({
    message: `the permit was signed by ${signer}, not by ${owner}`,
    hint: 'run `stowmarket wallet deposit` again: it signs a new permit',
    exitCode: ExitCode.tryAgain,
  }),
  SafeERC20FailedOperation: ([token]) => ({
    message: `token ${token} refused the transfer`,
    hint: 'check the balance, and whether the token blocks one of the accounts',
  }),
  ReentrancyGuardReentrantCall: () => ({
    message: 'the token called back into the market',
    hint: 'use another deployment: such tokens are refused',
  }),
};
