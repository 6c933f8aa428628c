// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";

/// @notice Collateral and proofs, one argument changed at a time: each with its exact error.
contract SingleFieldProviderTest is CallTable {
    function setUp() public override {
        super.setUp();
        _fund(PAYER, 1_000 ether);
    }

    function _unknown(uint32 provider) private pure returns (bytes memory) {
        return abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, provider);
    }

    // -------------------------------------------------------------- collateral

    function _stakeCall() private view returns (Call memory) {
        bytes memory data = abi.encodeCall(collateral.stake, (holder.id, PAYER, 1 ether));
        return Call(PAYER, address(collateral), data);
    }

    function test_RevertWhen_StakingForAnUnknownProvider() public {
        _with(_stakeCall(), abi.encodeCall(collateral.stake, (9, PAYER, 1 ether)), _unknown(9));
    }

    function test_RevertWhen_StakingAnothersTokens() public {
        _with(
            _stakeCall(),
            abi.encodeCall(collateral.stake, (holder.id, client, 1 ether)),
            abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, PAYER, 0)
        );
    }

    function test_RevertWhen_StakingNothing() public {
        _with(
            _stakeCall(),
            abi.encodeCall(collateral.stake, (holder.id, PAYER, 0)),
            abi.encodeWithSelector(ICollateral.Collateral_ZeroAmount.selector)
        );
    }

    function _unbondCall(uint256 amount) private view returns (Call memory) {
        bytes memory data = abi.encodeCall(collateral.requestUnbond, (holder.id, amount));
        return Call(holder.operator, address(collateral), data);
    }

    function test_RevertWhen_UnbondingByTheNodeKey() public {
        address node = vm.addr(holder.nodeKey);
        bytes4 err = ICollateral.Collateral_NotAuthorized.selector;
        _byAnother(_unbondCall(1), node, abi.encodeWithSelector(err, holder.id, node));
    }

    function test_RevertWhen_UnbondingAnothersStake() public {
        bytes4 err = ICollateral.Collateral_NotAuthorized.selector;
        _with(
            _unbondCall(1),
            abi.encodeCall(collateral.requestUnbond, (successor.id, 1)),
            abi.encodeWithSelector(err, successor.id, holder.operator)
        );
    }

    function test_RevertWhen_UnbondingNothing() public {
        _with(
            _unbondCall(1),
            abi.encodeCall(collateral.requestUnbond, (holder.id, 0)),
            abi.encodeWithSelector(ICollateral.Collateral_ZeroAmount.selector)
        );
    }

    function test_RevertWhen_UnbondingAWeiOfTheBond() public {
        _declare(holder, 0);
        uint256 free = collateral.lockableOf(holder.id);
        bytes4 err = ICollateral.Collateral_InsufficientStake.selector;
        _single(_unbondCall(free), _unbondCall(free + 1), abi.encodeWithSelector(err, holder.id, free, free + 1));
    }

    function test_RevertWhen_WithdrawingOfAProviderThatUnbondsNothing() public {
        _expect(_unbondCall(1), OK, "unbonding");
        vm.warp(block.timestamp + 7 days);
        bytes memory data = abi.encodeCall(collateral.withdrawUnbonded, (holder.id));
        bytes4 err = ICollateral.Collateral_NothingUnbonding.selector;
        _with(
            Call(PAYER, address(collateral), data),
            abi.encodeCall(collateral.withdrawUnbonded, (successor.id)),
            abi.encodeWithSelector(err, successor.id)
        );
    }

    function _claimCall() private returns (Call memory) {
        _toPeriod(start + 1);
        proofs.recordMisses(holder.id, escrow.accountOf(PAYER));
        return Call(PAYER, address(collateral), abi.encodeCall(collateral.claimReportFee, (holder.id, 0)));
    }

    function test_RevertWhen_ClaimingForAnotherProvider() public {
        bytes4 err = ICollateral.Collateral_NoReportFee.selector;
        Call memory valid = _claimCall();
        bytes memory changed = abi.encodeCall(collateral.claimReportFee, (successor.id, 0));
        _with(valid, changed, abi.encodeWithSelector(err, successor.id, 0));
    }

    function test_RevertWhen_ClaimingForAnotherSlash() public {
        bytes4 err = ICollateral.Collateral_NoReportFee.selector;
        Call memory valid = _claimCall();
        bytes memory changed = abi.encodeCall(collateral.claimReportFee, (holder.id, 1));
        _with(valid, changed, abi.encodeWithSelector(err, holder.id, 1));
    }

    function test_RevertWhen_ClaimingTwice() public {
        Call memory valid = _claimCall();
        _expect(valid, OK, "once");
        _expect(valid, abi.encodeWithSelector(ICollateral.Collateral_NoReportFee.selector, holder.id, 0), "twice");
    }

    // ------------------------------------------------------------------ proofs

    function test_RevertWhen_ProvingForAnotherProvider() public {
        _toPeriod(start);
        bytes memory data = abi.encodeCall(proofs.prove, (successor.id, start, _proof(holder.id)));
        bytes4 err = IPossessionProofs.PossessionProofs_NothingToProve.selector;
        _with(_proveCall(), data, abi.encodeWithSelector(err, successor.id, start));
    }

    function test_RevertWhen_ProvingAnotherPeriod() public {
        _toPeriod(start);
        bytes memory data = abi.encodeCall(proofs.prove, (holder.id, start + 1, _proof(holder.id)));
        bytes4 err = IPossessionProofs.PossessionProofs_WrongPeriod.selector;
        _with(_proveCall(), data, abi.encodeWithSelector(err, start + 1, start));
    }

    function test_RevertWhen_ProvingWithNothing() public {
        _toPeriod(start);
        uint256 length = _proof(holder.id).length;
        bytes4 err = IPossessionProofs.PossessionProofs_WrongLength.selector;
        bytes memory data = abi.encodeCall(proofs.prove, (holder.id, start, ""));
        _with(_proveCall(), data, abi.encodeWithSelector(err, 0, length));
    }

    function test_RevertWhen_ProvingWithAByteTooMuch() public {
        _toPeriod(start);
        bytes memory proof = _proof(holder.id);
        bytes memory data = abi.encodeCall(proofs.prove, (holder.id, start, bytes.concat(proof, hex"00")));
        bytes4 err = IPossessionProofs.PossessionProofs_WrongLength.selector;
        _with(_proveCall(), data, abi.encodeWithSelector(err, proof.length + 1, proof.length));
    }

    function test_RevertWhen_RecordingMissesOfAnotherProvider() public {
        _toPeriod(start + 1);
        bytes4 err = IPossessionProofs.PossessionProofs_NothingMissed.selector;
        bytes memory data = abi.encodeCall(proofs.recordMisses, (successor.id, 0));
        _with(_recordMissesCall(), data, abi.encodeWithSelector(err, successor.id));
    }

    // ------------------------------------------------------------- maintenance

    function _declareCall(uint32 provider, uint32 from, uint32 periods) private view returns (Call memory) {
        bytes memory data = abi.encodeCall(proofs.declareMaintenance, (provider, from, periods));
        return Call(holder.operator, address(proofs), data);
    }

    function _declareFails(Call memory changed, bytes memory err) private {
        _single(_declareCall(holder.id, start, MAINTENANCE_PERIODS), changed, err);
    }

    function test_RevertWhen_DeclaringForAnotherProvider() public {
        bytes4 err = IPossessionProofs.PossessionProofs_NotAuthorized.selector;
        _declareFails(
            _declareCall(successor.id, start, MAINTENANCE_PERIODS),
            abi.encodeWithSelector(err, successor.id, holder.operator)
        );
    }

    function test_RevertWhen_DeclaringThePeriodThatHasBegun() public {
        bytes4 err = IPossessionProofs.PossessionProofs_MaintenanceTooLate.selector;
        _declareFails(
            _declareCall(holder.id, start - 1, MAINTENANCE_PERIODS),
            abi.encodeWithSelector(err, holder.id, start - 1, start - 1)
        );
    }

    function test_RevertWhen_DeclaringAPeriodTooMuch() public {
        bytes4 err = IPossessionProofs.PossessionProofs_MaintenanceTooLong.selector;
        _declareFails(
            _declareCall(holder.id, start, MAINTENANCE_PERIODS + 1),
            abi.encodeWithSelector(err, holder.id, MAINTENANCE_PERIODS + 1, MAINTENANCE_PERIODS)
        );
    }

    function test_RevertWhen_DeclaringAgainAPeriodTooSoon() public {
        _expect(_declareCall(holder.id, start, MAINTENANCE_PERIODS), OK, "the first");
        _toPeriod(start + MAINTENANCE_PERIODS);
        _prove(holder.id);
        uint32 earliest = start + MAINTENANCE_CYCLE;
        bytes4 err = IPossessionProofs.PossessionProofs_MaintenanceTooSoon.selector;
        _single(
            _declareCall(holder.id, earliest, 1),
            _declareCall(holder.id, earliest - 1, 1),
            abi.encodeWithSelector(err, holder.id, earliest - 1, earliest)
        );
    }
}
