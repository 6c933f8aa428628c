// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @dev What the checker proves false things about when it is left alone: two members behind a mapping, assigned at once. Canary.sol takes it.
contract Tuples {
    struct Held {
        uint96 free;
        uint96 locked;
    }

    mapping(uint32 id => Held) internal _held;

    function move(uint32 id, uint256 amount) external {
        Held storage held = _held[id];
        (uint256 free, uint256 locked) = (held.free, held.locked);
        require(free >= amount);
        (held.free, held.locked) = (uint96(free - amount), uint96(locked + amount));
    }
}
