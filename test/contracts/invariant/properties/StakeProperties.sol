// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {ICollateral} from "../../../../contracts/interfaces/ICollateral.sol";
import {IPossessionProofs} from "../../../../contracts/interfaces/IPossessionProofs.sol";
import {Sums} from "./Sums.sol";

/// @notice Properties 12 to 21 of README.md.
abstract contract StakeProperties is Sums {
    function _checkStakeOf(
        uint32 provider,
        ICollateral.Stake memory stake,
        IPossessionProofs.Duty memory duty,
        Totals memory totals
    ) internal view {
        ProviderGhost storage g = providerGhosts[provider];
        ICollateral.Unbonding memory unbonding = collateral.unbondings(provider);
        _i12_conservationPerProvider(provider, g, stake, unbonding);
        _i13_lockedCoversTheWorst(provider, stake, totals);
        _i15_slashesHaveDestinations();
        _i16_bondStays(provider, g, stake, duty);
        _i17_unbondingTakesItsDelay(provider, g, unbonding);
        _i18_ladder(provider, g, stake);
        _i19_missStruckOnce(provider, g, stake);
        _i20_innocence(provider, g, stake);
        _i21_failingIsFinal(provider, g, duty);
    }

    function _checkCollateralOf(uint64 id, AgreementGhost storage g, IAgreements.Agreement memory a) internal view {
        _i14_conservationOfCollateral(id, g, a);
    }

    function _i12_conservationPerProvider(
        uint32 provider,
        ProviderGhost storage g,
        ICollateral.Stake memory stake,
        ICollateral.Unbonding memory unbonding
    ) private view {
        uint256 inside = uint256(stake.free) + stake.locked + unbonding.amount;
        _same(g.staked, inside + g.unbonded + g.slashed + g.fees, "I12 stake of provider", provider);
    }

    /// @dev The worst that open duties can cost is everything that remains behind them.
    function _i13_lockedCoversTheWorst(
        uint32 provider,
        ICollateral.Stake memory stake,
        Totals memory totals
    ) private pure {
        _same(stake.locked, totals.remaining[provider], "I13 locked stake of provider", provider);
    }

    function _i14_conservationOfCollateral(
        uint64 id,
        AgreementGhost storage g,
        IAgreements.Agreement memory a
    ) private view {
        uint256 remaining = a.status == IAgreements.Status.Active ? _remainingOf(g, a) : 0;
        _same(_signedCollateral(g), g.lost + g.returned + remaining, "I14 collateral of agreement", id);
    }

    function _i15_slashesHaveDestinations() private view {
        _unbroken(15, "I15 a slash went elsewhere or in another proportion");
    }

    function _i16_bondStays(
        uint32 provider,
        ProviderGhost storage g,
        ICollateral.Stake memory stake,
        IPossessionProofs.Duty memory duty
    ) private view {
        if (stake.locked == 0 && duty.units == 0) return;
        _holds(stake.free + g.fees >= BOND, "I16 bond of provider", provider);
    }

    function _i17_unbondingTakesItsDelay(
        uint32 provider,
        ProviderGhost storage g,
        ICollateral.Unbonding memory unbonding
    ) private view {
        _unbroken(17, "I17 stake left early");
        _same(unbonding.amount, g.unbonding, "I17 unbonding of provider", provider);
        if (g.unbonding != 0) _same(unbonding.releaseTime, g.releaseTime, "I17 release time of provider", provider);
    }

    /// @dev What remains of 1 behind a provider since it began is its index.
    function _i18_ladder(uint32 provider, ProviderGhost storage g, ICollateral.Stake memory stake) private view {
        _unbroken(18, "I18 a strike took another share than its step");
        uint256 index = collateral.remainingOf(provider, 0, type(uint32).max, WHOLE);
        _same(index, g.index, "I18 index of provider", provider);
        _same(stake.strikes, g.strikes, "I18 strikes of provider", provider);
    }

    function _i19_missStruckOnce(
        uint32 provider,
        ProviderGhost storage g,
        ICollateral.Stake memory stake
    ) private view {
        _unbroken(19, "I19 struck twice, early, or for a proven period");
        _same(stake.slashes, g.struck, "I19 slashes of provider", provider);
        _same(stake.lastMiss, g.lastStruck, "I19 last miss of provider", provider);
    }

    function _i20_innocence(uint32 provider, ProviderGhost storage g, ICollateral.Stake memory stake) private view {
        if (g.missed != 0 || g.lost != 0) return;
        _same(stake.strikes, 0, "I20 strikes of the innocent provider", provider);
        _same(g.slashed + g.fees, 0, "I20 loss of the innocent provider", provider);
    }

    function _i21_failingIsFinal(
        uint32 provider,
        ProviderGhost storage g,
        IPossessionProofs.Duty memory duty
    ) private view {
        _unbroken(21, "I21 a failed provider went on");
        _holds(duty.failed == g.failed, "I21 failure known to both, of provider", provider);
        if (!g.failed) return;
        _holds(collateral.hasFailed(provider), "I21 failed for good, provider", provider);
        _same(duty.units + duty.rent, 0, "I21 duty of the failed provider", provider);
        _same(collateral.lockableOf(provider), 0, "I21 lockable stake of the failed provider", provider);
    }
}
