// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../interfaces/IAgreements.sol";
import {AgreementSlot} from "../libraries/AgreementSlot.sol";
import {AgreementId, StorageAgreement, StorageAgreementLib} from "../types/StorageAgreement.sol";
import {Consent} from "./Consent.sol";
import {ObjectShards} from "./ObjectShards.sol";

/// @title How agreements come to be
abstract contract Forming is Consent, ObjectShards {
    using AgreementSlot for Agreement;

    /// @dev What all agreements of one `form` have in common, and what they come to.
    /// @param account the client's account number
    /// @param startPeriod first paid period
    /// @param deposit the client's available balance before this batch, token wei
    /// @param value price × units × periods, token wei
    /// @param units units of all
    struct Batch {
        uint32 account;
        uint32 startPeriod;
        uint256 deposit;
        uint256 value;
        uint256 units;
    }

    /// @inheritdoc IAgreements
    function form(
        StorageAgreement[] memory list,
        bytes[] calldata providerSignatures,
        bytes calldata clientSignature
    ) external returns (AgreementId[] memory ids) {
        require(list.length != 0, Agreements_EmptyBatch());
        require(
            list.length == providerSignatures.length,
            Agreements_LengthMismatch(list.length, providerSignatures.length)
        );

        (Batch memory batch, bytes32[] memory hashes) = _checkAll(list);
        _lockPayment(batch, list[0].client, StorageAgreementLib.hashBatch(hashes), clientSignature);
        ids = new AgreementId[](list.length);
        for (uint256 i; i < ids.length; ++i) {
            StorageAgreement memory a = list[i];
            uint256 capacity = _requireProviderConsent(a.provider, i, hashes[i], a.deadline, providerSignatures[i]);
            ids[i] = _formOne(a, batch, capacity);
        }
        priceIndex.onSold(batch.units, batch.value);
    }

    /// @return batch what the agreements come to
    /// @return hashes EIP-712 struct hashes, in order
    function _checkAll(StorageAgreement[] memory list) private returns (Batch memory batch, bytes32[] memory hashes) {
        address client = list[0].client;
        hashes = new bytes32[](list.length);
        for (uint256 i; i < list.length; ++i) {
            _check(list[i], i, client, batch);
            hashes[i] = list[i].hash();
        }
    }

    /// @dev Adds a well-formed agreement to the batch.
    function _check(StorageAgreement memory a, uint256 index, address client, Batch memory batch) private {
        require(a.client == client, Agreements_MixedClients(client, a.client));
        require(block.timestamp <= a.deadline, Agreements_Expired(index, a.deadline, block.timestamp));
        require(a.units != 0, Agreements_ZeroUnits(index));
        require(a.pricePerUnitPeriod != 0, Agreements_ZeroPrice(index));
        require(a.periods != 0, Agreements_ZeroPeriods(index));
        // At most 2^32 × 2^64: no overflow in 256 bits, here and wherever rent is multiplied.
        uint256 rent = uint256(a.units) * a.pricePerUnitPeriod;
        require(
            a.collateral != 0 && a.collateral % rent == 0 && a.collateral / rent <= type(uint24).max,
            Agreements_CollateralNotMultiple(index, a.collateral, rent)
        );
        uint256 value = rent * a.periods;
        require(value >= minValue, Agreements_ValueTooSmall(index, value, minValue));
        // A block has room for a few hundred agreements of at most 2^120 each.
        unchecked {
            batch.value += value;
            batch.units += a.units;
        }
        _useNonce(client, a.nonce);
    }

    function _lockPayment(
        Batch memory batch,
        address client,
        bytes32 batchHash,
        bytes calldata clientSignature
    ) private {
        address key = _requireClientConsent(client, batchHash, clientSignature);
        batch.deposit = escrow.availableOf(client);
        batch.account = escrow.lockBy(client, key, batch.value, _burnOf(batch.value));
        batch.startPeriod = proofs.currentPeriod() + 1;
    }

    function _formOne(
        StorageAgreement memory a,
        Batch memory batch,
        uint256 capacity
    ) private returns (AgreementId id) {
        uint256 rent = uint256(a.units) * a.pricePerUnitPeriod;
        // Bounded by _check.
        uint24 collateralPeriods = uint24(a.collateral / rent);

        // rent < 2^96, so it fits.
        id = _hold(a.provider, capacity, a.shardRoot, a.units, uint128(rent));

        bool wasHeld = _take(a.client, a.objectKey, a.shardIndex, id);

        Agreement memory formed = Agreement({
            clientAccount: batch.account,
            startPeriod: batch.startPeriod,
            periods: a.periods,
            pricePerUnitPeriod: a.pricePerUnitPeriod,
            settledPeriods: 0,
            provenPeriods: 0,
            collateralPeriods: collateralPeriods,
            shardIndex: a.shardIndex,
            status: Status.Active,
            openAudits: 0,
            repair: wasHeld && a.bidId != 0
        });
        formed.store(_agreements[id]);
        _emitFormed(id, batch.startPeriod, a);

        collateral.lock(a.provider, a.collateral);
        if (a.askId != 0) {
            orderBook.fill(
                a.askId,
                a.provider,
                a.units,
                a.periods,
                a.pricePerUnitPeriod,
                collateralPeriods,
                batch.deposit
            );
        }
    }
}
