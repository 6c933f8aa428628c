// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../interfaces/IAgreements.sol";
import {AgreementSlot} from "../libraries/AgreementSlot.sol";
import {RepairRule} from "../libraries/RepairRule.sol";
import {AgreementId} from "../types/StorageAgreement.sol";
import {AgreementStore} from "./AgreementStore.sol";

/// @title How proven periods are paid and missed ones refunded
abstract contract Settling is AgreementStore {
    using AgreementSlot for Agreement;
    using RepairRule for Agreement;

    uint32 private constant _BURN_ACCOUNT = 0;

    /// @inheritdoc IAgreements
    function settle(AgreementId[] calldata ids) external {
        uint32 current = proofs.currentPeriod();
        for (uint256 i; i < ids.length; ++i) {
            Agreement memory a = _requireActive(ids[i]);
            _settle(ids[i], a, current);
            a.store(_agreements[ids[i]]);
        }
    }

    /// @dev Pays periods up to `current` or the end of the term; updates `a` in memory, the caller stores it.
    /// Every sum is of the form f(total) - f(before), so that settling often or once pays the same to the wei.
    /// @return rent token wei per period
    function _settle(AgreementId id, Agreement memory a, uint32 current) internal returns (uint256 rent) {
        uint32 from = a.startPeriod + a.settledPeriods;
        uint32 to = a.startPeriod + a.periods;
        if (to > current) to = current;
        if (to < from) to = from;

        (uint32 proven, uint32 units) = proofs.count(AgreementId.unwrap(id), from, to);
        rent = uint256(a.pricePerUnitPeriod) * units;
        if (to == from) return rent;

        _pay(id, a, rent, from, to, proven);
        // Both are at most a.periods, a uint24.
        a.settledPeriods = uint24(to - a.startPeriod);
        a.provenPeriods += uint24(proven);
        // Slashes are for missed periods: where all were proven, there is none to pay out.
        if (proven == to - from) return rent;
        collateral.settleSlashes(
            _providerOf(id),
            _compensatedAccount(a),
            a.startPeriod,
            from,
            to,
            rent * a.collateralPeriods
        );
    }

    /// @return The account that is compensated for what the agreement's provider loses: its client's, or the burn account
    function _compensatedAccount(Agreement memory a) internal pure returns (uint32) {
        return a.compensates() ? a.clientAccount : _BURN_ACCOUNT;
    }

    /// @dev Pays periods [from, to), `proven` of them proven.
    function _pay(AgreementId id, Agreement memory a, uint256 rent, uint32 from, uint32 to, uint32 proven) private {
        uint256 heldBack = _heldBack(rent, a.provenPeriods + proven) - _heldBack(rent, a.provenPeriods);
        uint256 paid = rent * proven - heldBack;
        uint256 refunded = rent * (to - from - proven);
        emit AgreementSettled(id, from, to, proven, paid, refunded, heldBack);
        escrow.release(registry.operatorAccountOf(_providerOf(id)), paid, a.clientAccount, refunded);
    }
}
