// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {ICollateral} from "../../../../contracts/interfaces/ICollateral.sol";
import {CollateralParams} from "../../../../contracts/Collateral.sol";
import {MoneyWitness} from "./MoneyWitness.sol";

/// @notice Reads Collateral's events into the ghosts.
abstract contract StakeWitness is MoneyWitness {
    uint256 private constant WORN_OUT = 1e9;
    uint8 private constant FAILED = 255;

    /// @dev Strikes since the last announcement of missed periods.
    uint32 internal struckNow;

    function _seeCollateral(Vm.Log memory log) internal {
        bytes32 topic = log.topics[0];
        uint32 provider = uint32(uint256(log.topics[1]));
        ProviderGhost storage g = providerGhosts[provider];
        if (topic == ICollateral.Staked.selector) {
            _seeStaked(g, provider, address(uint160(uint256(log.topics[2]))), abi.decode(log.data, (uint256)));
        } else if (topic == ICollateral.UnbondRequested.selector) {
            _seeRequest(g, log);
        } else if (topic == ICollateral.Unbonded.selector) {
            _seeUnbonded(g, provider, abi.decode(log.data, (uint256)));
        } else if (topic == ICollateral.CollateralReleased.selector) {
            agreementGhosts[context].returned += abi.decode(log.data, (uint256));
        } else if (topic == ICollateral.Struck.selector) {
            _seeStruck(g, provider, log);
        } else if (topic == ICollateral.Slashed.selector) {
            _seeSlashed(g, provider, log);
        } else if (topic == ICollateral.ReportFeeOwed.selector) {
            _seeFeeOwed(g, provider, uint24(uint256(log.topics[2])), log);
        } else if (topic == ICollateral.ReportFeePaid.selector) {
            _seeFeePaid(g, provider, uint24(uint256(log.topics[2])), log);
        } else if (topic == ICollateral.ProviderFailed.selector) {
            if (!g.failed || uint32(uint256(log.topics[2])) != g.lastStruck) _breach(21);
        }
    }

    function _seeStaked(ProviderGhost storage g, uint32 provider, address from, uint256 amount) private {
        g.staked += amount;
        _charge(from, amount);
        if (_isPairProvider(provider) && !_isPair(from)) pairIn += amount;
    }

    function _seeRequest(ProviderGhost storage g, Vm.Log memory log) private {
        (uint256 amount, uint256 releaseTime) = abi.decode(log.data, (uint256, uint256));
        if (releaseTime != block.timestamp + _collateralParams().unbondDelay) _breach(17);
        g.unbonding += amount;
        g.releaseTime = releaseTime;
    }

    function _seeUnbonded(ProviderGhost storage g, uint32 provider, uint256 amount) private {
        if (amount != g.unbonding || block.timestamp < g.releaseTime) _breach(17);
        g.unbonding = 0;
        g.unbonded += amount;
        _credit(registry.operatorAccountOf(provider), amount);
    }

    /// @dev The ladder, reckoned a second time.
    function _seeStruck(ProviderGhost storage g, uint32 provider, Vm.Log memory log) private {
        uint32 period = uint32(uint256(log.topics[2]));
        (uint8 strikes, uint256 remaining) = abi.decode(log.data, (uint8, uint256));
        if (period <= g.lastStruck || period >= proofs.currentPeriod()) _breach(19);
        if (g.failed || proofs.isProven(provider, period)) _breach(19);
        if (quiet[provider][period]) _breach(48);

        CollateralParams memory params = _collateralParams();
        if (period - g.lastStruck > params.healPeriods) g.strikes = 0;
        uint256 index = (g.index * (BPS - params.ladderBps[g.strikes])) / BPS;
        if (++g.strikes == params.ladderBps.length || index < WORN_OUT) {
            (index, g.strikes, g.failed) = (0, FAILED, true);
        }
        if (remaining != index || strikes != g.strikes) _breach(18);
        (g.index, g.lastStruck) = (index, period);
        ++g.struck;
        ++struckNow;
    }

    function _seeSlashed(ProviderGhost storage g, uint32 provider, Vm.Log memory log) private {
        (uint256 toClient, uint256 burned) = abi.decode(log.data, (uint256, uint256));
        AgreementGhost storage a = agreementGhosts[context];
        uint256 lost = toClient + burned;
        bool compensates = _compensates(a);
        if (a.provider != provider) _breach(15);
        if (uint32(uint256(log.topics[2])) != (compensates ? a.clientAccount : 0)) _breach(15);
        if (toClient != (compensates ? (lost * _collateralParams().compensationBps) / BPS : 0)) _breach(15);
        g.slashed += lost;
        a.lost += lost;
        burnedBySlashing += burned;
        _credit(a.clientAccount, toClient);
        _credit(0, burned);
        if (_isPairProvider(provider)) pairBurned += burned;
    }

    /// @dev A client may be the friend of those who kept its lost shard from being rebuilt.
    function _compensates(AgreementGhost storage g) internal view returns (bool) {
        return !g.repair || g.proven > 2;
    }

    /// @dev One report, one fee: of the slash that comes next.
    function _seeFeeOwed(ProviderGhost storage g, uint32 provider, uint24 slash, Vm.Log memory log) private {
        uint32 account = uint32(uint256(log.topics[3]));
        uint256 amount = abi.decode(log.data, (uint256));
        if (slash != g.struck || account == 0 || amount != _collateralParams().reportFee) _breach(50);
        g.fees += amount;
        g.feesOwed += amount;
        feeGhosts[provider][slash] = account;
        feesDue.push((uint256(provider) << 24) | slash);
        if (_isPairProvider(provider)) pairPaidOthers += amount;
    }

    function _seeFeePaid(ProviderGhost storage g, uint32 provider, uint24 slash, Vm.Log memory log) private {
        uint32 account = uint32(uint256(log.topics[3]));
        uint256 amount = abi.decode(log.data, (uint256));
        if (account == 0 || feeGhosts[provider][slash] != account) _breach(50);
        if (amount != _collateralParams().reportFee || amount > g.feesOwed) return _breach(50);
        feeGhosts[provider][slash] = 0;
        lastFee = (uint256(provider) << 24) | slash;
        for (uint256 i; i < feesDue.length; ++i) {
            if (feesDue[i] != lastFee) continue;
            feesDue[i] = feesDue[feesDue.length - 1];
            feesDue.pop();
        }
        g.feesOwed -= amount;
        _credit(account, amount);
        if (_isPair(accountGhosts[account].owner)) pairEarnedFromOthers += amount;
    }
}
