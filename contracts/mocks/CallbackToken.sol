// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title A token that calls somebody in the middle of each transfer, as ERC-777 hooks do
/// @notice For tests. Whatever the call reverts with, the transfer reverts with.
contract CallbackToken is ERC20 {
    address public target;
    bytes public data;

    /// @param holder who gets the whole supply
    /// @param supply token wei
    constructor(address holder, uint256 supply) ERC20("Callback", "CALL") {
        _mint(holder, supply);
    }

    /// @notice The call made before balances move; address zero for none.
    function setCallback(address target_, bytes calldata data_) external {
        target = target_;
        data = data_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (target != address(0)) Address.functionCall(target, data);
        super._update(from, to, amount);
    }
}
