// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/* solhint-disable no-complex-fallback, payable-fallback, no-empty-blocks, gas-custom-errors */

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Contract wallets of one owner, good and bad
/// @notice For tests.
contract ContractWallet is IERC1271 {
    address private immutable _owner;
    bool private _closed;

    constructor(address owner) {
        _owner = owner;
    }

    /// @notice An upgrade after which the wallet accepts nothing.
    function close() external {
        _closed = true;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view virtual returns (bytes4) {
        (address recovered, , ) = ECDSA.tryRecoverCalldata(hash, signature);
        return recovered == _owner && !_closed ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @notice Answers with the right four bytes and nothing behind them.
contract ShortReturnWallet {
    fallback() external {
        bytes32 answer = bytes32(IERC1271.isValidSignature.selector);
        assembly ("memory-safe") {
            mstore(0x00, answer)
            return(0x00, 4)
        }
    }
}

/// @notice Answers with the right four bytes and dirt behind them.
contract DirtyReturnWallet {
    fallback() external {
        bytes32 answer = bytes32(IERC1271.isValidSignature.selector) | bytes32(uint256(1));
        assembly ("memory-safe") {
            mstore(0x00, answer)
            return(0x00, 32)
        }
    }
}

/// @notice Accepts nothing but reverts.
contract RevertingWallet {
    fallback() external {
        revert("no");
    }
}

/// @notice Burns all the gas that it is given.
contract GasBombWallet {
    fallback() external {
        while (true) {}
    }
}
