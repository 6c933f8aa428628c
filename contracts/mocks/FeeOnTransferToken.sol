// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token that takes a fee of each transfer, from the delivered amount or on top of it
/// @notice For tests. The fee can be switched on later, as some live tokens' owners can.
contract FeeOnTransferToken is ERC20 {
    address private constant _COLLECTOR = address(0xFEE);

    uint256 public feeBps;
    bool public onTop;

    /// @param holder who gets the whole supply
    /// @param supply token wei
    constructor(address holder, uint256 supply) ERC20("Fee On Transfer", "FEE") {
        _mint(holder, supply);
    }

    /// @param bps fee in 1/10,000 of the amount
    /// @param onTop_ whether the sender pays it beside the amount
    function setFee(uint256 bps, bool onTop_) external {
        feeBps = bps;
        onTop = onTop_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        uint256 fee = from == address(0) ? 0 : (amount * feeBps) / 10_000;
        if (fee == 0) return super._update(from, to, amount);
        super._update(from, _COLLECTOR, fee);
        super._update(from, to, onTop ? amount : amount - fee);
    }
}
