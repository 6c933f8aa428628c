// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgreementId} from "../../contracts/types/StorageAgreement.sol";
import {StandIns} from "./StandIns.sol";

// in place: a
// stubs: escrow, registry, proofs, collateral, reputation, priceIndex, a
contract Closing is StandIns {
    // take contracts/interfaces/IAgreements.sol: Status, Agreement

    Agreement a;
    mapping(AgreementId id => Agreement) _agreements;
    mapping(AgreementId id => uint32) lostUnitsOf;
    uint32 compensated;
    uint256 holdbackBps;
    uint256 released_;
    uint256 toFirst;
    bool stored;
    uint256 ended;

    // take contracts/agreements/AgreementStore.sol: _BPS, _heldBack, _providerOf
    // take contracts/agreements/Ending.sol: _close

    function empties(AgreementId id, uint256 rent, uint32 current, bool failed, bool conceded) external {
        require(a.settledPeriods <= a.periods && rent < 2 ** 96);
        uint256 locked = rent * (a.periods - a.settledPeriods) + _heldBack(rent, a.provenPeriods);
        _close(id, rent, current, failed, conceded);
        // property close-empties: Ending releases exactly what is still locked: the unsettled rent and the hold-back.
        assert(released_ == locked);
    }

    function failure(AgreementId id, uint256 rent, uint32 current, bool conceded) external {
        require(a.settledPeriods <= a.periods && rent < 2 ** 96);
        _close(id, rent, current, true, conceded);
        // property close-failed: Of a failed agreement the client gets all that is still locked, and the status says so.
        assert(toFirst == released_ && a.status == Status.Failed);
    }

    function index(AgreementId id, uint32 units, uint32 current, bool failed, bool conceded) external {
        require(a.settledPeriods <= a.periods && a.pricePerUnitPeriod != 0);
        uint256 rent = uint256(a.pricePerUnitPeriod) * units;
        assert(rent / a.pricePerUnitPeriod == units);
        _close(id, rent, current, failed, conceded);
        // property close-index: The index is told of exactly the units that were agreed.
        assert(ended == units);
    }

    function escrow_release(uint32, uint256 amount, uint32, uint256 second) internal {
        (toFirst, released_) = (amount, amount + second);
    }

    function registry_operatorAccountOf(uint32 provider) internal pure returns (uint32) {
        return provider;
    }

    function _compensatedAccount() internal view returns (uint32) {
        return compensated;
    }

    function a_store(Agreement storage) internal {
        stored = true;
    }

    function proofs_remove(uint64, uint128, bool) internal {}

    function collateral_releaseCollateral(
        uint32,
        uint32,
        uint32,
        uint32,
        uint256 amount,
        bool
    ) internal pure returns (uint256) {
        return amount;
    }

    function reputation_recordFailed(uint32, uint32, uint256) internal {}

    function reputation_recordKept(uint32) internal {}

    function priceIndex_onEnded(uint256 units) internal {
        ended = units;
    }
}
