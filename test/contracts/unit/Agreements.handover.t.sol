// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

contract AgreementsHandoverTest is Base {
    bytes32 private constant OBJECT = keccak256("object");
    uint256 private constant RENT = 4 * uint256(PRICE);
    uint256 private constant COLLATERAL = RENT * COLLATERAL_PERIODS;
    uint24 private constant TERM = 10;

    Provider private from;
    Provider private to;
    AgreementId private id;
    uint32 private start;

    function setUp() public override {
        super.setUp();
        _addProviders(3);
        (from, to) = (providers[0], providers[1]);
        id = _formNew(from, OBJECT, 4, TERM);
        start = proofs.currentPeriod() + 1;
    }

    function _handover() private returns (Handover memory) {
        return
            Handover({
                agreement: id,
                objectKey: OBJECT,
                successor: to.id,
                nonce: nextNonce++,
                deadline: uint64(block.timestamp + 1 hours)
            });
    }

    function _signed(Handover memory h, uint256 key) private view returns (bytes memory) {
        bytes32 typeHash = keccak256(
            "Handover(uint64 agreement,bytes32 objectKey,uint32 successor,uint64 nonce,uint64 deadline)"
        );
        bytes32 structHash = keccak256(bytes.concat(typeHash, abi.encode(h)));
        return _sign(key, _digest("Stowmarket Agreements", address(agreements), structHash));
    }

    function _handOver() private returns (AgreementId) {
        Handover memory h = _handover();
        bytes memory signature = _signed(h, to.nodeKey);
        vm.prank(from.operator);
        return agreements.handOver(h, signature);
    }

    function _expect(Handover memory h, bytes memory err) private {
        bytes memory signature = _signed(h, to.nodeKey);
        vm.expectRevert(err);
        vm.prank(from.operator);
        agreements.handOver(h, signature);
    }

    function test_SuccessorServesTheRestOfTheTerm() public {
        uint256[3] memory before = [
            escrow.availableOf(from.operator),
            escrow.availableOf(to.operator),
            escrow.availableOf(client)
        ];
        for (uint32 p = start; p < start + 4; ++p) {
            _toPeriod(p);
            _prove(from.id);
        }
        uint256 freeFrom = collateral.stakes(from.id).free;
        uint256 freeTo = collateral.stakes(to.id).free;
        Handover memory h = _handover();
        bytes memory signature = _signed(h, to.nodeKey);
        AgreementId expected = AgreementId.wrap(uint64(to.id) << 32);
        vm.expectEmit(address(agreements));
        emit IAgreements.AgreementHandedOver(id, expected, to.id, 4, COLLATERAL);
        vm.prank(from.operator);
        AgreementId next = agreements.handOver(h, signature);

        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.HandedOver));
        IAgreements.Agreement memory a = agreements.agreements(next);
        assertEq(uint8(a.status), uint8(IAgreements.Status.Active));
        assertEq(a.startPeriod, start + 4);
        assertEq(a.periods, TERM - 4);
        assertEq(a.provenPeriods, 4);
        assertEq(AgreementId.unwrap(agreements.holdersOf(client, OBJECT)[0]), AgreementId.unwrap(next));
        assertEq(proofs.rootOf(AgreementId.unwrap(next)), proofs.rootOf(AgreementId.unwrap(id)));
        assertEq(collateral.stakes(from.id).free - freeFrom, COLLATERAL);
        assertEq(freeTo - collateral.stakes(to.id).free, COLLATERAL);
        assertEq(reputation.records(from.id).handedOver, 1);
        // Paid through the current period; a fifth of it waits.
        assertEq(escrow.availableOf(from.operator) - before[0], (RENT * 4 * 8) / 10);
        _assertConserved();

        for (uint32 p = start + 4; p < start + TERM; ++p) {
            _toPeriod(p);
            _prove(to.id);
        }
        _toPeriod(start + TERM);
        agreements.end(next);
        assertEq(escrow.availableOf(to.operator) - before[1], RENT * 6 + (RENT * 4 * 2) / 10);
        assertEq(escrow.availableOf(client), before[2]);
        assertEq(escrow.lockedBy(address(agreements)), 0);
        assertEq(collateral.stakes(to.id).free, freeTo);
        _assertConserved();
    }

    function test_ClientGetsTheFormersHoldbackWhenTheSuccessorFails() public {
        _toPeriod(start);
        _prove(from.id);
        AgreementId next = _handOver();
        uint256 before = escrow.availableOf(client);
        vm.prank(to.operator);
        agreements.concede(next);
        assertEq(
            escrow.availableOf(client) - before,
            RENT * (TERM - 1) + (RENT * 2) / 10 + (COLLATERAL * 7_000) / 10_000
        );
        assertEq(escrow.lockedBy(address(agreements)), 0);
        _assertConserved();
    }

    function test_HandedOverBeforeItsStart() public {
        AgreementId next = _handOver();
        assertEq(agreements.agreements(next).startPeriod, start);
        assertEq(agreements.agreements(next).periods, TERM);
        _assertConserved();
    }

    function test_HandedOverTwiceAndBack() public {
        _toPeriod(start);
        _prove(from.id);
        AgreementId second = _handOver();
        _toPeriod(start + 1);
        _prove(to.id);
        // Not a swap: that would copy one over the other in storage.
        (from, to, id) = (providers[1], providers[0], second);
        AgreementId third = _handOver();
        assertEq(agreements.agreements(third).provenPeriods, 2);
        assertEq(AgreementId.unwrap(third), (uint64(to.id) << 32) | 1);
        _assertConserved();
    }

    /// @dev [14] A provider that owes a proof could pass on what it lost and save its collateral.
    function test_RevertWhen_ThisPeriodsProofIsOwed() public {
        _toPeriod(start + 1);
        _expect(_handover(), abi.encodeWithSelector(IAgreements.Agreements_ProofOwed.selector, id, from.id, start + 1));
    }

    function test_MissesBeforeTheHandoverAreSlashed() public {
        _toPeriod(start + 1);
        _prove(from.id);
        uint256 before = collateral.stakes(from.id).free;
        _handOver();
        uint256 slash = COLLATERAL / 100;
        assertEq(collateral.stakes(from.id).free - before, COLLATERAL - slash);
        assertEq(collateral.stakes(from.id).locked, 0);
        _assertConserved();
    }

    /// @dev [14] A failed provider has nothing to save any more, and its client is due the rest of the rent.
    function test_RevertWhen_TheProviderFailed() public {
        _toPeriod(start + 4);
        _expect(_handover(), abi.encodeWithSelector(IAgreements.Agreements_ProofOwed.selector, id, from.id, start + 4));
        _toPeriod(start + 5);
        proofs.recordMisses(from.id, 0);
        _expect(_handover(), abi.encodeWithSelector(IAgreements.Agreements_ProofOwed.selector, id, from.id, start + 5));
    }

    /// @dev Draws of a period do not change by handing over within it.
    function test_DrawsOfThePeriodStay() public {
        AgreementId other = _formNew(from, keccak256("other"), 8, TERM);
        assertTrue(AgreementId.unwrap(other) != 0);
        _toPeriod(start);
        IPossessionProofs.Draw[] memory before = proofs.draws(from.id);
        _prove(from.id);
        _handOver();
        assertEq(abi.encode(proofs.draws(from.id)), abi.encode(before));
        assertEq(proofs.draws(to.id).length, 0);
    }

    function test_RevertWhen_OnlyThisPeriodIsLeft() public {
        for (uint32 p = start; p < start + TERM; ++p) {
            _toPeriod(p);
            _prove(from.id);
        }
        _expect(
            _handover(),
            abi.encodeWithSelector(IAgreements.Agreements_TermOver.selector, id, start + TERM, start + TERM)
        );
    }

    function test_HandedOverWithOnePeriodLeft() public {
        for (uint32 p = start; p < start + TERM - 1; ++p) {
            _toPeriod(p);
            _prove(from.id);
        }
        AgreementId next = _handOver();
        assertEq(agreements.agreements(next).periods, 1);
    }

    function test_RevertWhen_CalledByAnother() public {
        Handover memory h = _handover();
        bytes memory signature = _signed(h, to.nodeKey);
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_NotProvider.selector, id, to.operator));
        vm.prank(to.operator);
        agreements.handOver(h, signature);
    }

    function test_RevertWhen_TheSuccessorDidNotSign() public {
        Handover memory h = _handover();
        bytes memory signature = _signed(h, from.nodeKey);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAgreements.Agreements_BadProviderSignature.selector,
                0,
                vm.addr(from.nodeKey),
                vm.addr(to.nodeKey)
            )
        );
        vm.prank(from.operator);
        agreements.handOver(h, signature);
    }

    function test_RevertWhen_SuccessorIsTheProvider() public {
        Handover memory h = _handover();
        h.successor = from.id;
        _expect(h, abi.encodeWithSelector(IAgreements.Agreements_SameProvider.selector, id, from.id));
    }

    function test_RevertWhen_SuccessorIsUnknown() public {
        Handover memory h = _handover();
        h.successor = 77;
        _expect(h, abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 77));
    }

    function test_RevertWhen_TheObjectIsAnother() public {
        Handover memory h = _handover();
        h.objectKey = keccak256("another");
        _expect(h, abi.encodeWithSelector(IAgreements.Agreements_WrongObject.selector, id, h.objectKey));
    }

    function test_RevertWhen_HandoverExpired() public {
        Handover memory h = _handover();
        h.deadline = uint64(block.timestamp - 1);
        _expect(h, abi.encodeWithSelector(IAgreements.Agreements_Expired.selector, 0, h.deadline, block.timestamp));
    }

    function test_RevertWhen_TheSuccessorRevokedItsNonce() public {
        Handover memory h = _handover();
        vm.prank(vm.addr(to.nodeKey));
        agreements.revokeNonces(h.nonce >> 8, 1 << (h.nonce & 0xff));
        _expect(h, abi.encodeWithSelector(IAgreements.Agreements_NonceUsed.selector, vm.addr(to.nodeKey), h.nonce));
    }

    function test_RevertWhen_UsedTwice() public {
        _toPeriod(start);
        _prove(from.id);
        Handover memory h = _handover();
        bytes memory signature = _signed(h, to.nodeKey);
        vm.startPrank(from.operator);
        agreements.handOver(h, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_NotActive.selector, id, IAgreements.Status.HandedOver)
        );
        agreements.handOver(h, signature);
    }

    function test_RevertWhen_SuccessorHoldsAnotherShardOfTheObject() public {
        _form(to, _agreement(to, OBJECT, 1, 4, TERM));
        _expect(
            _handover(),
            abi.encodeWithSelector(IAgreements.Agreements_ProviderHoldsShard.selector, to.id, OBJECT, 1)
        );
    }

    function test_RevertWhen_SuccessorHasTooLittleStake() public {
        _declare(to, 4);
        uint256 free = collateral.stakes(to.id).free;
        vm.prank(to.operator);
        collateral.requestUnbond(to.id, free - BOND - COLLATERAL + 1);
        _expect(
            _handover(),
            abi.encodeWithSelector(ICollateral.Collateral_InsufficientStake.selector, to.id, COLLATERAL - 1, COLLATERAL)
        );
    }

    /// @dev [4] [14] Provider, successor and client in one hand never take out more than they put in, less what is burned.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_ColludersGainNothing(uint16 provenMask, uint8 handoverAt, uint8 lossAt) public {
        uint256 before = _together();
        uint32 handover = start + uint32(bound(handoverAt, 0, TERM - 2));
        bool isOver;
        for (uint32 p = start; p < start + TERM; ++p) {
            _toPeriod(p);
            _tryProve(from.id, provenMask & (1 << (p - start)) != 0 || p == handover);
            _tryProve(to.id, provenMask & (1 << (p - start)) != 0);
            if (p == handover && proofs.isDischarged(from.id)) {
                id = _handOver();
                isOver = true;
            }
            if (p == start + (lossAt % TERM)) {
                vm.prank(isOver ? to.operator : from.operator);
                agreements.concede(id);
                break;
            }
        }
        _toPeriod(start + TERM + 1);
        if (agreements.agreements(id).status == IAgreements.Status.Active) agreements.end(id);
        (, uint96 burned) = escrow.accounts(0);
        assertLe(_together(), before);
        assertEq(escrow.lockedBy(address(agreements)), 0);
        assertGt(burned, 0);
        _assertConserved();
    }

    function _tryProve(uint32 provider, bool proves) private {
        bytes memory proof = _proof(provider);
        uint32 period = proofs.currentPeriod();
        if (!proves) return;
        // Without duty or once failed there is nothing to prove.
        try proofs.prove(provider, period, proof) {} catch {}
    }

    function _together() private view returns (uint256 sum) {
        sum = escrow.availableOf(client) + escrow.availableOf(from.operator) + escrow.availableOf(to.operator);
        sum += uint256(collateral.stakes(from.id).free) + collateral.stakes(from.id).locked;
        sum += uint256(collateral.stakes(to.id).free) + collateral.stakes(to.id).locked;
        // What the running agreement still holds came out of the client's account.
        sum += escrow.lockedBy(address(agreements));
    }
}
