// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Collateral that asks for no bond
/// @notice For tests of the registry alone.
contract BondlessCollateral {
    function lockBond(uint32, address) external pure returns (uint32 operatorAccount) {
        return 1;
    }
}
