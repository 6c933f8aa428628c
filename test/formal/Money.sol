// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IEscrow} from "../../contracts/interfaces/IEscrow.sol";
import {StandIns} from "./StandIns.sol";

contract Money is StandIns {
    mapping(uint32 account => IEscrow.Account) accounts;
    mapping(address owner => uint32 account) _accountNumbers;

    // take contracts/Escrow.sol: Locker, Totals, _BURN_ACCOUNT, _lockers, _totals, _credit, release, _lock, _accountFor

    function credit(uint32 account, uint96 amount, uint32 other) external {
        uint96 before = accounts[account].available;
        uint96 beforeOther = accounts[other].available;
        require(uint256(before) + amount < 2 ** 96);
        _credit(account, amount);
        // property credit-exact: A credit raises the account by exactly the amount, and no other account.
        assert(
            accounts[account].available == before + amount &&
                (other == account || accounts[other].available == beforeOther)
        );
    }

    function releases(uint32 first, uint256 amount, uint32 second, uint256 secondAmount) external {
        require(first != second);
        uint96 locked = _lockers[msg.sender].locked;
        uint96 before = accounts[first].available;
        uint96 beforeSecond = accounts[second].available;
        require(uint256(locked) + before + beforeSecond < 2 ** 96);
        release(first, amount, second, secondAmount);
        // property release-lock: A release takes from the caller's lock exactly what it pays out, never more than it holds.
        assert(_lockers[msg.sender].locked == locked - amount - secondAmount);
        // property release-first: The first account of a release gets exactly its amount.
        assert(accounts[first].available == before + amount);
        // property release-second: So does the second.
        assert(accounts[second].available == beforeSecond + secondAmount);
    }

    function locks(address owner, uint256 amount, uint256 burn) external {
        uint32 account = _accountNumbers[owner];
        require(account != 0);
        uint96 locked = _lockers[msg.sender].locked;
        uint96 before = accounts[account].available;
        uint96 burned = accounts[0].available;
        require(uint256(locked) + before + burned < 2 ** 96);
        _lock(owner, amount, burn);
        // property lock-taken: Locking takes exactly the amount and the burn from the owner, never more than it has.
        assert(accounts[account].available == before - amount - burn);
        // property lock-held: The caller's lock grows by exactly the amount.
        assert(_lockers[msg.sender].locked == locked + amount);
        // property lock-burned: The burn account grows by exactly the burn.
        assert(accounts[0].available == burned + burn);
    }

    function strangers(address locker, uint32 account, uint256 amount, uint32 second, uint256 secondAmount) external {
        require(locker != msg.sender);
        uint96 before = _lockers[locker].locked;
        release(account, amount, second, secondAmount);
        // property release-own: No market contract touches another one's lock.
        assert(_lockers[locker].locked == before);
    }

    function outsiders(uint32 account, uint256 amount, uint32 second, uint256 secondAmount) external {
        release(account, amount, second, secondAmount);
        // property release-market: Only a market contract releases.
        assert(_lockers[msg.sender].isMarketContract);
    }
}
