// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../interfaces/IAgreements.sol";
import {AgreementSlot} from "../libraries/AgreementSlot.sol";
import {AgreementId} from "../types/StorageAgreement.sol";
import {Ending} from "./Ending.sol";

/// @title What audits and demands do to agreements
abstract contract Auditing is Ending {
    using AgreementSlot for Agreement;

    modifier onlyAudits() {
        require(msg.sender == audits || msg.sender == demands, Agreements_NotAudits(msg.sender));
        _;
    }

    /// @inheritdoc IAgreements
    function beginAudit(AgreementId id, uint256 max) external onlyAudits returns (uint32 endPeriod) {
        Agreement memory a = _requireActive(id);
        uint32 provider = _providerOf(id);
        require(!collateral.hasFailed(provider), Agreements_ProviderFailed(id, provider));
        require(a.openAudits < max, Agreements_TooManyAudits(id, a.openAudits, max));
        ++a.openAudits;
        a.store(_agreements[id]);
        return a.startPeriod + a.periods;
    }

    /// @inheritdoc IAgreements
    function passAudit(AgreementId id) external onlyAudits {
        --_agreements[id].openAudits;
    }

    /// @inheritdoc IAgreements
    function failAudit(AgreementId id) external onlyAudits {
        Agreement memory a = _requireActive(id);
        uint32 current = proofs.currentPeriod();
        uint256 rent = _settle(id, a, current);
        _close(id, a, rent, current, true, true);
    }
}
