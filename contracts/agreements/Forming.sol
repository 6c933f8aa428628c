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

    /// @dev What all agreements of one `form` have in common.
    /// @param account the client's account number
    /// @param startPeriod first paid period
    /// @param deposit the client's available balance before this batch, token wei
    struct Batch {
        uint32 account;
        uint32 startPeriod;
        uint256 deposit;
    }

    /// @inheritdoc IAgreements
    function form(
        StorageAgreement[] memory list,
        bytes[] calldata providerSignatures,
        bytes calldata clientSignature
    ) external returns (AgreementId[] memory ids) {
        uint256 length = list.length;
        require(length != 0, Agreements_EmptyBatch());
        require(length == providerSignatures.length, Agreements_LengthMismatch(length, providerSignatures.length));

        (uint256 total, bytes32[] memory hashes) = _checkAll(list);
        address key = _requireClientConsent(list[0].client, StorageAgreementLib.hashBatch(hashes), clientSignature);
        Batch memory batch = _lockPayment(list[0].client, key, total);
        for (uint256 i; i < length; ++i) {
            _requireProviderConsent(list[i].provider, i, hashes[i], list[i].deadline, providerSignatures[i]);
        }
        ids = new AgreementId[](length);
        for (uint256 i; i < length; ++i) {
            ids[i] = _formOne(list[i], batch);
        }
    }

    /// @return total token wei that the client locks for the whole batch
    /// @return hashes EIP-712 struct hashes, in order
    function _checkAll(StorageAgreement[] memory list) private returns (uint256 total, bytes32[] memory hashes) {
        address client = list[0].client;
        hashes = new bytes32[](list.length);
        for (uint256 i; i < list.length; ++i) {
            total += _check(list[i], i, client);
            hashes[i] = list[i].hash();
        }
    }

    /// @return value price × units × periods of a well-formed agreement, token wei
    function _check(StorageAgreement memory a, uint256 index, address client) private returns (uint256 value) {
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
        value = rent * a.periods;
        require(value >= minValue, Agreements_ValueTooSmall(index, value, minValue));
        _useNonce(client, a.nonce);
    }

    function _lockPayment(address client, address key, uint256 total) private returns (Batch memory batch) {
        batch.deposit = escrow.availableOf(client);
        batch.account = escrow.lockBy(client, key, total, _burnOf(total));
        batch.startPeriod = proofs.currentPeriod() + 1;
    }

    function _formOne(StorageAgreement memory a, Batch memory batch) private returns (AgreementId id) {
        uint256 rent = uint256(a.units) * a.pricePerUnitPeriod;
        // Bounded by _check.
        uint24 collateralPeriods = uint24(a.collateral / rent);

        // rent < 2^96, so it fits.
        uint32 leaf = proofs.add(a.provider, a.shardRoot, a.units, uint128(rent));
        id = AgreementId.wrap((uint64(a.provider) << 32) | leaf);

        _take(a.client, a.objectKey, a.shardIndex, id);

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
            openAudits: 0
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
