// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {Sums} from "./properties/Sums.sol";

/// @notice How a run ends: everybody settles, ends, unbonds and withdraws. Properties 43 to 45 of README.md: a step that fails fails the run.
abstract contract WindDown is Sums {
    uint256 private constant WAYS = 3;
    /// @dev Four misses fail whoever has a duty; maintenance may lie between them, and then every audit's window is over.
    uint256 private constant SILENT_PERIODS = 10;
    /// @dev An audit's window, put off by the longest maintenance that begins in it, takes so long at most.
    uint256 private constant AUDIT_PERIODS =
        (2 * AUDIT_WINDOW + MAINTENANCE_PERIODS * PERIOD_BLOCKS) / PERIOD_BLOCKS + 1;

    /// @param way clients give notice; or all providers fall silent; or everything runs to its term
    function _windDown(uint256 way) internal {
        _i43_availableIsAvailable();
        way %= WAYS;
        uint256 silent = way == 1 ? type(uint256).max : 0;
        _answerOpen(silent);
        if (way == 0) _noticeAll();
        uint256 periods =
            way == 0
                ? 2 + NOTICE_PERIODS
                : way == 1
                    ? SILENT_PERIODS
                    : _longestTerm();
        for (uint256 i; i < periods || (_isAnythingAsked() && i < AUDIT_PERIODS); ++i) {
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
        _closeBids();
        _closeAsked();
        _endAll();
        // Those whose agreements failed only now.
        _closeAsked();
        _startClosing();
        _claimFees();
        _declareNothing();
        _unbondAll();
        vm.warp(_whenAllIsOver());
        _takeUnbonded();
        _withdrawChannels();
        _withdrawRest();
    }

    function _i45_nothingButDust() private {
        _sweep();
        assertEq(live.length, 0, "I45 agreements left");
        assertEq(openAudits.length, 0, "I45 audits left");
        assertEq(openDemands.length, 0, "I45 demands left");
        assertEq(openChannels.length, 0, "I45 channels left");
        uint256 nobodys = _feesOfNobody();
        assertEq(escrow.lockedBy(address(agreements)), 0, "I45 locked by Agreements");
        assertEq(escrow.lockedBy(address(collateral)), nobodys, "I45 locked by Collateral");
        assertEq(escrow.lockedBy(address(audits)), 0, "I45 locked by Audits");
        assertEq(escrow.lockedBy(address(demands)), 0, "I45 locked by Demands");
        assertEq(escrow.lockedBy(address(channels)), 0, "I45 locked by RetrievalChannels");
        assertEq(openBids.length, 0, "I45 bids left");
        assertEq(escrow.lockedBy(address(orderBook)), 0, "I45 locked by OrderBook");
        assertEq(token.balanceOf(address(escrow)), donated + nobodys, "I45 more left than dust");
        assertEq(token.balanceOf(address(agreements)), 0, "I45 tokens in Agreements");
        assertEq(token.balanceOf(address(collateral)), 0, "I45 tokens in Collateral");
        assertEq(token.balanceOf(address(audits)), 0, "I45 tokens in Audits");
        assertEq(token.balanceOf(address(orderBook)), 0, "I45 tokens in OrderBook");
        assertEq(token.balanceOf(address(demands)), 0, "I45 tokens in Demands");
        assertEq(token.balanceOf(address(channels)), 0, "I45 tokens in RetrievalChannels");
    }

    /// @dev Before any term is cut short. An audit's leaves are known from the block after it was opened on.
    function _answerOpen(uint256 silent) private witnessed {
        vm.roll(block.number + 1);
        _respondUntil(silent, type(uint256).max);
    }

    function _provePeriod(uint256 silent) private witnessed {
        _proveAll(silent);
        _respondUntil(silent, type(uint256).max);
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

    /// @dev By a stranger once they have expired, before that by their clients.
    function _closeBids() private witnessed {
        uint64[] memory open = openBids;
        for (uint256 i; i < open.length; ++i) {
            bool expired = _isExpired(open[i]);
            vm.prank(expired ? reporter : bidGhosts[open[i]].client);
            if (expired) orderBook.closeBid(open[i]);
            else orderBook.cancelBid(open[i]);
        }
    }

    function _isAnythingAsked() private view returns (bool) {
        return openAudits.length + openDemands.length != 0;
    }

    function _closeAsked() private witnessed {
        uint256[] memory open = openAudits;
        for (uint256 i; i < open.length; ++i) {
            if (_isClosable(open[i])) audits.close(open[i]);
        }
        // Failed by its audit, an agreement's demands are void, and its ghost has to know.
        _readEvents();
        open = openDemands;
        for (uint256 i; i < open.length; ++i) {
            if (_isDemandClosable(open[i])) demands.close(open[i]);
        }
    }

    /// @dev Clients close every other channel; of the rest they are gone, and those close by themselves.
    function _startClosing() private witnessed {
        for (uint256 i; i < openChannels.length; ++i) {
            uint64 channel = openChannels[i];
            if (channel % 2 == 0 || !_isRunning(channel)) continue;
            vm.prank(channelGhosts[channel].client);
            channels.startClose(channel);
        }
    }

    function _whenAllIsOver() private view returns (uint256 time) {
        time = block.timestamp + _collateralParams().unbondDelay;
        for (uint256 i; i < openChannels.length; ++i) {
            uint256 end = _endsAt(channelGhosts[openChannels[i]]);
            if (end > time) time = end;
        }
    }

    function _withdrawChannels() private witnessed {
        uint64[] memory open = openChannels;
        for (uint256 i; i < open.length; ++i) {
            channels.withdraw(open[i]);
        }
    }

    /// @dev By a stranger, one after the other, from the first to the last or the other way round.
    function _endAll() private witnessed {
        uint64[] memory ids = live;
        for (uint256 i; i < ids.length; ++i) {
            uint64 id = ids[actions % 2 == 0 ? i : ids.length - 1 - i];
            vm.prank(reporter);
            agreements.end(_idOf(id));
        }
    }

    function _claimFees() private witnessed {
        uint256[] memory due = feesDue;
        for (uint256 i; i < due.length; ++i) {
            (uint32 provider, uint24 slash) = (uint32(due[i] >> 24), uint24(due[i]));
            if (feeGhosts[provider][slash] < accountsSeen) collateral.claimReportFee(provider, slash);
        }
    }

    /// @dev What capacity binds is free once none is declared; of those that failed, once anybody trims it.
    function _declareNothing() private witnessed {
        for (uint32 provider = 1; provider <= providers.length; ++provider) {
            if (registry.capacityOf(provider) == 0) continue;
            if (collateral.hasFailed(provider)) registry.trimCapacity(provider);
            else _declare(providers[provider - 1], 0);
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

    function _takeUnbonded() private witnessed {
        for (uint32 provider = 1; provider <= providers.length; ++provider) {
            if (collateral.unbondings(provider).amount != 0) collateral.withdrawUnbonded(provider);
        }
    }

    function _withdrawRest() private witnessed {
        _withdrawAll();
    }

    function _withdrawAll() private {
        uint32 count = escrow.accountCount();
        for (uint32 account = 1; account < count; ++account) {
            (address owner, uint96 available) = escrow.accounts(account);
            if (available == 0) continue;
            vm.prank(owner);
            escrow.withdraw(owner, available);
        }
    }

    function _sweep() private witnessed {
        if (escrow.burningOf(address(channels)) != 0) escrow.collectBurned(address(channels));
        (, uint96 burned) = escrow.accounts(0);
        if (burned != 0) escrow.sweepBurned();
    }

    /// @dev Report fees for account numbers that nobody has yet: what is due after all others were claimed.
    function _feesOfNobody() private view returns (uint256) {
        return feesDue.length * _collateralParams().reportFee;
    }

    function _longestTerm() private view returns (uint256 periods) {
        uint32 current = proofs.currentPeriod();
        for (uint256 i; i < live.length; ++i) {
            uint32 end = _end(agreementGhosts[live[i]]);
            if (end > current && end - current > periods) periods = end - current;
        }
    }
}
