// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IPermit2} from "../interfaces/external/IPermit2.sol";

/// @title What the market uses of Uniswap's Permit2: the same digest, the same unordered nonces, the same refusals
/// @notice For tests, where the real one is not deployed.
contract MockPermit2 is IPermit2 {
    using SafeERC20 for IERC20;

    bytes32 private constant _TOKEN_TYPEHASH = keccak256("TokenPermissions(address token,uint256 amount)");
    bytes32 private constant _PERMIT_TYPEHASH = keccak256(
        "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)TokenPermissions(address token,uint256 amount)"
    );

    mapping(address owner => mapping(uint256 word => uint256)) public nonceBitmap;

    error SignatureExpired(uint256 signatureDeadline);
    error InvalidAmount(uint256 maxAmount);
    error InvalidNonce();
    error InvalidSigner();

    function invalidateUnorderedNonces(uint256 word, uint256 mask) external {
        nonceBitmap[msg.sender][word] |= mask;
    }

    /// @inheritdoc IPermit2
    function permitTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata details,
        address owner,
        bytes calldata signature
    ) external {
        require(block.timestamp <= permit.deadline, SignatureExpired(permit.deadline));
        require(details.requestedAmount <= permit.permitted.amount, InvalidAmount(permit.permitted.amount));
        uint256 bit = 1 << (permit.nonce & 0xff);
        uint256 word = nonceBitmap[owner][permit.nonce >> 8];
        require(word & bit == 0, InvalidNonce());
        nonceBitmap[owner][permit.nonce >> 8] = word | bit;
        bytes32 digest = digestOf(permit, msg.sender);
        require(SignatureChecker.isValidSignatureNowCalldata(owner, digest, signature), InvalidSigner());
        IERC20(permit.permitted.token).safeTransferFrom(owner, details.to, details.requestedAmount);
    }

    /// @notice EIP-712 digest that the owner signs.
    function digestOf(PermitTransferFrom calldata permit, address spender) public view returns (bytes32) {
        bytes32 permitted = keccak256(abi.encode(_TOKEN_TYPEHASH, permit.permitted));
        bytes32 structHash = keccak256(abi.encode(_PERMIT_TYPEHASH, permitted, spender, permit.nonce, permit.deadline));
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)"),
                keccak256("Permit2"),
                block.chainid,
                address(this)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
