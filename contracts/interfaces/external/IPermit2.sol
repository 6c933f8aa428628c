// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The one call of Uniswap's Permit2 that the Escrow makes
/// @notice Moves tokens on a signature, for owners that approved Permit2 once.
/// @dev Source: Permit2's `SignatureTransfer`, deployed at 0x000000000022D473030F116dDEE9F6B43aC78BA3 on most chains. The owner signs token, amount,
/// nonce, deadline and the spender, which is the caller: so nobody but the Escrow can use what was signed for it.
interface IPermit2 {
    /// @param token ERC-20 token
    /// @param amount largest amount, token wei
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    /// @param permitted token and largest amount
    /// @param nonce unordered: each owner uses a number once
    /// @param deadline unix seconds after which the permit no longer holds
    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    /// @param to who receives
    /// @param requestedAmount token wei, at most the permitted amount
    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    /// @notice Moves tokens of `owner`, who approved Permit2 once, on its signature.
    function permitTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes calldata signature
    ) external;
}
