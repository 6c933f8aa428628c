// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";
import {Sums} from "./properties/Sums.sol";

/// @notice How a run ends: everybody settles, ends, unbonds and withdraws. Properties 43 to 45 of README.md: a step that fails fails the run.
abstract contract WindDown is Sums {
    uint256 private constant WAYS = 3;

    /// @param way clients give notice; or all providers fall silent; or everything runs to its term
    function _windDown(uint256 way) internal {
        _i43_availableIsAvailable();
        way %= WAYS;
        if (way == 0) _noticeAll();
        // Five periods without a proof fail whoever has a duty.
        uint256 silent = way == 1 ? type(uint256).max : 0;
        uint256 periods =
            way == 0
                ? 2 + NOTICE_PERIODS
                : way == 1
                    ? 5
                    : _longestTerm();
        for (uint256 i; i < periods; ++i) {
            _provePeriod(silent);
        }
        _i44_nobodysExitIsBlocked();
        _i45_nothingButDust();
    }

    /// @dev Everybody takes out everything; whoever comes first leaves nobody short.
    function _i43_availableIsAvailable() private witnessed {
        _withdrawAll();
    }

    function _i44_nobodysExitIsBlocked() private {
        _endAll();
        _unbondAll();
        _passUnbonding();
        _takeUnbonded();
        _withdrawRest();
    }

    function _i45_nothingButDust() private {
        _sweep();
        assertEq(live.length, 0, "I45 agreements left");
        assertEq(escrow.lockedBy(address(agreements)), 0, "I45 locked by Agreements");
        assertEq(escrow.lockedBy(address(collateral)), 0, "I45 locked by Collateral");
        assertEq(token.balanceOf(address(escrow)), donated, "I45 more left than dust");
        assertEq(token.balanceOf(address(agreements)), 0, "I45 tokens in Agreements");
        assertEq(token.balanceOf(address(collateral)), 0, "I45 tokens in Collateral");
    }

    function _provePeriod(uint256 silent) private witnessed {
        _proveAll(silent);
        _nextPeriod();
    }

    function _noticeAll() private witnessed {
        for (uint256 i; i < live.length; ++i) {
            AgreementGhost storage g = agreementGhosts[live[i]];
            if (proofs.currentPeriod() + 1 + NOTICE_PERIODS >= _end(g)) continue;
            vm.prank(g.client);
            agreements.giveNotice(_idOf(live[i]));
        }
    }

    /// @dev By a stranger, one after the other, from the last to the first or the other way round.
    function _endAll() private witnessed {
        uint64[] memory ids = live;
        for (uint256 i; i < ids.length; ++i) {
            uint64 id = ids[actions % 2 == 0 ? i : ids.length - 1 - i];
            vm.prank(reporter);
            agreements.end(AgreementId.wrap(id));
        }
    }

    /// @dev The bond, too: nobody has duties any more.
    function _unbondAll() private witnessed {
        for (uint32 provider = 1; provider <= providers.length; ++provider) {
            uint256 free = collateral.stakes(provider).free;
            if (free == 0) continue;
            vm.prank(providers[provider - 1].operator);
            collateral.requestUnbond(provider, free);
        }
    }

    function _passUnbonding() private {
        vm.warp(block.timestamp + _collateralParams().unbondDelay);
    }

    function _takeUnbonded() private witnessed {
        for (uint32 provider = 1; provider <= providers.length; ++provider) {
            if (collateral.unbondings(provider).amount != 0) collateral.withdrawUnbonded(provider);
        }
    }

    function _withdrawRest() private witnessed {
        _withdrawAll();
    }

    function _withdrawAll() private {
        for (uint32 account = 1; account < escrow.accountCount(); ++account) {
            (address owner, uint96 available) = escrow.accounts(account);
            if (available == 0) continue;
            vm.prank(owner);
            escrow.withdraw(owner, available);
        }
    }

    function _sweep() private witnessed {
        (, uint96 burned) = escrow.accounts(0);
        if (burned != 0) escrow.sweepBurned();
    }

    function _longestTerm() private view returns (uint256 periods) {
        uint32 current = proofs.currentPeriod();
        for (uint256 i; i < live.length; ++i) {
            uint32 end = _end(agreementGhosts[live[i]]);
            if (end > current && end - current > periods) periods = end - current;
        }
    }
}
