// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPossessionProofs} from "../interfaces/IPossessionProofs.sol";

/// @notice How long a provider has to show what somebody asks it for.
library AnswerWindow {
    /// @dev A full window, after any maintenance that the provider declared before anybody could know what it would be asked for.
    function deadlineFor(
        IPossessionProofs proofs,
        uint32 provider,
        uint256 windowBlocks
    ) internal view returns (uint256 deadline) {
        deadline = block.number + windowBlocks;
        IPossessionProofs.Maintenance memory stretch = proofs.maintenanceOf(provider);
        if (stretch.untilPeriod == stretch.fromPeriod) return deadline;
        uint256 until = proofs.openingBlock(stretch.untilPeriod);
        bool overlaps = until > block.number && proofs.openingBlock(stretch.fromPeriod) <= deadline;
        if (overlaps) deadline = until + windowBlocks;
    }
}
