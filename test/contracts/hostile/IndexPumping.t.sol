// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPriceIndex} from "../../../contracts/interfaces/IPriceIndex.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";
import {CallTable} from "../support/CallTable.sol";

/// @notice [30] Who deals with itself to move the reference price: how far it gets in a period, and what it costs.
contract IndexPumpingTest is CallTable {
    uint32 private constant MARKET = 1_024;

    function setUp() public override {
        super.setUp();
        _declare(holder, MARKET / 2);
        _declare(successor, MARKET / 2);
    }

    function _index() private view returns (uint256) {
        (IPriceIndex.Level memory level, ) = priceIndex.current();
        return level.index;
    }

    /// @dev An agreement of the client with the holder, who are one.
    function _selfDeal(uint256 i, uint32 units, uint24 periods) private returns (AgreementId) {
        return _formNew(holder, keccak256(abi.encode("self", i)), units, periods);
    }

    function _together() private view returns (uint256) {
        return
            escrow.availableOf(client) +
            escrow.availableOf(holder.operator) +
            collateral.stakes(holder.id).free +
            collateral.stakes(holder.id).locked;
    }

    function _burned() private view returns (uint256 burned) {
        (, burned) = escrow.accounts(0);
    }

    /// @dev In one block in and out again: no period's price ever sees it, but for the flow, and that by less than a step.
    function test_OneBlockInAndOut() public {
        _nextPeriod();
        uint256 snapshot = vm.snapshotState();
        _nextPeriod();
        uint256 idle = _index();
        vm.revertToState(snapshot);
        (uint256 before, uint256 quote) = (_index(), priceIndex.quote());
        AgreementId whale = _selfDeal(0, MARKET / 4, 2_000);
        assertEq(_index(), before);
        assertEq(priceIndex.quote(), quote);
        vm.prank(holder.operator);
        agreements.concede(whale);
        assertEq(priceIndex.quote(), quote);
        _nextPeriod();
        assertGe(_index(), idle);
        assertLe(_index(), (idle * 10_201) / 10_000, "from a step down to a step up at most");
    }

    /// @dev A whale that lets a quarter of the market to itself in a period's last block: the next period's quote moves as far as that one block weighs.
    function test_TheLastBlockOfAPeriod() public {
        _nextPeriod();
        vm.roll(proofs.openingBlock(proofs.currentPeriod() + 1) - 1);
        uint256 snapshot = vm.snapshotState();
        vm.roll(block.number + 1);
        uint256 quote = priceIndex.quote();
        vm.revertToState(snapshot);
        _selfDeal(0, MARKET / 4, 2_000);
        vm.roll(block.number + 1);
        // On the curve a whole period of it would be worth a third of the index times 0.25 / 0.85.
        uint256 whole = (uint256(_index()) * 25) / (3 * 85) / 1e9;
        assertGt(priceIndex.quote(), quote);
        // And a step of the index.
        assertLe(priceIndex.quote() - quote, whole / proofs.periodBlocks() + (2 * quote) / 100);
    }

    /// @dev The same with capacity: declared and gone within a block, it moves nothing at all.
    function test_CapacityInAndOut() public {
        _nextPeriod();
        uint256 snapshot = vm.snapshotState();
        _declare(successor, MARKET / 2);
        _nextPeriod();
        (uint256 idle, uint256 quote) = (_index(), priceIndex.quote());
        vm.revertToState(snapshot);
        _declare(successor, type(uint32).max);
        _declare(successor, 0);
        _declare(successor, MARKET / 2);
        _nextPeriod();
        assertEq(_index(), idle);
        assertEq(priceIndex.quote(), quote);
    }

    /// @dev A pair that signs with itself for weeks: each period's index is within a step of the last, and all that the pair has less in the end is what was
    /// burned: two per cent of everything that it signed. Moving the price costs that, at least.
    /// forge-config: default.fuzz.runs = 16
    function testFuzz_PumpingCostsTheBurn(uint256 seed) public {
        uint256 has = _together() + escrow.lockedBy(address(agreements));
        uint256 burned = _burned();
        uint256 signed;
        for (uint256 i; i < 12; ++i) {
            uint256 before = _index();
            seed = uint256(keccak256(abi.encode(seed)));
            uint32 units = uint32(1 << (seed % 5));
            uint24 periods = uint24(bound(seed >> 8, 1, 2_000));
            _selfDeal(i, units, periods);
            signed += uint256(PRICE) * units * periods;
            _nextPeriod();
            _prove(holder.id);
            assertLe(_index(), (before * 101) / 100);
            assertGe(_index() + 1, (before * 99) / 100);
        }
        assertEq(_burned() - burned, signed / 50);
        assertEq(has - _together() - escrow.lockedBy(address(agreements)), signed / 50);
        _assertConserved();
    }

    /// @dev Nothing that was signed is ever settled against the index: a price pumped tenfold changes no payment.
    function test_NobodysAgreementIsPricedAgain() public {
        _toPeriod(start);
        _prove(holder.id);
        uint256 snapshot = vm.snapshotState();
        _nextPeriod();
        uint256 before = escrow.availableOf(holder.operator);
        _expect(_settleCall(), OK, "settling");
        uint256 paid = escrow.availableOf(holder.operator) - before;
        vm.revertToState(snapshot);
        StorageAgreement memory a = _agreement(successor, keccak256("pump"), 0, MARKET / 2, 2_000);
        _form(successor, a);
        _nextPeriod();
        before = escrow.availableOf(holder.operator);
        _expect(_settleCall(), OK, "settling after the pump");
        assertEq(escrow.availableOf(holder.operator) - before, paid);
        assertEq(agreements.agreements(id).pricePerUnitPeriod, PRICE);
    }
}
