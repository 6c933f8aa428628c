// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../interfaces/IAgreements.sol";
import {ICollateral} from "../interfaces/ICollateral.sol";
import {AgreementSlot} from "../libraries/AgreementSlot.sol";
import {AgreementId} from "../types/StorageAgreement.sol";
import {Settling} from "./Settling.sol";

/// @title How agreements end: at their term, by notice, by the provider's failure, by its admission
abstract contract Ending is Settling {
    using AgreementSlot for Agreement;

    /// @inheritdoc IAgreements
    mapping(AgreementId id => uint32) public lostUnitsOf;

    /// @inheritdoc IAgreements
    function giveNotice(AgreementId id) external {
        Agreement storage a = _agreements[id];
        require(a.status == Status.Active, Agreements_NotActive(id, a.status));
        (address client, ) = escrow.accounts(a.clientAccount);
        require(msg.sender == client, Agreements_NotClient(id, msg.sender));

        uint32 endPeriod = proofs.currentPeriod() + 1 + noticePeriods;
        uint32 start = a.startPeriod;
        uint24 before = a.periods;
        require(endPeriod < start + before, Agreements_NothingToShorten(id, start + before));
        // Below `before`, a uint24.
        a.periods = uint24(endPeriod - start);

        uint256 refunded = uint256(before - a.periods) * a.pricePerUnitPeriod * proofs.unitsOf(AgreementId.unwrap(id));
        emit NoticeGiven(id, endPeriod, refunded);
        escrow.release(a.clientAccount, refunded, 0, 0);
    }

    /// @inheritdoc IAgreements
    function end(AgreementId id) external {
        Agreement memory a = _requireActive(id);
        uint32 current = proofs.currentPeriod();
        uint32 endPeriod = a.startPeriod + a.periods;
        // Settling records missed periods first, so the failure below is up to date.
        uint256 rent = _settle(id, a, current);
        ICollateral.Stake memory stake = collateral.stakes(_providerOf(id));
        bool failed = stake.strikes == type(uint8).max && stake.lastMiss < endPeriod;
        require(failed || current >= endPeriod, Agreements_NotOver(id, endPeriod, current));
        require(failed || a.openAudits == 0, Agreements_AuditsOpen(id, a.openAudits));
        _close(id, a, rent, current, failed, false);
    }

    /// @inheritdoc IAgreements
    function concede(AgreementId id) external {
        uint32 provider = _providerOf(id);
        require(registry.isAuthorized(provider, msg.sender), Agreements_NotProvider(id, msg.sender));
        Agreement memory a = _requireActive(id);
        uint32 current = proofs.currentPeriod();
        uint256 rent = _settle(id, a, current);
        _close(id, a, rent, current, true, true);
    }

    /// @dev `a` is settled up to `current`. What is conceded drops out of this period's draws. A failed agreement gives the rest of the rent and the hold-back to the client.
    function _close(
        AgreementId id,
        Agreement memory a,
        uint256 rent,
        uint32 current,
        bool failed,
        bool conceded
    ) internal {
        uint32 provider = _providerOf(id);
        uint256 released = _heldBack(rent, a.provenPeriods);
        uint256 unserved = rent * (a.periods - a.settledPeriods);
        uint32 settledTo = a.startPeriod + a.settledPeriods;
        a.status = failed ? Status.Failed : Status.Kept;
        a.store(_agreements[id]);

        proofs.remove(AgreementId.unwrap(id), uint128(rent), conceded);
        uint256 returned = collateral.releaseCollateral(
            provider,
            _compensatedAccount(a),
            a.startPeriod,
            settledTo,
            rent * a.collateralPeriods,
            failed
        );
        emit AgreementEnded(id, a.status, released, returned);
        if (failed) {
            // What leaves the proofs is known there no more, and whoever repairs it must know. The price is not 0.
            lostUnitsOf[id] = uint32(rent / a.pricePerUnitPeriod);
            escrow.release(a.clientAccount, released + unserved, 0, 0);
            reputation.recordFailed(provider, current, unserved);
        } else {
            escrow.release(registry.operatorAccountOf(provider), released, a.clientAccount, unserved);
            reputation.recordKept(provider);
        }
        // The price is not 0.
        priceIndex.onEnded(rent / a.pricePerUnitPeriod);
    }
}
