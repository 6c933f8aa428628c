// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/* solhint-disable no-empty-blocks */

import {DevToken} from "./DevToken.sol";

/* Tokens whose permits go wrong. For tests: see HostileTransfers.sol. */

/// @notice Reverts each permit.
contract NoPermitToken is DevToken(address(1), 0) {
    error NoPermitToken_Refused();

    function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) public pure override {
        revert NoPermitToken_Refused();
    }
}

/// @notice Burns the gas that a permit is given; the caller keeps a 64th of its own.
contract GasBombPermitToken is DevToken(address(1), 0) {
    function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) public pure override {
        while (true) {}
    }
}

/// @notice Reverts a permit with 100,000 bytes of reason.
contract ReturnBombPermitToken is DevToken(address(1), 0) {
    uint256 private constant _BYTES = 100_000;

    function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) public pure override {
        uint256 size = _BYTES;
        assembly ("memory-safe") {
            revert(mload(0x40), size)
        }
    }
}

/// @notice Accepts a permit without a word and grants nothing, as tokens do whose fallback swallows what they do not know.
contract DeafPermitToken is DevToken(address(1), 0) {
    function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) public pure override {}
}
