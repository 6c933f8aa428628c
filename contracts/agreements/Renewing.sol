// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../interfaces/IAgreements.sol";
import {AgreementSlot} from "../libraries/AgreementSlot.sol";
import {Renewal} from "../types/Renewal.sol";
import {AgreementId} from "../types/StorageAgreement.sol";
import {Consent} from "./Consent.sol";

/// @title How a term grows: price, proof history, hold-back and collateral go on
abstract contract Renewing is Consent {
    using AgreementSlot for Agreement;

    /// @inheritdoc IAgreements
    function renew(
        Renewal calldata renewal,
        bytes calldata providerSignature,
        bytes calldata clientSignature
    ) external {
        (AgreementId id, address client) = (renewal.agreement, renewal.client);
        require(block.timestamp <= renewal.deadline, Agreements_Expired(0, renewal.deadline, block.timestamp));
        Agreement memory a = _requireActive(id);
        require(client == _clientOf(a), Agreements_NotClient(id, client));
        bytes32 structHash = renewal.hash();
        address key = _requireClientConsent(client, structHash, clientSignature);
        _requireProviderConsent(_providerOf(id), 0, structHash, renewal.deadline, providerSignature);
        _useNonce(client, renewal.nonce);
        _extend(id, a, client, key, renewal.periods);
    }

    /// @inheritdoc IAgreements
    function topUp(AgreementId id, address payer, uint24 periods, uint64 askId) external {
        Agreement memory a = _requireActive(id);
        orderBook.requireAccepts(
            askId,
            _providerOf(id),
            proofs.unitsOf(AgreementId.unwrap(id)),
            periods,
            a.pricePerUnitPeriod,
            a.collateralPeriods,
            escrow.availableOf(payer)
        );
        _extend(id, a, payer, msg.sender, periods);
    }

    /// @dev The provider agreed. The payer's account pays rent and burn; unproven periods go back to the client.
    /// @param key the payer, or its session key
    function _extend(AgreementId id, Agreement memory a, address payer, address key, uint24 periods) private {
        require(periods != 0, Agreements_ZeroPeriods(0));
        uint32 provider = _providerOf(id);
        require(!collateral.hasFailed(provider), Agreements_ProviderFailed(id, provider));
        uint32 endPeriod = a.startPeriod + a.periods;
        uint32 current = proofs.currentPeriod();
        require(current < endPeriod, Agreements_TermOver(id, endPeriod, current));
        uint256 total = uint256(a.periods) + periods;
        require(total <= type(uint24).max, Agreements_TermTooLong(id, total, type(uint24).max));

        a.periods = uint24(total);
        a.store(_agreements[id]);
        // Below 2^(24 + 32), and with the price below 2^120.
        uint256 unitPeriods = uint256(periods) * proofs.unitsOf(AgreementId.unwrap(id));
        uint256 value = unitPeriods * a.pricePerUnitPeriod;
        emit AgreementRenewed(id, payer, endPeriod + periods, value);
        priceIndex.onSold(0, value);
        escrow.lockBy(payer, key, value, _burnOf(value));
    }
}
