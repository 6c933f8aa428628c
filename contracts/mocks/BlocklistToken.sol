// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token that refuses to move from or to listed addresses
/// @notice For tests.
contract BlocklistToken is ERC20 {
    mapping(address account => bool) public isBlocked;

    error BlocklistToken_Blocked(address account);

    /// @param holder who gets the whole supply
    /// @param supply token wei
    constructor(address holder, uint256 supply) ERC20("Blocklist", "BLK") {
        _mint(holder, supply);
    }

    function setBlocked(address account, bool blocked) external {
        isBlocked[account] = blocked;
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(!isBlocked[from], BlocklistToken_Blocked(from));
        require(!isBlocked[to], BlocklistToken_Blocked(to));
        super._update(from, to, amount);
    }
}
