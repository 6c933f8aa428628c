// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PriceIndex, PriceIndexParams} from "../../../contracts/PriceIndex.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {IPriceIndex} from "../../../contracts/interfaces/IPriceIndex.sol";
import {PriceIndexFixture} from "../support/PriceIndexFixture.sol";

contract PriceIndexParamsTest is PriceIndexFixture {
    /// @dev Above it, ten times the price at ten times the curve would leave 64 bits.
    uint64 private constant MAX_START = type(uint64).max / 100;

    function _refused(PriceIndexParams memory params, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IPriceIndex.PriceIndex_InvalidParams.selector, field));
        _deploy(params);
    }

    function test_RevertWhen_StartPriceIsZeroOrLeavesItsWidth() public {
        PriceIndexParams memory params = _params();
        params.startPrice = 0;
        _refused(params, "startPrice");
        params.startPrice = MAX_START + 1;
        _refused(params, "startPrice");
        params.startPrice = 1;
        assertEq(_deploy(params).startPrice(), 1);
        params.startPrice = MAX_START;
        assertEq(_deploy(params).startPrice(), MAX_START);
    }

    function test_RevertWhen_TargetIsNothingOrAll() public {
        PriceIndexParams memory params = _params();
        params.target = 0;
        _refused(params, "target");
        params.target = 1e18;
        _refused(params, "target");
        params.target = 1;
        assertEq(_deploy(params).target(), 1);
        params.target = 1e18 - 1;
        assertEq(_deploy(params).target(), 1e18 - 1);
    }

    function test_RevertWhen_StepIsAboveATenth() public {
        PriceIndexParams memory params = _params();
        params.step = 0.1e18 + 1;
        _refused(params, "step");
        params.step = 0.1e18;
        assertEq(_deploy(params).step(), 0.1e18);
        params.step = 0;
        assertEq(_deploy(params).step(), 0);
    }

    function test_RevertWhen_FlowNeverDecays() public {
        PriceIndexParams memory params = _params();
        params.flowDecay = 1e18;
        _refused(params, "flowDecay");
        params.flowDecay = 1e18 - 1;
        assertEq(_deploy(params).flowDecay(), 1e18 - 1);
        params.flowDecay = 0;
        assertEq(_deploy(params).flowDecay(), 0);
    }

    function test_RevertWhen_CurveFallsOrIsAboveTen() public {
        PriceIndexParams memory params = _params();
        params.curve = 1e18 - 1;
        _refused(params, "curve");
        params.curve = 10e18 + 1;
        _refused(params, "curve");
        params.curve = 1e18;
        assertEq(_deploy(params).curve(), 1e18);
        params.curve = 10e18;
        assertEq(_deploy(params).curve(), 10e18);
    }

    function test_RevertWhen_PeriodsAreTooLongToCount() public {
        clock.setPeriodBlocks(1 << 24);
        _refused(_params(), "periodBlocks");
        clock.setPeriodBlocks((1 << 24) - 1);
        vm.roll(10 * ((uint256(1) << 24) - 1));
        assertEq(_deploy(_params()).quote(), START);
    }

    function test_KeepsItsParametersAndBeginsAtTheTarget() public {
        vm.expectEmit();
        emit IPriceIndex.IndexMoved(10, uint96(START_INDEX), 0.85e9, 0);
        PriceIndex fresh = _deploy(_params());
        assertEq(fresh.startPrice(), START);
        assertEq(fresh.target(), 0.85e18);
        assertEq(fresh.step(), 0.01e18);
        assertEq(fresh.flowDecay(), DECAY);
        assertEq(fresh.curve(), 1.5e18);

        (IPriceIndex.Level memory level, IPriceIndex.Signal memory signal) = fresh.current();
        assertEq(abi.encode(level), abi.encode(IPriceIndex.Level(uint96(START_INDEX), 10, 0, 0)));
        assertEq(abi.encode(signal), abi.encode(IPriceIndex.Signal(0, 0.85e9, 0, 0, 0, 0)));
        assertEq(fresh.quote(), START);
        assertEq(fresh.history(1).length, 0);
    }

    function test_RevertWhen_CallerIsNotOfTheMarket() public {
        bytes4 err = IPriceIndex.PriceIndex_NotAMarketContract.selector;
        address mallory = makeAddr("mallory");
        vm.startPrank(mallory);
        vm.expectRevert(abi.encodeWithSelector(err, mallory));
        index.onSold(1, 1);
        vm.expectRevert(abi.encodeWithSelector(err, mallory));
        index.onEnded(1);
        vm.expectRevert(abi.encodeWithSelector(err, mallory));
        index.onCapacity(0, 1);
    }

    /// @dev Each contract may do its own part only.
    function test_RevertWhen_CallerHasAnotherPart() public {
        bytes4 err = IPriceIndex.PriceIndex_NotAMarketContract.selector;
        address registry = makeAddr("registry");
        PriceIndex split = new PriceIndex(_params(), IPossessionProofs(address(clock)), address(this), registry);
        vm.expectRevert(abi.encodeWithSelector(err, address(this)));
        split.onCapacity(0, 1);
        vm.startPrank(registry);
        split.onCapacity(0, 1);
        vm.expectRevert(abi.encodeWithSelector(err, registry));
        split.onSold(1, 1);
        vm.expectRevert(abi.encodeWithSelector(err, registry));
        split.onEnded(1);
    }
}
