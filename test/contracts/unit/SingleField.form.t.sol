// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {Signing} from "../support/Signing.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {Ask} from "../../../contracts/types/Ask.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice A valid agreement, one member changed at a time and signed so: each with its exact error.
contract SingleFieldFormTest is CallTable {
    using Signing for *;

    bytes32 private constant NEW = keccak256("new");

    StorageAgreement private good;
    uint64 private askId;

    function setUp() public override {
        super.setUp();
        Ask memory ask = _ask(successor.id);
        (ask.unitsLeft, ask.minUnits, ask.maxUnits) = (16, 2, 32);
        (ask.minPeriods, ask.maxPeriods, ask.minClientDeposit) = (3, 20, 1_000 ether);
        vm.prank(successor.operator);
        askId = orderBook.postAsk(ask);
        good = _agreement(successor, NEW, 0, UNITS, TERM);
        good.askId = askId;
    }

    function _fails(StorageAgreement memory changed, bytes memory err) private {
        Call memory call = _formCall(changed, successor);
        call.caller = client;
        _single(_formCall(good, successor), call, err);
    }

    // ------------------------------------------------------------- the members

    function test_RevertWhen_ClientIsAnother() public {
        StorageAgreement memory a = good;
        a.client = PAYER;
        _fails(a, abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, PAYER, client, 0));
    }

    function test_RevertWhen_ClientIsZero() public {
        StorageAgreement memory a = good;
        a.client = address(0);
        _fails(a, abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, address(0), client, 0));
    }

    function test_RevertWhen_ProviderIsZero() public {
        StorageAgreement memory a = good;
        a.provider = 0;
        _fails(a, abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 0));
    }

    function test_RevertWhen_ProviderIsUnknown() public {
        StorageAgreement memory a = good;
        a.provider = 3;
        _fails(a, abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 3));
    }

    function test_RevertWhen_ProviderIsAnother() public {
        StorageAgreement memory a = good;
        a.provider = holder.id;
        (address signer, address node) = (vm.addr(successor.nodeKey), vm.addr(holder.nodeKey));
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_BadProviderSignature.selector, 0, signer, node));
    }

    function test_RevertWhen_ObjectsShardIsTaken() public {
        StorageAgreement memory a = good;
        a.objectKey = OBJECT;
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_ShardTaken.selector, OBJECT, 0, id));
    }

    function test_RevertWhen_ShardIndexLeavesAGap() public {
        StorageAgreement memory a = good;
        a.shardIndex = 4;
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_ShardGap.selector, NEW, 4));
    }

    function test_RevertWhen_ShardIndexIsTheLast() public {
        StorageAgreement memory a = good;
        a.shardIndex = 255;
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_ShardGap.selector, NEW, 255));
    }

    function test_RevertWhen_UnitsAreZero() public {
        StorageAgreement memory a = good;
        a.units = 0;
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_ZeroUnits.selector, 0));
    }

    function test_RevertWhen_UnitsAreBelowTheAsk() public {
        StorageAgreement memory a = good;
        a.units = 1;
        _fails(a, abi.encodeWithSelector(IAsks.OrderBook_UnitsOutOfRange.selector, askId, 1, 2, 32));
    }

    function test_RevertWhen_UnitsAreAboveTheAsk() public {
        StorageAgreement memory a = good;
        (a.units, a.collateral) = (33, uint96(33 * uint256(PRICE) * COLLATERAL_PERIODS));
        _fails(a, abi.encodeWithSelector(IAsks.OrderBook_UnitsOutOfRange.selector, askId, 33, 2, 32));
    }

    function test_RevertWhen_UnitsAreMoreThanIsLeft() public {
        StorageAgreement memory a = good;
        (a.units, a.collateral) = (17, uint96(17 * uint256(PRICE) * COLLATERAL_PERIODS));
        _fails(a, abi.encodeWithSelector(IAsks.OrderBook_CapacityExceeded.selector, askId, 16, 17));
    }

    function test_RevertWhen_PriceIsZero() public {
        StorageAgreement memory a = good;
        a.pricePerUnitPeriod = 0;
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_ZeroPrice.selector, 0));
    }

    function test_RevertWhen_PriceIsBelowTheAsk() public {
        StorageAgreement memory a = good;
        a.pricePerUnitPeriod = PRICE - 1;
        a.collateral = uint96((uint256(PRICE) - 1) * UNITS * COLLATERAL_PERIODS);
        _fails(a, abi.encodeWithSelector(IAsks.OrderBook_PriceBelowAsk.selector, askId, PRICE - 1, PRICE));
    }

    function test_RevertWhen_PriceDoesNotDivideTheCollateral() public {
        StorageAgreement memory a = good;
        a.pricePerUnitPeriod = PRICE + 1;
        uint256 rent = (uint256(PRICE) + 1) * UNITS;
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_CollateralNotMultiple.selector, 0, a.collateral, rent));
    }

    /// @dev Rent and burn of five periods, to the wei.
    function test_RevertWhen_PriceIsMoreThanTheClientHas() public {
        StorageAgreement memory a = good;
        a.pricePerUnitPeriod = type(uint64).max;
        uint256 rent = uint256(a.pricePerUnitPeriod) * UNITS;
        (a.collateral, a.periods) = (uint96(rent), 15_000);
        uint256 value = rent * 15_000;
        uint256 needed = value + (value * 200 + 9_999) / 10_000;
        _fails(
            a,
            abi.encodeWithSelector(
                IEscrow.Escrow_InsufficientBalance.selector,
                client,
                escrow.availableOf(client),
                needed
            )
        );
    }

    function test_RevertWhen_PeriodsAreZero() public {
        StorageAgreement memory a = good;
        a.periods = 0;
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_ZeroPeriods.selector, 0));
    }

    function test_RevertWhen_PeriodsAreBelowTheAsk() public {
        StorageAgreement memory a = good;
        a.periods = 2;
        _fails(a, abi.encodeWithSelector(IAsks.OrderBook_PeriodsOutOfRange.selector, askId, 2, 3, 20));
    }

    function test_RevertWhen_PeriodsAreAboveTheAsk() public {
        StorageAgreement memory a = good;
        a.periods = 21;
        _fails(a, abi.encodeWithSelector(IAsks.OrderBook_PeriodsOutOfRange.selector, askId, 21, 3, 20));
    }

    function test_RevertWhen_CollateralIsZero() public {
        StorageAgreement memory a = good;
        a.collateral = 0;
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_CollateralNotMultiple.selector, 0, 0, RENT));
    }

    function test_RevertWhen_CollateralIsAWeiTooMuch() public {
        StorageAgreement memory a = good;
        a.collateral += 1;
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_CollateralNotMultiple.selector, 0, a.collateral, RENT));
    }

    function test_RevertWhen_CollateralIsBelowTheAsk() public {
        StorageAgreement memory a = good;
        a.collateral = uint96(RENT * (COLLATERAL_PERIODS - 1));
        _fails(
            a,
            abi.encodeWithSelector(
                IAsks.OrderBook_CollateralBelowAsk.selector,
                askId,
                COLLATERAL_PERIODS - 1,
                COLLATERAL_PERIODS
            )
        );
    }

    function test_RevertWhen_CollateralHasTooManyPeriods() public {
        StorageAgreement memory a = good;
        a.collateral = uint96(RENT << 24);
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_CollateralNotMultiple.selector, 0, a.collateral, RENT));
    }

    function test_RevertWhen_CollateralIsMoreThanTheStake() public {
        _declare(successor, UNITS);
        uint256 free = collateral.lockableOf(successor.id) - 1;
        vm.prank(successor.operator);
        collateral.requestUnbond(successor.id, free + 1 - good.collateral);
        StorageAgreement memory a = good;
        a.collateral += uint96(RENT);
        _fails(
            a,
            abi.encodeWithSelector(
                ICollateral.Collateral_InsufficientStake.selector,
                successor.id,
                good.collateral,
                a.collateral
            )
        );
    }

    function test_RevertWhen_AskIsUnknown() public {
        StorageAgreement memory a = good;
        a.askId = 99;
        _fails(a, abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, 99));
    }

    function test_RevertWhen_AskIsAnothers() public {
        StorageAgreement memory a = good;
        a.askId = holder.askId;
        _fails(
            a,
            abi.encodeWithSelector(IAsks.OrderBook_WrongProvider.selector, holder.askId, holder.id, successor.id)
        );
    }

    function test_RevertWhen_NonceIsUsed() public {
        StorageAgreement memory a = good;
        a.nonce = 0;
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_NonceUsed.selector, client, 0));
    }

    function test_RevertWhen_DeadlineIsPast() public {
        StorageAgreement memory a = good;
        a.deadline = uint64(block.timestamp - 1);
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_Expired.selector, 0, a.deadline, block.timestamp));
    }

    function test_RevertWhen_DeadlineIsRevoked() public {
        vm.prank(successor.operator);
        registry.revokeSignatures(successor.id, good.deadline - 1);
        StorageAgreement memory a = good;
        a.deadline -= 1;
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_SignatureRevoked.selector, 0, a.deadline, a.deadline));
    }

    /// @dev Without an ask: with one, its smallest price would be the first to refuse.
    function test_RevertWhen_ValueIsTooSmall() public {
        StorageAgreement memory a = good;
        (a.askId, a.pricePerUnitPeriod, a.collateral) = (0, 1, UNITS);
        uint256 value = uint256(UNITS) * TERM;
        _fails(a, abi.encodeWithSelector(IAgreements.Agreements_ValueTooSmall.selector, 0, value, 1e6));
    }

    function test_RevertWhen_ClientsDepositIsBelowTheAsk() public {
        Call memory call = _formCall(good, successor);
        uint256 surplus = escrow.availableOf(client) - 1_000 ether;
        vm.startPrank(client);
        escrow.withdraw(client, surplus);
        vm.stopPrank();
        uint256 snapshot = vm.snapshotState();
        _expect(call, OK, "with just enough");
        vm.revertToState(snapshot);
        vm.prank(client);
        escrow.withdraw(client, 1);
        bytes4 err = IAsks.OrderBook_DepositBelowAsk.selector;
        _expect(call, abi.encodeWithSelector(err, askId, 1_000 ether - 1, 1_000 ether), "with a wei less");
    }
}
