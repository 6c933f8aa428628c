// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "./StandIns.sol";

contract HoldBack is StandIns {
    uint256 burnBps;
    uint256 holdbackBps;

    // take contracts/agreements/AgreementStore.sol: _BPS, _burnOf, _heldBack

    function burn(uint96 value) external {
        require(burnBps <= _BPS);
        // property burn-bounded: No more than the price is burned.
        assert(_burnOf(value) <= value);
    }

    function burnUp(uint96 value) external {
        require(burnBps <= _BPS);
        // property burn-rounded-up: What is burned is the exact share or less than one wei more, never less.
        assert(_burnOf(value) * _BPS >= value * burnBps && _burnOf(value) * _BPS < value * burnBps + _BPS);
    }

    function bounded(uint96 rent, uint24 proven) external {
        require(holdbackBps <= _BPS);
        // property holdback-bounded: No more is held back than was earned.
        assert(_heldBack(rent, proven) <= uint256(rent) * proven);
    }

    function grows(uint96 rent, uint24 proven, uint24 more) external {
        require(holdbackBps <= _BPS);
        // property holdback-grows: More proven periods never hold back less, so a payment never underflows.
        assert(_heldBack(rent, proven) <= _heldBack(rent, uint256(proven) + more));
    }

    function step(uint96 rent, uint24 proven, uint24 more) external {
        require(holdbackBps <= _BPS);
        uint256 heldBack = _heldBack(rent, uint256(proven) + more) - _heldBack(rent, proven);
        // property holdback-step: Of a payment of n periods at most n rents, rounded up, are held back.
        assert(heldBack <= uint256(rent) * more + 1);
    }
}
