// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DevToken} from "./DevToken.sol";

/* Tokens whose balances are not what was moved. For tests: see HostileTransfers.sol. */

/// @notice Balances grow or shrink without transfers: what is shown is the stored balance × numerator / 100.
contract RebasingToken is DevToken(address(1), 0) {
    uint256 private _percent;
    /// @dev Percent that the next transfer sets, or 0.
    uint256 private _percentAfterTransfer;

    function rebase(uint256 percent) external {
        _percent = percent;
    }

    function rebaseInTransfer(uint256 percent) external {
        _percentAfterTransfer = percent;
    }

    function balanceOf(address owner) public view override returns (uint256) {
        return (super.balanceOf(owner) * _percent) / 100;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, from == address(0) ? amount : (amount * 100) / _percent);
        if (_percentAfterTransfer != 0) _percent = _percentAfterTransfer;
    }
}

/// @notice Shows the same balance for everybody, always.
contract ConstantBalanceToken is DevToken(address(1), 0) {
    function balanceOf(address) public pure override returns (uint256) {
        return 1e30;
    }
}

/// @notice Does not say who has what.
contract BlindToken is DevToken(address(1), 0) {
    error BlindToken_Blind();

    function balanceOf(address) public pure override returns (uint256) {
        revert BlindToken_Blind();
    }
}

/// @notice One set of balances behind two addresses, as after a migration that kept the old one alive.
contract DoubleEntryToken is DevToken(address(1), 0) {
    error DoubleEntryToken_NotTheEntry(address caller);

    LegacyEntry private _legacy;

    function setLegacy(LegacyEntry legacy) external {
        _legacy = legacy;
    }

    function legacyTransfer(address from, address to, uint256 amount) external {
        require(msg.sender == address(_legacy), DoubleEntryToken_NotTheEntry(msg.sender));
        _transfer(from, to, amount);
    }
}

/// @notice The old address of a DoubleEntryToken.
contract LegacyEntry {
    DoubleEntryToken private immutable _token;

    constructor(DoubleEntryToken token) {
        _token = token;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _token.legacyTransfer(msg.sender, to, amount);
        return true;
    }
}
