// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title The token of development chains: well-behaved, with permit, 18 decimals
contract DevToken is ERC20Permit {
    /// @param holder who gets the whole supply
    /// @param supply token wei
    constructor(
        address holder,
        uint256 supply
    ) ERC20("Stowmarket Dev Token", "STOW") ERC20Permit("Stowmarket Dev Token") {
        _mint(holder, supply);
    }
}
