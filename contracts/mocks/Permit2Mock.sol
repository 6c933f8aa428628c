// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IPermit2} from "../interfaces/external/IPermit2.sol";

/// @title What Permit2 does for one signed transfer, by the rules of its `SignatureTransfer`
/// @notice For tests. The signed type, the domain (a name and no version), the order of the checks and the errors are Permit2's; so are its laxities:
/// a high `s` passes, because a used nonce already stops a signature from counting twice, and the signer does not say who receives.
contract Permit2Mock is IPermit2 {
    using SafeERC20 for IERC20;

    bytes32 private constant _DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant _PERMISSIONS_TYPEHASH = keccak256("TokenPermissions(address token,uint256 amount)");
    bytes32 private constant _PERMIT_TYPEHASH = keccak256(
        "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)TokenPermissions(address token,uint256 amount)"
    );

    /// @notice Bit `nonce mod 256` of word `nonce / 256` says that a nonce is used up.
    mapping(address owner => mapping(uint256 word => uint256 bits)) public nonceBitmap;

    event UnorderedNonceInvalidation(address indexed owner, uint256 word, uint256 mask);

    error SignatureExpired(uint256 signatureDeadline);
    error InvalidAmount(uint256 maxAmount);
    error InvalidNonce();
    error InvalidSignatureLength();
    error InvalidSignature();
    error InvalidSigner();
    error InvalidContractSignature();

    /// @inheritdoc IPermit2
    function permitTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes calldata signature
    ) external {
        require(block.timestamp <= permit.deadline, SignatureExpired(permit.deadline));
        uint256 max = permit.permitted.amount;
        require(transferDetails.requestedAmount <= max, InvalidAmount(max));
        _useNonce(owner, permit.nonce);
        _requireSigned(owner, digestOf(permit, msg.sender), signature);
        IERC20(permit.permitted.token).safeTransferFrom(owner, transferDetails.to, transferDetails.requestedAmount);
    }

    /// @notice Uses up nonces of the caller: bit i of `mask` stands for nonce 256 word + i.
    function invalidateUnorderedNonces(uint256 word, uint256 mask) external {
        nonceBitmap[msg.sender][word] |= mask;
        emit UnorderedNonceInvalidation(msg.sender, word, mask);
    }

    /// @notice What the owner signs for `spender`.
    function digestOf(PermitTransferFrom calldata permit, address spender) public view returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(_DOMAIN_TYPEHASH, keccak256("Permit2"), block.chainid, address(this)));
        bytes32 permitted = keccak256(abi.encode(_PERMISSIONS_TYPEHASH, permit.permitted));
        bytes32 structHash = keccak256(abi.encode(_PERMIT_TYPEHASH, permitted, spender, permit.nonce, permit.deadline));
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _useNonce(address owner, uint256 nonce) private {
        uint256 bit = 1 << (nonce & 0xff);
        require(nonceBitmap[owner][nonce >> 8] & bit == 0, InvalidNonce());
        nonceBitmap[owner][nonce >> 8] |= bit;
    }

    function _requireSigned(address owner, bytes32 digest, bytes calldata signature) private view {
        if (owner.code.length != 0) {
            bytes4 answer = IERC1271(owner).isValidSignature(digest, signature);
            require(answer == IERC1271.isValidSignature.selector, InvalidContractSignature());
            return;
        }
        (bytes32 r, bytes32 s, uint8 v) = _split(signature);
        address signer = ecrecover(digest, v, r, s);
        require(signer != address(0), InvalidSignature());
        require(signer == owner, InvalidSigner());
    }

    /// @dev 65 bytes, or 64 as in EIP-2098, where the highest bit of s says which v.
    function _split(bytes calldata signature) private pure returns (bytes32 r, bytes32 s, uint8 v) {
        require(signature.length == 65 || signature.length == 64, InvalidSignatureLength());
        (r, s) = (bytes32(signature[0:32]), bytes32(signature[32:64]));
        if (signature.length == 65) return (r, s, uint8(signature[64]));
        v = 27 + uint8(uint256(s) >> 255);
        s = (s << 1) >> 1;
    }
}
