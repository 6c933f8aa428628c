// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IPermit2} from "../../../contracts/interfaces/external/IPermit2.sol";

/// @notice Does what Permit2 promises for one signed transfer: the spender is the caller, a nonce counts once, the signature covers all.
contract SignatureTransfer is IPermit2 {
    using SafeERC20 for IERC20;

    bytes32 private constant PERMITTED_TYPEHASH = keccak256("TokenPermissions(address token,uint256 amount)");
    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)TokenPermissions(address token,uint256 amount)"
    );

    mapping(address owner => mapping(uint256 word => uint256)) private _used;

    error SignatureExpired(uint256 deadline);
    error InvalidNonce();
    error InvalidAmount(uint256 max);
    error InvalidSigner();

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
        require(_used[owner][permit.nonce >> 8] & bit == 0, InvalidNonce());
        _used[owner][permit.nonce >> 8] |= bit;
        bytes32 digest = digestOf(permit, msg.sender);
        require(SignatureChecker.isValidSignatureNowCalldata(owner, digest, signature), InvalidSigner());
        IERC20(permit.permitted.token).safeTransferFrom(owner, details.to, details.requestedAmount);
    }

    function invalidateUnorderedNonces(uint256 word, uint256 mask) external {
        _used[msg.sender][word] |= mask;
    }

    function digestOf(PermitTransferFrom calldata permit, address spender) public view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)"),
                keccak256("Permit2"),
                block.chainid,
                address(this)
            )
        );
        bytes32 permitted = keccak256(abi.encode(PERMITTED_TYPEHASH, permit.permitted));
        bytes32 structHash = keccak256(abi.encode(PERMIT_TYPEHASH, permitted, spender, permit.nonce, permit.deadline));
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
