import solc from 'solc';
import type { Hex } from 'viem';

import type { TestChain } from './chain.ts';

/** Where Permit2 stands on most chains. */
export const PERMIT2 = '0x000000000022D473030F116dDEE9F6B43aC78BA3';

/** What Permit2 promises of one signed transfer, written from its documentation: the spender is the caller, a nonce counts once. */
const SOURCE = `
pragma solidity 0.8.37;
interface IERC20 { function transferFrom(address from, address to, uint256 amount) external returns (bool); }
contract Permit2 {
    struct TokenPermissions { address token; uint256 amount; }
    struct PermitTransferFrom { TokenPermissions permitted; uint256 nonce; uint256 deadline; }
    struct SignatureTransferDetails { address to; uint256 requestedAmount; }
    mapping(address owner => mapping(uint256 nonce => bool)) public used;

    function permitTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata details,
        address owner,
        bytes calldata signature
    ) external {
        require(block.timestamp <= permit.deadline && !used[owner][permit.nonce], "expired or used");
        require(details.requestedAmount <= permit.permitted.amount, "amount");
        used[owner][permit.nonce] = true;
        (bytes32 r, bytes32 s) = abi.decode(signature[:64], (bytes32, bytes32));
        require(signature.length == 65 && ecrecover(_digest(permit), uint8(signature[64]), r, s) == owner, "signer");
        require(IERC20(permit.permitted.token).transferFrom(owner, details.to, details.requestedAmount), "transfer");
    }

    function _digest(PermitTransferFrom calldata permit) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)"),
                keccak256("Permit2"),
                block.chainid,
                address(this)
            )
        );
        bytes32 permitted = keccak256(
            abi.encode(keccak256("TokenPermissions(address token,uint256 amount)"), permit.permitted)
        );
        bytes32 typeHash = keccak256(
            "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)TokenPermissions(address token,uint256 amount)"
        );
        bytes32 message = keccak256(abi.encode(typeHash, permitted, msg.sender, permit.nonce, permit.deadline));
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }
}`;

interface Compiled {
  contracts: Record<string, Record<string, { evm: { deployedBytecode: { object: string } } }>>;
}

/** Puts a contract that does as Permit2 does at its address. Before the market is deployed, which looks for it there. */
export async function installPermit2(chain: TestChain): Promise<void> {
  const input = {
    language: 'Solidity',
    sources: { 'Permit2.sol': { content: SOURCE } },
    settings: { evmVersion: 'prague', outputSelection: { '*': { '*': ['evm.deployedBytecode.object'] } } },
  };
  const { contracts } = JSON.parse(solc.compile(JSON.stringify(input))) as Compiled;
  const code: Hex = `0x${contracts['Permit2.sol']!['Permit2']!.evm.deployedBytecode.object}`;
  await chain.rpc('hardhat_setCode', PERMIT2, code);
}
