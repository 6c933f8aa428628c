// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgreementId} from "../../../../contracts/types/StorageAgreement.sol";
import {SessionHandler} from "./SessionHandler.sol";

/// @notice What people do who are no party: give, sponsor, tidy up.
abstract contract StrangerHandler is SessionHandler {
    /// @dev A bare transfer: nobody's any more.
    function stranger_donate(uint256 amount) external witnessed {
        amount = bound(amount, 1, 1 ether);
        token.transfer(address(escrow), amount);
        donated += amount;
    }

    function stranger_depositFor(uint256 seed, uint256 amount) external witnessed {
        address owner = reporter;
        if (seed % 3 == 0) owner = _client(seed >> 8);
        if (seed % 3 == 1) owner = providers[(seed >> 8) % providers.length].operator;
        _fund(owner, bound(amount, 1, 1 ether));
    }

    function stranger_stakeFor(uint256 seed, uint256 amount) external witnessed {
        amount = bound(amount, 1, 1 ether);
        _fund(reporter, amount);
        uint32 provider = _providerWhere(seed, _any);
        vm.prank(reporter);
        collateral.stake(provider, reporter, amount);
    }

    /// @dev Pays for a longer term of somebody else's agreement, as the provider's ask allows.
    function stranger_topUp(uint256 seed, uint24 periods) external witnessed {
        uint64 id = _liveWhere(seed, _isTopUpable);
        AgreementGhost storage g = agreementGhosts[id];
        periods = uint24(bound(periods, 1, 6));
        uint256 value = g.rent * periods;
        _fund(reporter, value + _burnOf(value));
        uint64 ask = providers[g.provider - 1].askId;
        vm.prank(reporter);
        agreements.topUp(AgreementId.wrap(id), reporter, periods, ask);
    }

    function stranger_sweepBurned() external witnessed {
        escrow.sweepBurned();
    }

    function stranger_collectBurned() external witnessed {
        escrow.collectBurned(address(channels));
    }

    function stranger_withdraw(uint256 amount) external witnessed {
        amount = bound(amount, 1, escrow.availableOf(reporter));
        vm.prank(reporter);
        escrow.withdraw(address(0xBEEF), amount);
    }
}
