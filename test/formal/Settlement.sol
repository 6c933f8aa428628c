// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAgreements} from "../../contracts/interfaces/IAgreements.sol";
import {AgreementId} from "../../contracts/types/StorageAgreement.sol";
import {StandIns} from "./StandIns.sol";

/// @dev What the proofs count and what escrow does is a function of this harness.
// in place: a
// stubs: escrow, registry, proofs, collateral
contract Settlement is StandIns {
    IAgreements.Agreement a;
    uint256 holdbackBps;
    uint32 counted;
    uint32 units;
    uint256 toProvider;
    uint256 toClient;
    uint32 askedFrom;
    uint32 askedTo;
    uint32 compensated;

    // take contracts/agreements/AgreementStore.sol: _BPS, _heldBack, _providerOf
    // take contracts/agreements/Settling.sol: _settle, _pay

    function conserves(AgreementId id, uint256 rent, uint32 from, uint32 to, uint32 proven) external {
        require(from <= to && proven <= to - from);
        uint256 before = _heldBack(rent, a.provenPeriods);
        uint256 after_ = _heldBack(rent, a.provenPeriods + proven);
        require(rent < 2 ** 96);
        _pay(id, rent, from, to, proven);
        // property pay-conserves: Paid, refunded and newly held back add up to the rent of the settled periods, to the wei.
        assert(toProvider + toClient + (after_ - before) == rent * (to - from));
    }

    function refunds(AgreementId id, uint256 rent, uint32 from, uint32 to, uint32 proven) external {
        require(from <= to && proven <= to - from && rent < 2 ** 96);
        _pay(id, rent, from, to, proven);
        // property pay-refunds: The client gets back exactly the rent of the periods that were not proven.
        assert(toClient == rent * (to - from - proven));
    }

    function term(AgreementId id, uint32 current) external {
        require(a.settledPeriods <= a.periods && a.startPeriod < 2 ** 31);
        uint256 settledBefore = a.settledPeriods;
        _settle(id, current);
        // property settle-within-term: Settling never goes back and never passes the end of the term.
        assert(a.settledPeriods >= settledBefore && a.settledPeriods <= a.periods);
    }

    function due(AgreementId id, uint32 current) external {
        require(a.settledPeriods <= a.periods && a.startPeriod < 2 ** 31);
        uint32 from = a.startPeriod + a.settledPeriods;
        _settle(id, current);
        // property settle-over-only: Only periods that are over are counted, from where the last settlement ended.
        assert(askedFrom == from && (askedTo == from || askedTo <= current));
    }

    function proofs_count(uint64, uint32 from, uint32 to) internal returns (uint32, uint32) {
        (askedFrom, askedTo) = (from, to);
        require(counted <= to - from);
        return (counted, units);
    }

    function _compensatedAccount() internal view returns (uint32) {
        return compensated;
    }

    function escrow_release(uint32, uint256 paid, uint32, uint256 refunded) internal {
        (toProvider, toClient) = (paid, refunded);
    }

    function registry_operatorAccountOf(uint32 provider) internal pure returns (uint32) {
        return provider;
    }

    function collateral_settleSlashes(uint32, uint32, uint32, uint32, uint32, uint256) internal {}
}
