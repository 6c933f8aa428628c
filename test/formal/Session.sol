// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IEscrow} from "../../contracts/interfaces/IEscrow.sol";
import {StandIns} from "./StandIns.sol";

contract Session is StandIns {
    mapping(address owner => mapping(address key => IEscrow.Session)) sessions;

    // take contracts/Escrow.sol: _spendSession

    function budget(address owner, address key, uint256 amount) external {
        uint96 before = sessions[owner][key].budget;
        _spendSession(owner, key, amount);
        // property session-budget: A session key's budget falls by exactly what it spends, and never below zero.
        assert(uint256(sessions[owner][key].budget) + amount == before);
    }

    function expiry(address owner, address key, uint256 amount) external {
        _spendSession(owner, key, amount);
        // property session-expiry: Nothing is spent by a key at or after its expiry.
        assert(block.timestamp < sessions[owner][key].expiry);
    }
}
