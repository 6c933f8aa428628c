// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../interfaces/IAgreements.sol";
import {AgreementSlot} from "../libraries/AgreementSlot.sol";
import {Handover} from "../types/Handover.sol";
import {AgreementId, StorageAgreement} from "../types/StorageAgreement.sol";
import {Consent} from "./Consent.sol";
import {ObjectShards} from "./ObjectShards.sol";
import {Settling} from "./Settling.sol";

/// @title How a provider passes an agreement on: the client's money stays where it is, and nobody uploads again
abstract contract HandingOver is Settling, Consent, ObjectShards {
    using AgreementSlot for Agreement;

    /// @inheritdoc IAgreements
    function handOver(
        Handover calldata handover,
        bytes calldata successorSignature
    ) external returns (AgreementId successorId) {
        AgreementId id = handover.agreement;
        uint32 provider = _providerOf(id);
        require(registry.isAuthorized(provider, msg.sender), Agreements_NotProvider(id, msg.sender));
        require(block.timestamp <= handover.deadline, Agreements_Expired(0, handover.deadline, block.timestamp));
        Agreement memory a = _requireActive(id);
        // Or who cannot answer an audit would hand over to a friend who cannot either, again and again.
        require(a.openAudits == 0, Agreements_AuditsOpen(id, a.openAudits));
        uint32 next = proofs.currentPeriod() + 1;
        uint32 endPeriod = a.startPeriod + a.periods;
        require(next < endPeriod, Agreements_TermOver(id, endPeriod, next));
        uint256 capacity = _requireConsent(handover, successorSignature);

        uint256 rent = _settle(id, a, next);
        // Only after settling, which records what was missed before. Who still owes this period's proof could pass on what it lost.
        require(proofs.isDischarged(provider), Agreements_ProofOwed(id, provider, next - 1));
        uint256 returned = _release(id, a, rent);
        successorId = _succeed(id, a, handover, rent, capacity, endPeriod);
        emit AgreementHandedOver(id, successorId, handover.successor, a.provenPeriods, returned);
        reputation.recordHandedOver(provider);
    }

    /// @return capacity units that the successor may hold
    function _requireConsent(Handover calldata handover, bytes calldata signature) private returns (uint256 capacity) {
        (uint32 successor, AgreementId id) = (handover.successor, handover.agreement);
        require(successor != _providerOf(id), Agreements_SameProvider(id, successor));
        capacity = _requireProviderConsent(successor, 0, handover.hash(), handover.deadline, signature);
        _useNonce(registry.nodeAddressOf(successor), handover.nonce);
    }

    /// @dev Closes the old agreement; the hold-back stays locked and counts for the successor.
    /// @return returned collateral that became free stake again, token wei
    function _release(AgreementId id, Agreement memory a, uint256 rent) private returns (uint256 returned) {
        a.status = Status.HandedOver;
        a.store(_agreements[id]);
        proofs.remove(AgreementId.unwrap(id), uint128(rent), false);
        return
            collateral.releaseCollateral(
                _providerOf(id),
                a.clientAccount,
                a.startPeriod,
                a.startPeriod + a.settledPeriods,
                rent * a.collateralPeriods,
                false
            );
    }

    /// @dev The rest of the term under a new id, with the proven periods so far: hold-back is reckoned over all of them.
    function _succeed(
        AgreementId id,
        Agreement memory a,
        Handover calldata handover,
        uint256 rent,
        uint256 capacity,
        uint32 endPeriod
    ) private returns (AgreementId successorId) {
        uint32 successor = handover.successor;
        _requireHolds(_clientOf(a), handover.objectKey, a.shardIndex, id);
        // rent = units × price, and the price is not 0.
        uint32 units = uint32(rent / a.pricePerUnitPeriod);
        successorId = _hold(successor, capacity, proofs.rootOf(AgreementId.unwrap(id)), units, uint128(rent));
        _take(_clientOf(a), handover.objectKey, a.shardIndex, successorId);

        uint32 startPeriod = a.startPeriod + a.settledPeriods;
        a.startPeriod = startPeriod;
        // Less than before, a uint24.
        a.periods = uint24(endPeriod - startPeriod);
        a.settledPeriods = 0;
        a.status = Status.Active;
        a.store(_agreements[successorId]);
        uint256 amount = rent * a.collateralPeriods;
        _emitFormed(successorId, startPeriod, _termsOf(id, a, handover, units, amount));
        collateral.lock(successor, amount);
    }

    /// @dev What is announced of the successor's agreement: nobody signed it as such, so it has no ask, nonce or deadline.
    function _termsOf(
        AgreementId id,
        Agreement memory a,
        Handover calldata handover,
        uint32 units,
        uint256 amount
    ) private view returns (StorageAgreement memory) {
        return
            StorageAgreement({
                client: _clientOf(a),
                provider: handover.successor,
                objectKey: handover.objectKey,
                shardIndex: a.shardIndex,
                shardRoot: proofs.rootOf(AgreementId.unwrap(id)),
                units: units,
                pricePerUnitPeriod: a.pricePerUnitPeriod,
                periods: a.periods,
                // As much as was locked before, a uint96.
                collateral: uint96(amount),
                askId: 0,
                bidId: 0,
                nonce: 0,
                deadline: 0
            });
    }
}
