// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IPriceIndex} from "../../../contracts/interfaces/IPriceIndex.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";
import {Signing} from "../support/Signing.sol";

/// @notice What an agreement leaves behind, and what it does not: with the providers it leaves, in its object, with the index.
contract AgreementsLeavingsTest is Base {
    using Signing for Handover;

    bytes32 private constant OBJECT = keccak256("object");
    uint24 private constant TERM = 10;
    uint256 private constant RENT = 4 * uint256(PRICE);
    uint256 private constant POSTED = RENT * COLLATERAL_PERIODS;

    function setUp() public override {
        super.setUp();
        _addProviders(4);
    }

    function _handOver(
        AgreementId id,
        bytes32 objectKey,
        Provider memory from,
        Provider memory to
    ) private returns (AgreementId) {
        Handover memory h = Handover(id, objectKey, to.id, nextNonce++, uint64(block.timestamp + 1 hours));
        bytes memory signature = _sign(to.nodeKey, _digest("Stowmarket Agreements", address(agreements), h.hashOf()));
        vm.prank(from.operator);
        return agreements.handOver(h, signature);
    }

    function _settle(AgreementId id) private {
        AgreementId[] memory ids = new AgreementId[](1);
        ids[0] = id;
        agreements.settle(ids);
    }

    function test_WhoHandsOverOwesNothingMore() public {
        AgreementId id = _formNew(providers[0], OBJECT, 4, TERM);
        _nextPeriod();
        _prove(providers[0].id);
        _handOver(id, OBJECT, providers[0], providers[1]);
        assertEq(proofs.unitsOf(AgreementId.unwrap(id)), 0);
        assertEq(proofs.duties(providers[0].id).units, 0);
        assertEq(proofs.duties(providers[0].id).rent, 0);
        _nextPeriod();
        assertEq(proofs.draws(providers[0].id).length, 0);
        _nextPeriod();
        assertEq(proofs.unrecordedMisses(providers[0].id), 0);
    }

    /// @dev A slash of before the agreement takes nothing of what it posted.
    function test_WhatWasSlashedBeforeIsNotTakenOnHandingOver() public {
        _form(providers[0], _agreement(providers[0], keccak256("earlier"), 0, 4, TERM));
        _nextPeriod();
        _nextPeriod();
        proofs.recordMisses(providers[0].id, 0);
        AgreementId id = _formNew(providers[0], OBJECT, 4, TERM);
        _prove(providers[0].id);
        _nextPeriod();
        _prove(providers[0].id);
        uint96 locked = collateral.stakes(providers[0].id).locked;
        _handOver(id, OBJECT, providers[0], providers[1]);
        assertEq(locked - collateral.stakes(providers[0].id).locked, POSTED);
    }

    /// @dev In every lane of a word: an id that shares no bit with the one before it stands alone.
    function test_ASuccessorTakesItsShardsWholePlace() public {
        AgreementId[] memory ids = new AgreementId[](4);
        bytes32[] memory objects = new bytes32[](4);
        for (uint8 i; i < 4; ++i) {
            objects[i] = keccak256(abi.encode("object", i));
            ids[i] = _form(providers[2], _agreement(providers[2], objects[i], i, 4, TERM));
        }
        _nextPeriod();
        _prove(providers[2].id);
        for (uint256 i; i < 4; ++i) {
            AgreementId successorId = _handOver(ids[i], objects[i], providers[2], providers[3]);
            assertEq(AgreementId.unwrap(successorId), (uint64(providers[3].id) << 32) | i);
            AgreementId[] memory holders = agreements.holdersOf(client, objects[i]);
            for (uint256 lane; lane < 4; ++lane) {
                assertEq(AgreementId.unwrap(holders[lane]), lane == i ? AgreementId.unwrap(successorId) : 0);
            }
        }
    }

    /// @dev Its fourth miss in a row is in the first period after the term: the agreement was kept, however badly.
    function test_WhoFailsAfterTheTermKeptIt() public {
        AgreementId id = _formNew(providers[0], OBJECT, 4, 3);
        _form(providers[0], _agreement(providers[0], keccak256("longer"), 0, 4, 100));
        uint32 endPeriod = proofs.currentPeriod() + 1 + 3;
        _toPeriod(endPeriod + 1);
        proofs.recordMisses(providers[0].id, 0);
        assertTrue(collateral.hasFailed(providers[0].id));
        assertEq(collateral.stakes(providers[0].id).lastMiss, endPeriod);
        agreements.end(id);
        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.Kept));
    }

    function test_WhoFailsInTheLastPeriodFailedIt() public {
        AgreementId id = _formNew(providers[0], OBJECT, 4, 4);
        uint32 endPeriod = proofs.currentPeriod() + 1 + 4;
        _toPeriod(endPeriod);
        proofs.recordMisses(providers[0].id, 0);
        assertEq(collateral.stakes(providers[0].id).lastMiss, endPeriod - 1);
        agreements.end(id);
        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.Failed));
    }

    function test_SettlingTwiceInAPeriodDoesNothing() public {
        AgreementId id = _formNew(providers[0], OBJECT, 4, TERM);
        _nextPeriod();
        _nextPeriod();
        _settle(id);
        vm.recordLogs();
        _settle(id);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    /// @dev Before the first period of the term, too.
    function test_SettlingBeforeTheStartDoesNothing() public {
        AgreementId id = _formNew(providers[0], OBJECT, 4, TERM);
        vm.recordLogs();
        _settle(id);
        assertEq(vm.getRecordedLogs().length, 0);
        assertEq(agreements.agreements(id).settledPeriods, 0);
    }

    function test_RevokingIsAnnounced() public {
        vm.expectEmit(address(agreements));
        emit IAgreements.NoncesRevoked(client, 7, 5);
        vm.prank(client);
        agreements.revokeNonces(7, 5);
    }

    function _batch(
        StorageAgreement memory first,
        StorageAgreement memory second
    ) private view returns (StorageAgreement[] memory list, bytes[] memory signatures) {
        (list, signatures) = (new StorageAgreement[](2), new bytes[](2));
        (list[0], list[1]) = (first, second);
        signatures[0] = _sign(providers[0].nodeKey, agreements.digestOf(first));
        signatures[1] = _sign(providers[1].nodeKey, agreements.digestOf(second));
    }

    /// @dev A batch counts as the sum of what is in it.
    function test_TheIndexHearsOfTheWholeBatch() public {
        (StorageAgreement[] memory list, bytes[] memory signatures) = _batch(
            _agreement(providers[0], OBJECT, 0, 4, TERM),
            _agreement(providers[1], OBJECT, 1, 8, 3)
        );
        vm.prank(client);
        agreements.form(list, signatures, "");
        (IPriceIndex.Level memory level, IPriceIndex.Signal memory signal) = priceIndex.current();
        assertEq(level.committed, 4 + 8);
        assertEq(signal.sold, (4 * TERM + 8 * 3) * uint256(PRICE));
    }

    /// @dev What a wallet signs for a batch, to the last byte of the type's name. The text is that of test/contracts/ts/typed-data.test.ts.
    function test_ABatchIsSignedAsItsType() public {
        (StorageAgreement[] memory list, bytes[] memory signatures) = _batch(
            _agreement(providers[0], OBJECT, 0, 4, TERM),
            _agreement(providers[1], OBJECT, 1, 8, 3)
        );
        bytes32 typeHash = keccak256(
            "AgreementBatch(StorageAgreement[] agreements)StorageAgreement(address client,uint32 provider,bytes32 objectKey,uint8 shardIndex,bytes32 shardRoot,uint32 units,uint64 pricePerUnitPeriod,uint24 periods,uint96 collateral,uint64 askId,uint64 bidId,uint64 nonce,uint64 deadline)"
        );
        bytes32 members = keccak256(bytes.concat(Signing.hashOf(list[0]), Signing.hashOf(list[1])));
        bytes32 structHash = keccak256(abi.encode(typeHash, members));
        bytes memory signature = _sign(clientKey, _digest("Stowmarket Agreements", address(agreements), structHash));
        assertEq(agreements.form(list, signatures, signature).length, 2);
    }

    /// @dev Who calls for itself need not sign, and what it gives for a signature is not looked at.
    function test_TheClientItselfNeedsNoSignature() public {
        (StorageAgreement[] memory list, bytes[] memory signatures) = _batch(
            _agreement(providers[0], OBJECT, 0, 4, TERM),
            _agreement(providers[1], OBJECT, 1, 8, 3)
        );
        vm.prank(client);
        assertEq(agreements.form(list, signatures, "no signature").length, 2);
    }

    function test_MostCollateralThatFitsItsWidth() public {
        StorageAgreement memory a = _agreement(providers[0], OBJECT, 0, 1, 1);
        uint256 rent = 1e6;
        (a.pricePerUnitPeriod, a.askId) = (uint64(rent), 0);
        a.collateral = uint96(rent * type(uint24).max);
        AgreementId id = _form(providers[0], a);
        assertEq(agreements.agreements(id).collateralPeriods, type(uint24).max);

        a = _agreement(providers[0], OBJECT, 1, 1, 1);
        (a.pricePerUnitPeriod, a.askId) = (uint64(rent), 0);
        a.collateral = uint96(rent * (uint256(type(uint24).max) + 1));
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        (list[0], signatures[0]) = (a, _sign(providers[0].nodeKey, agreements.digestOf(a)));
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_CollateralNotMultiple.selector, 0, a.collateral, rent)
        );
        vm.prank(client);
        agreements.form(list, signatures, "");
    }

    /// @dev In the last period and later: the error names the end of the term, then the period that a successor would begin in.
    function test_RevertWhen_NothingIsLeftToHandOver() public {
        AgreementId id = _formNew(providers[0], OBJECT, 4, TERM);
        uint32 endPeriod = proofs.currentPeriod() + 1 + TERM;
        for (uint32 period = endPeriod - 1; period < endPeriod + 3; ++period) {
            _toPeriod(period);
            Handover memory h = Handover(id, OBJECT, providers[1].id, 99, uint64(block.timestamp + 1 hours));
            vm.expectRevert(
                abi.encodeWithSelector(IAgreements.Agreements_TermOver.selector, id, endPeriod, period + 1)
            );
            vm.prank(providers[0].operator);
            agreements.handOver(h, "");
        }
    }
}
