// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {Signing} from "../support/Signing.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {Ask} from "../../../contracts/types/Ask.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice [13] Repeats in a batch: settling has the effect of the set, forming reverts.
contract AgreementsBatchesTest is CallTable {
    using Signing for *;

    AgreementId private second;

    function setUp() public override {
        super.setUp();
        _addProvider();
        second = _formNew(successor, keccak256("second"), UNITS, TERM);
        _toPeriod(start);
        _prove(holder.id);
        _toPeriod(start + 1);
        _prove(holder.id);
        _toPeriod(start + 2);
    }

    // ---------------------------------------------------------------- settling

    function _settle(AgreementId[] memory ids) private returns (bytes32) {
        uint256 snapshot = vm.snapshotState();
        agreements.settle(ids);
        _assertConserved();
        bytes32 books = keccak256(
            abi.encode(
                escrow.availableOf(client),
                escrow.availableOf(holder.operator),
                escrow.availableOf(successor.operator),
                collateral.stakes(holder.id),
                collateral.stakes(successor.id),
                agreements.agreements(id),
                agreements.agreements(second)
            )
        );
        vm.revertToState(snapshot);
        return books;
    }

    function test_SettlingTheSameTwice() public {
        AgreementId[] memory once = new AgreementId[](2);
        (once[0], once[1]) = (id, second);
        AgreementId[] memory often = new AgreementId[](5);
        (often[0], often[1], often[2], often[3], often[4]) = (id, id, second, id, second);
        assertEq(_settle(often), _settle(once));
    }

    /// forge-config: default.fuzz.runs = 128
    function testFuzz_SettlingHasTheEffectOfTheSet(uint256 seed, uint8 length) public {
        AgreementId[] memory ids = new AgreementId[](bound(length, 1, 12));
        bool[2] memory there;
        for (uint256 i; i < ids.length; ++i) {
            bool isSecond = (seed >> i) & 1 == 1;
            ids[i] = isSecond ? second : id;
            there[isSecond ? 1 : 0] = true;
        }
        AgreementId[] memory set = new AgreementId[](there[0] && there[1] ? 2 : 1);
        (set[0], set[set.length - 1]) = (there[0] ? id : second, there[1] ? second : id);
        assertEq(_settle(ids), _settle(set));
    }

    /// @dev One that is over takes the whole batch with it, wherever it stands.
    function test_RevertWhen_OneOfTheBatchIsOver() public {
        vm.prank(successor.operator);
        agreements.concede(second);
        AgreementId[] memory ids = new AgreementId[](3);
        (ids[0], ids[1], ids[2]) = (id, second, id);
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_NotActive.selector, second, IAgreements.Status.Failed)
        );
        agreements.settle(ids);
        assertEq(agreements.agreements(id).settledPeriods, 0);
    }

    function test_SettlingNothing() public {
        agreements.settle(new AgreementId[](0));
    }

    // ----------------------------------------------------------------- forming

    function _formTwo(StorageAgreement memory a, StorageAgreement memory b, bytes memory err) private {
        StorageAgreement[] memory list = new StorageAgreement[](2);
        bytes[] memory signatures = new bytes[](2);
        (list[0], list[1]) = (a, b);
        for (uint256 i; i < 2; ++i) {
            signatures[i] = _sign(providers[list[i].provider - 1].nodeKey, _agreementsDigest(list[i].hashOf()));
        }
        bytes memory data = abi.encodeCall(agreements.form, (list, signatures, ""));
        _expect(Call(client, address(agreements), data), err, "of the batch");
    }

    function _one(uint256 provider, uint8 shard) private returns (StorageAgreement memory) {
        return _agreement(providers[provider], keccak256("batch"), shard, UNITS, TERM);
    }

    function test_TwoOfOneObjectByTwoProviders() public {
        _formTwo(_one(1, 0), _one(2, 1), OK);
    }

    function test_RevertWhen_TheSameAgreementTwice() public {
        StorageAgreement memory a = _one(1, 0);
        _formTwo(a, a, abi.encodeWithSelector(IAgreements.Agreements_NonceUsed.selector, client, a.nonce));
    }

    function test_RevertWhen_OneNonceTwice() public {
        (StorageAgreement memory a, StorageAgreement memory b) = (_one(1, 0), _one(2, 1));
        b.nonce = a.nonce;
        _formTwo(a, b, abi.encodeWithSelector(IAgreements.Agreements_NonceUsed.selector, client, a.nonce));
    }

    function test_RevertWhen_OneShardTwice() public {
        AgreementId formed = AgreementId.wrap((uint64(successor.id) << 32) | 1);
        bytes32 object = keccak256("batch");
        bytes memory taken = abi.encodeWithSelector(IAgreements.Agreements_ShardTaken.selector, object, 0, formed);
        _formTwo(_one(1, 0), _one(2, 0), taken);
    }

    function test_RevertWhen_OneProviderTwice() public {
        _formTwo(
            _one(1, 0),
            _one(1, 1),
            abi.encodeWithSelector(
                IAgreements.Agreements_ProviderHoldsShard.selector,
                successor.id,
                keccak256("batch"),
                0
            )
        );
    }

    /// @dev The capacity of one ask is counted once for each.
    function test_RevertWhen_OneAskIsTakenBeyondItsCapacity() public {
        Ask memory ask = _ask(successor.id);
        ask.unitsLeft = 2 * UNITS - 1;
        vm.prank(successor.operator);
        orderBook.amendAsk(successor.askId, ask);
        StorageAgreement memory a = _agreement(successor, keccak256("one"), 0, UNITS, TERM);
        StorageAgreement memory b = _agreement(successor, keccak256("two"), 0, UNITS, TERM);
        _formTwo(
            a,
            b,
            abi.encodeWithSelector(IAsks.OrderBook_CapacityExceeded.selector, successor.askId, UNITS - 1, UNITS)
        );
    }

    /// @dev The client's deposit pays each of them: rent and burn of both are locked, or none is.
    function test_PaysForEach() public {
        uint256 before = escrow.availableOf(client);
        _formTwo(_one(1, 0), _one(2, 1), OK);
        assertEq(before - escrow.availableOf(client), (2 * RENT * TERM * 102) / 100);
        _assertConserved();
    }
}
