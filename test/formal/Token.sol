// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IEscrow} from "../../contracts/interfaces/IEscrow.sol";
import {StandIns} from "./StandIns.sol";

/// @dev The token is hostile: what it says of the escrow's balance after a transfer is any number.
// stubs: token, Math
contract Token is StandIns {
    mapping(uint32 account => IEscrow.Account) accounts;
    uint256 balance_;
    uint256 later;

    // take contracts/Escrow.sol: Totals, _totals, _send, _closeDeposit

    function sends(address to, uint96 amount) external {
        uint96 held = _totals.held;
        uint256 before = balance_;
        require(amount != 0 && amount <= held);
        _send(to, amount);
        // property send-exact: What leaves the books left the token's balance, to the wei, or the call fails.
        assert(_totals.held == held - amount && balance_ + amount == before);
    }

    function receives(uint32 account, address from, uint96 amount, uint256 before) external {
        uint96 held = _totals.held;
        uint96 available = accounts[account].available;
        require(amount != 0 && uint256(held) + amount < 2 ** 96 && available <= held);
        _closeDeposit(account, from, amount, before);
        // property deposit-exact: What enters the books arrived at the token's balance, to the wei, or the call fails.
        assert(
            _totals.held == held + amount &&
                accounts[account].available == available + amount &&
                balance_ - amount == before
        );
    }

    function token_balanceOf(address) internal view returns (uint256) {
        return balance_;
    }

    function token_safeTransfer(address, uint256) internal {
        balance_ = later;
    }

    /// @dev OpenZeppelin's does this in assembly.
    function Math_saturatingSub(uint256 x, uint256 y) internal pure returns (uint256) {
        return x > y ? x - y : 0;
    }
}
