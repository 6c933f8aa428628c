// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {NodeKeys} from "../support/NodeKeys.sol";
import {Ask} from "../../../contracts/types/Ask.sol";

/// @notice A valid ask, one member changed at a time, posted and amended: each with its exact error.
contract SingleFieldAskTest is CallTable {
    function _post(Ask memory ask) private view returns (Call memory) {
        return Call(holder.operator, address(orderBook), abi.encodeCall(orderBook.postAsk, (ask)));
    }

    function _amend(uint64 askId, Ask memory ask) private view returns (Call memory) {
        return Call(holder.operator, address(orderBook), abi.encodeCall(orderBook.amendAsk, (askId, ask)));
    }

    function _invalid(Ask memory ask, string memory field) private {
        bytes memory err = abi.encodeWithSelector(IAsks.OrderBook_InvalidAsk.selector, field);
        uint256 snapshot = vm.snapshotState();
        _single(_post(_ask(holder.id)), _post(ask), err);
        vm.revertToState(snapshot);
        _single(_amend(holder.askId, _ask(holder.id)), _amend(holder.askId, ask), err);
    }

    function test_RevertWhen_PriceIsZero() public {
        Ask memory ask = _ask(holder.id);
        ask.pricePerUnitPeriod = 0;
        _invalid(ask, "pricePerUnitPeriod");
    }

    function test_RevertWhen_NothingIsLeft() public {
        Ask memory ask = _ask(holder.id);
        ask.unitsLeft = 0;
        _invalid(ask, "unitsLeft");
    }

    function test_RevertWhen_NoCollateralIsPosted() public {
        Ask memory ask = _ask(holder.id);
        ask.collateralPeriods = 0;
        _invalid(ask, "collateralPeriods");
    }

    function test_RevertWhen_MostUnitsAreZero() public {
        Ask memory ask = _ask(holder.id);
        (ask.minUnits, ask.maxUnits) = (0, 0);
        _invalid(ask, "maxUnits");
    }

    function test_RevertWhen_FewestUnitsAreMoreThanTheMost() public {
        Ask memory ask = _ask(holder.id);
        ask.minUnits = ask.maxUnits + 1;
        _invalid(ask, "maxUnits");
    }

    function test_RevertWhen_MostPeriodsAreZero() public {
        Ask memory ask = _ask(holder.id);
        (ask.minPeriods, ask.maxPeriods) = (0, 0);
        _invalid(ask, "maxPeriods");
    }

    function test_RevertWhen_FewestPeriodsAreMoreThanTheMost() public {
        Ask memory ask = _ask(holder.id);
        ask.minPeriods = ask.maxPeriods + 1;
        _invalid(ask, "maxPeriods");
    }

    function test_RevertWhen_ExpiryIsNow() public {
        Ask memory ask = _ask(holder.id);
        ask.expiry = uint40(block.timestamp);
        _invalid(ask, "expiry");
    }

    function test_RevertWhen_ProviderIsUnknown() public {
        bytes memory err = abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 9);
        _single(_post(_ask(holder.id)), _post(_ask(9)), err);
    }

    function test_RevertWhen_ProviderIsAnothers() public {
        bytes4 err = IAsks.OrderBook_NotAuthorized.selector;
        _single(
            _post(_ask(holder.id)),
            _post(_ask(successor.id)),
            abi.encodeWithSelector(err, successor.id, holder.operator)
        );
    }

    function test_RevertWhen_ProviderHasNoPlacement() public {
        address operator = holder.operator;
        _fund(operator, BOND);
        bytes memory signature = _bind(operator, 0xA003, 826, block.timestamp);
        vm.prank(operator);
        uint32 fresh = registry.register(NodeKeys.publicKeyOf(0xA003), 826, "", block.timestamp, signature);
        bytes memory err = abi.encodeWithSelector(IAsks.OrderBook_PlacementMissing.selector, fresh);
        _single(_post(_ask(holder.id)), _post(_ask(fresh)), err);
    }

    function test_RevertWhen_AmendingAnUnknownAsk() public {
        bytes memory err = abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, 99);
        _single(_amend(holder.askId, _ask(holder.id)), _amend(99, _ask(holder.id)), err);
    }

    function test_RevertWhen_AmendingForAnotherProvider() public {
        bytes4 err = IAsks.OrderBook_WrongProvider.selector;
        _single(
            _amend(holder.askId, _ask(holder.id)),
            _amend(holder.askId, _ask(successor.id)),
            abi.encodeWithSelector(err, holder.askId, holder.id, successor.id)
        );
    }

    function test_RevertWhen_AmendingAnothersAsk() public {
        Call memory valid = _amend(holder.askId, _ask(holder.id));
        bytes4 err = IAsks.OrderBook_NotAuthorized.selector;
        _byAnother(valid, successor.operator, abi.encodeWithSelector(err, holder.id, successor.operator));
    }

    function test_RevertWhen_CancellingAnothersAsk() public {
        bytes memory data = abi.encodeCall(orderBook.cancelAsks, (holder.id, _askList(holder.askId)));
        bytes4 err = IAsks.OrderBook_NotAuthorized.selector;
        _byAnother(
            Call(holder.operator, address(orderBook), data),
            successor.operator,
            abi.encodeWithSelector(err, holder.id, successor.operator)
        );
    }

    function test_RevertWhen_CancellingAnUnknownAsk() public {
        bytes memory data = abi.encodeCall(orderBook.cancelAsks, (holder.id, _askList(holder.askId)));
        bytes memory err = abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, 99);
        _with(
            Call(holder.operator, address(orderBook), data),
            abi.encodeCall(orderBook.cancelAsks, (holder.id, _askList(99))),
            err
        );
    }
}
