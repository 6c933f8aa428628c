// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPossessionProofs} from "../../contracts/interfaces/IPossessionProofs.sol";
import {StandIns} from "./StandIns.sol";

// stubs: proofs
contract AuditBond is StandIns {
    uint256 windowBlocks;
    IPossessionProofs.Maintenance stretch_;
    uint256 opensFrom;
    uint256 opensUntil;

    // take contracts/libraries/AnswerWindow.sol: deadlineFor

    function window(uint32 provider) external {
        uint256 deadline = deadlineFor(IPossessionProofs(address(0)), provider, windowBlocks);
        // property audit-window: An audit, and a demand, leaves a full window from its opening.
        assert(deadline >= block.number + windowBlocks);
        // property audit-maintenance: And a full window after maintenance that would overlap it.
        assert(
            stretch_.untilPeriod == stretch_.fromPeriod ||
                opensUntil <= block.number ||
                opensFrom > block.number + windowBlocks ||
                deadline == opensUntil + windowBlocks
        );
    }

    function proofs_maintenanceOf(uint32) internal view returns (IPossessionProofs.Maintenance memory) {
        return stretch_;
    }

    function proofs_openingBlock(uint32 period) internal view returns (uint256) {
        return period == stretch_.untilPeriod ? opensUntil : opensFrom;
    }
}
