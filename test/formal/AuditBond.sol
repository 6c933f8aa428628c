// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPossessionProofs} from "../../contracts/interfaces/IPossessionProofs.sol";
import {AgreementId} from "../../contracts/types/StorageAgreement.sol";
import {StandIns} from "./StandIns.sol";

// stubs: _proofs
contract AuditBond is StandIns {
    uint256 windowBlocks;
    IPossessionProofs.Maintenance stretch_;
    uint256 opensFrom;
    uint256 opensUntil;

    // take contracts/Audits.sol: _deadlineFor, _providerOf

    function window(AgreementId agreement) external {
        uint256 deadline = _deadlineFor(agreement);
        // property audit-window: An audit leaves a full window from its opening.
        assert(deadline >= block.number + windowBlocks);
        // property audit-maintenance: And a full window after maintenance that would overlap it.
        assert(
            stretch_.untilPeriod == stretch_.fromPeriod ||
                opensUntil <= block.number ||
                opensFrom > block.number + windowBlocks ||
                deadline == opensUntil + windowBlocks
        );
    }

    function _proofs_maintenanceOf(uint32) internal view returns (IPossessionProofs.Maintenance memory) {
        return stretch_;
    }

    function _proofs_openingBlock(uint32 period) internal view returns (uint256) {
        return period == stretch_.untilPeriod ? opensUntil : opensFrom;
    }
}
