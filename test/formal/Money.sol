// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IEscrow} from "../../contracts/interfaces/IEscrow.sol";
import {StandIns} from "./StandIns.sol";

contract Money is StandIns {
    mapping(uint32 account => IEscrow.Account) accounts;
    mapping(address owner => uint32 account) _accountNumbers;

    // take contracts/Escrow.sol: Locker, Totals, _BURN_ACCOUNT, _lockers, _totals, _add, _credit, _creditBoth, release, payOut, collectBurned, _lock, _accountFor

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

    function paysOut(uint32 first, uint256 amount, uint32 second, uint256 secondAmount, uint256 burn) external {
        require(first != second);
        uint96 locked = _lockers[msg.sender].locked;
        uint96 burning = _lockers[msg.sender].burning;
        uint96 before = accounts[first].available;
        uint96 beforeSecond = accounts[second].available;
        require(uint256(locked) + burning + before + beforeSecond < 2 ** 96);
        payOut(first, amount, second, secondAmount, burn);
        // property pay-out-lock: Paying out takes from the caller's lock exactly what it pays and what it burns, never more than it holds.
        assert(_lockers[msg.sender].locked == locked - amount - secondAmount - burn);
        // property pay-out-burning: What it burns waits in the same lock, to the wei.
        assert(_lockers[msg.sender].burning == burning + burn);
        // property pay-out-accounts: Both accounts get exactly their amounts.
        assert(
            accounts[first].available == before + amount && accounts[second].available == beforeSecond + secondAmount
        );
    }

    function collects(address marketContract, address other) external {
        require(marketContract != other);
        uint96 locked = _lockers[marketContract].locked;
        uint96 burning = _lockers[marketContract].burning;
        uint96 burned = accounts[0].available;
        uint96 ofOther = _lockers[other].burning;
        require(uint256(locked) + burning + burned < 2 ** 96);
        collectBurned(marketContract);
        // property collect-exact: Collecting moves exactly what waits to be burned into the burn account; what is locked stays locked.
        assert(
            accounts[0].available == burned + burning &&
                _lockers[marketContract].burning == 0 &&
                _lockers[marketContract].locked == locked
        );
        // property collect-own: It touches no other contract's lock.
        assert(_lockers[other].burning == ofOther);
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

    function outsidersPay(uint32 account, uint256 amount, uint32 second, uint256 secondAmount, uint256 burn) external {
        payOut(account, amount, second, secondAmount, burn);
        // property pay-out-market: Only a market contract pays out.
        assert(_lockers[msg.sender].isMarketContract != 0);
    }

    function outsiders(uint32 account, uint256 amount, uint32 second, uint256 secondAmount) external {
        release(account, amount, second, secondAmount);
        // property release-market: Only a market contract releases.
        assert(_lockers[msg.sender].isMarketContract != 0);
    }
}
