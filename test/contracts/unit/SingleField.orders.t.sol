// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {Signing} from "../support/Signing.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IReputation} from "../../../contracts/interfaces/IReputation.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {Ask} from "../../../contracts/types/Ask.sol";
import {SignedAsk} from "../../../contracts/types/SignedAsk.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";

/// @notice Pegged and signed asks, capacity and counted clients in the whole market, one argument changed at a time: each with its exact error.
contract SingleFieldOrdersTest is CallTable {
    using Signing for *;

    function _pegged() private view returns (Ask memory ask) {
        ask = _ask(holder.id);
        (ask.premiumBps, ask.ceiling) = (10_000, 2 * PRICE);
    }

    function _signed() private view returns (SignedAsk memory) {
        return SignedAsk({ask: _pegged(), nonce: 1, series: 0});
    }

    function _bring(SignedAsk memory signed) private view returns (Call memory) {
        bytes32 digest = _digest("Stowmarket OrderBook", address(orderBook), signed.hashOf());
        bytes memory data = abi.encodeCall(orderBook.bringAsk, (signed, _sign(holder.nodeKey, digest)));
        return Call(PAYER, address(orderBook), data);
    }

    function _invalid(Ask memory ask, string memory field) private {
        bytes memory err = abi.encodeWithSelector(IAsks.OrderBook_InvalidAsk.selector, field);
        address target = address(orderBook);
        Call memory valid = Call(holder.operator, target, abi.encodeCall(orderBook.postAsk, (_pegged())));
        uint256 snapshot = vm.snapshotState();
        _with(valid, abi.encodeCall(orderBook.postAsk, (ask)), err);
        vm.revertToState(snapshot);
        valid.data = abi.encodeCall(orderBook.amendAsk, (holder.askId, _pegged()));
        _with(valid, abi.encodeCall(orderBook.amendAsk, (holder.askId, ask)), err);
        vm.revertToState(snapshot);
        SignedAsk memory signed = _signed();
        signed.ask = ask;
        _single(_bring(_signed()), _bring(signed), err);
    }

    function test_RevertWhen_ThePremiumIsTooSmall() public {
        Ask memory ask = _pegged();
        ask.premiumBps = 4_999;
        _invalid(ask, "premiumBps");
    }

    function test_RevertWhen_ThePremiumIsTooLarge() public {
        Ask memory ask = _pegged();
        ask.premiumBps = 20_001;
        _invalid(ask, "premiumBps");
    }

    function test_RevertWhen_TheCeilingIsBelowTheFloor() public {
        Ask memory ask = _pegged();
        ask.ceiling = PRICE - 1;
        _invalid(ask, "ceiling");
    }

    function test_RevertWhen_AFixedAskHasACeiling() public {
        Ask memory ask = _pegged();
        ask.premiumBps = 0;
        _invalid(ask, "ceiling");
    }

    function test_RevertWhen_TheSeriesIsAnother() public {
        SignedAsk memory signed = _signed();
        signed.series = 1;
        bytes4 err = IAsks.OrderBook_SeriesOver.selector;
        _single(_bring(_signed()), _bring(signed), abi.encodeWithSelector(err, holder.id, 1, 0));
    }

    function test_RevertWhen_TheSignerIsAnothersNode() public {
        SignedAsk memory signed = _signed();
        signed.ask.provider = successor.id;
        bytes4 err = IAsks.OrderBook_BadAskSignature.selector;
        (address given, address expected) = (vm.addr(holder.nodeKey), vm.addr(successor.nodeKey));
        _single(_bring(_signed()), _bring(signed), abi.encodeWithSelector(err, successor.id, given, expected));
    }

    function test_RevertWhen_StartingAnothersSeries() public {
        bytes memory data = abi.encodeCall(orderBook.startSeries, (holder.id));
        bytes4 err = IAsks.OrderBook_NotAuthorized.selector;
        _byAnother(
            Call(holder.operator, address(orderBook), data),
            successor.operator,
            abi.encodeWithSelector(err, holder.id, successor.operator)
        );
        _with(
            Call(holder.operator, address(orderBook), data),
            abi.encodeCall(orderBook.startSeries, (9)),
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 9)
        );
    }

    function test_RevertWhen_CancellingForAnotherProvider() public {
        bytes memory data = abi.encodeCall(orderBook.cancelAsks, (holder.id, _askList(holder.askId)));
        bytes memory others = abi.encodeCall(orderBook.cancelAsks, (holder.id, _askList(successor.askId)));
        bytes4 err = IAsks.OrderBook_WrongProvider.selector;
        _with(
            Call(holder.operator, address(orderBook), data),
            others,
            abi.encodeWithSelector(err, successor.askId, successor.id, holder.id)
        );
    }

    function _declareCall(uint32 units) private view returns (Call memory) {
        bytes memory data = abi.encodeCall(registry.declareCapacity, (holder.id, units));
        return Call(holder.operator, address(registry), data);
    }

    function test_RevertWhen_DeclaringForAnother() public {
        bytes4 err = INodeRegistry.NodeRegistry_NotAuthorized.selector;
        _byAnother(_declareCall(7), successor.operator, abi.encodeWithSelector(err, holder.id, successor.operator));
    }

    function test_RevertWhen_DeclaringAUnitMoreThanIsCovered() public {
        _declare(holder, UNITS);
        uint256 free = collateral.lockableOf(holder.id);
        vm.prank(holder.operator);
        collateral.requestUnbond(holder.id, free - 1e10);
        uint32 covered = uint32(collateral.coveredCapacity(holder.id));
        bytes4 err = INodeRegistry.NodeRegistry_CapacityNotCovered.selector;
        _single(
            _declareCall(covered),
            _declareCall(covered + 1),
            abi.encodeWithSelector(err, holder.id, covered + 1, covered)
        );
    }

    function test_RevertWhen_TrimmingAProviderThatIsCovered() public {
        _toPeriod(start + 4);
        proofs.recordMisses(holder.id, 0);
        bytes memory data = abi.encodeCall(registry.trimCapacity, (holder.id));
        bytes memory others = abi.encodeCall(registry.trimCapacity, (successor.id));
        uint256 covered = collateral.coveredCapacity(successor.id);
        bytes4 err = INodeRegistry.NodeRegistry_CapacityCovered.selector;
        _with(
            Call(PAYER, address(registry), data),
            others,
            abi.encodeWithSelector(err, successor.id, type(uint32).max, covered)
        );
    }

    function test_RevertWhen_CountingAnAgreementThatThereIsNot() public {
        _toPeriod(start);
        _prove(holder.id);
        _nextPeriod();
        _expect(_settleCall(), OK, "settling");
        uint64[] memory list = new uint64[](1);
        list[0] = AgreementId.unwrap(id);
        bytes memory data = abi.encodeCall(reputation.countClients, (list));
        list[0] += 1;
        bytes memory others = abi.encodeCall(reputation.countClients, (list));
        bytes4 err = IReputation.Reputation_NothingServed.selector;
        _with(Call(PAYER, address(reputation), data), others, abi.encodeWithSelector(err, list[0]));
    }
}
