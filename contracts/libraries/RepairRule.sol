// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAgreements} from "../interfaces/IAgreements.sol";

/// @notice Whom the collateral of an agreement compensates.
/// @dev Who answers a bid for a lost shard rebuilds it from the others, and their holders may be its client's friends who give nothing out. If the client got the collateral
/// of whoever then fails, it could live on those who answer. So, until the shard was surely there, what is lost is burned.
library RepairRule {
    /// @dev Others serve a rebuilding for the first period and one more, and a provider that holds much may prove both without a draw of the shard that it does not have yet.
    uint256 internal constant REBUILDING_PERIODS = 2;

    /// @return Whether what its provider loses is its client's, but for the burned part
    function compensates(IAgreements.Agreement memory a) internal pure returns (bool) {
        return !a.repair || a.provenPeriods > REBUILDING_PERIODS;
    }
}
