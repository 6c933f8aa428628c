// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {ICollateral} from "../../../../contracts/interfaces/ICollateral.sol";
import {OrderAttacker} from "../handlers/OrderAttacker.sol";
import {StrangerHandler} from "../handlers/StrangerHandler.sol";
import {TimeHandler} from "../handlers/TimeHandler.sol";

/// @notice What properties add up, in one pass over accounts, providers and live agreements.
abstract contract Sums is TimeHandler, StrangerHandler, OrderAttacker {
    /// @param owed by live agreements
    /// @param staked free, locked and unbonding, and report fees owed
    /// @param units, rent, remaining, pairOwed of live agreements, by provider
    struct Totals {
        uint32 accounts;
        uint256 balance;
        uint256 available;
        address[] owners;
        uint256[] balances;
        uint256 locked;
        uint256 deposited;
        uint256 withdrawn;
        uint256 owed;
        uint256 staked;
        uint256 pairHas;
        uint256[] units;
        uint256[] rent;
        uint256[] remaining;
        IAgreements.Agreement[] agreements;
        ICollateral.Stake[] stakes;
    }

    function _totals() internal view returns (Totals memory totals) {
        totals.balance = token.balanceOf(address(escrow));
        totals.locked =
            escrow.lockedBy(address(agreements)) +
            escrow.lockedBy(address(collateral)) +
            escrow.lockedBy(address(audits)) +
            escrow.lockedBy(address(demands)) +
            escrow.lockedBy(address(channels)) +
            escrow.lockedBy(address(orderBook));
        totals.accounts = escrow.accountCount();
        totals.owners = new address[](totals.accounts);
        totals.balances = new uint256[](totals.accounts);
        for (uint32 account; account < totals.accounts; ++account) {
            AccountGhost storage g = accountGhosts[account];
            (address owner, uint96 available) = escrow.accounts(account);
            (totals.owners[account], totals.balances[account]) = (owner, available);
            totals.available += available;
            totals.deposited += g.deposited;
            totals.withdrawn += g.withdrawn;
            if (_isPair(owner)) totals.pairHas += available;
        }
        totals.pairHas += pairBonds;
        for (uint256 i; i < openBids.length; ++i) {
            BidGhost storage g = bidGhosts[openBids[i]];
            if (_isPair(g.client)) totals.pairHas += g.reserved * g.shardsLeft;
        }
        _addStakes(totals);
        _addAgreements(totals);
    }

    function _addStakes(Totals memory totals) private view {
        uint256 count = providers.length;
        totals.stakes = new ICollateral.Stake[](count + 1);
        for (uint32 provider = 1; provider <= count; ++provider) {
            ICollateral.Stake memory stake = collateral.stakes(provider);
            uint256 staked = uint256(stake.free) + stake.locked + collateral.unbondings(provider).amount;
            totals.staked += staked + providerGhosts[provider].feesOwed;
            totals.stakes[provider] = stake;
            if (_isPairProvider(provider)) totals.pairHas += staked;
        }
    }

    function _addAgreements(Totals memory totals) private view {
        uint256 count = providers.length + 1;
        totals.units = new uint256[](count);
        totals.rent = new uint256[](count);
        totals.remaining = new uint256[](count);
        totals.agreements = new IAgreements.Agreement[](live.length);
        for (uint256 i; i < live.length; ++i) {
            IAgreements.Agreement memory a = agreements.agreements(_idOf(live[i]));
            AgreementGhost storage g = agreementGhosts[live[i]];
            totals.agreements[i] = a;
            uint256 owed = _owedBy(g.rent, a);
            totals.owed += owed;
            if (_isPair(g.client)) totals.pairHas += owed;
            totals.units[g.provider] += g.units;
            totals.rent[g.provider] += g.rent;
            totals.remaining[g.provider] += _remainingOf(g, a);
        }
    }

    /// @notice What a live agreement still owes, by what is stored.
    function _owedBy(uint256 rent, IAgreements.Agreement memory a) internal pure returns (uint256) {
        return rent * (a.periods - a.settledPeriods) + (rent * a.provenPeriods * HOLDBACK_BPS) / BPS;
    }

    /// @notice Collateral behind an agreement that settling has not taken yet.
    function _remainingOf(AgreementGhost storage g, IAgreements.Agreement memory a) internal view returns (uint256) {
        uint32 settledTo = a.startPeriod + a.settledPeriods;
        return collateral.remainingOf(g.provider, a.startPeriod, settledTo, _signedCollateral(g));
    }

    /// @dev Fails with a name only when there is something to say: strings cost time in a loop.
    function _same(uint256 actual, uint256 expected, string memory what, uint256 subject) internal pure {
        if (actual != expected) assertEq(actual, expected, string.concat(what, " ", vm.toString(subject)));
    }

    function _holds(bool condition, string memory what, uint256 subject) internal pure {
        if (!condition) assertTrue(false, string.concat(what, " ", vm.toString(subject)));
    }

    /// @dev What only events can show was noted when they were read.
    function _unbroken(uint256 property, string memory what) internal view {
        if (breaches[property] != 0) assertEq(breaches[property], 0, what);
    }
}
