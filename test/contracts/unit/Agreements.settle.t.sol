// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";

contract AgreementsSettleTest is Base {
    bytes32 private constant OBJECT = keccak256("object");
    uint256 private constant RENT = 4 * uint256(PRICE);
    uint24 private constant TERM = 10;

    AgreementId private id;
    uint32 private start;

    function setUp() public override {
        super.setUp();
        _addProviders(2);
        id = _formNew(providers[0], OBJECT, 4, TERM);
        start = proofs.currentPeriod() + 1;
    }

    function _ids() private view returns (AgreementId[] memory ids) {
        ids = new AgreementId[](1);
        ids[0] = id;
    }

    function _provePeriods(uint32 from, uint32 to) private {
        for (uint32 p = from; p < to; ++p) {
            _toPeriod(p);
            _prove(providers[0].id);
        }
    }

    function test_RevertWhen_SettlingUnknown() public {
        AgreementId[] memory ids = new AgreementId[](1);
        ids[0] = AgreementId.wrap(99);
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_NotActive.selector, ids[0], IAgreements.Status.None)
        );
        agreements.settle(ids);
    }

    function test_NothingIsDueBeforeAPeriodIsOver() public {
        _toPeriod(start);
        _prove(providers[0].id);
        uint256 before = escrow.availableOf(providers[0].operator);
        agreements.settle(_ids());
        assertEq(escrow.availableOf(providers[0].operator), before);
        assertEq(agreements.agreements(id).settledPeriods, 0);
    }

    function test_PaysProvenPeriodsLessHoldback() public {
        _provePeriods(start, start + 3);
        _toPeriod(start + 3);
        uint256 before = escrow.availableOf(providers[0].operator);
        agreements.settle(_ids());
        assertEq(escrow.availableOf(providers[0].operator) - before, (RENT * 3 * 8_000) / 10_000);
        _assertConserved();
    }

    function test_MissedPeriodGoesBackToTheClientWithCompensation() public {
        _provePeriods(start, start + 1);
        _toPeriod(start + 2); // start + 1 was missed
        uint256 clientBefore = escrow.availableOf(client);
        agreements.settle(_ids());
        uint256 slash = (RENT * COLLATERAL_PERIODS) / 100;
        assertEq(escrow.availableOf(client) - clientBefore, RENT + (slash * 7_000) / 10_000);
        assertEq(collateral.stakes(providers[0].id).locked, RENT * COLLATERAL_PERIODS - slash);
        assertEq(collateral.stakes(providers[0].id).strikes, 1);
        _assertConserved();
    }

    /// @dev [23] settling in any rhythm pays the same to the wei.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_SettlingOftenOrOncePaysTheSame(uint16 provenMask, uint16 settleMask) public {
        uint256 snapshot = vm.snapshotState();
        uint256[2] memory often = _run(provenMask, settleMask);
        vm.revertToState(snapshot);
        uint256[2] memory once = _run(provenMask, 0);
        assertEq(often[0], once[0], "operator");
        assertEq(often[1], once[1], "client");
    }

    function _run(uint16 provenMask, uint16 settleMask) private returns (uint256[2] memory balances) {
        for (uint32 i; i < TERM; ++i) {
            _toPeriod(start + i);
            if (provenMask & (1 << i) != 0) _proveIfAlive();
            if (settleMask & (1 << i) != 0) agreements.settle(_ids());
        }
        _toPeriod(start + TERM);
        agreements.end(id);
        _assertConserved();
        return [escrow.availableOf(providers[0].operator), escrow.availableOf(client)];
    }

    /// @dev A provider with too many misses behind it has failed, recorded or not, and cannot prove any more.
    function _proveIfAlive() private {
        bytes memory proof = _proof(providers[0].id);
        try proofs.prove(providers[0].id, proofs.currentPeriod(), proof) {} catch {}
    }

    // ------------------------------------------------------------------ ending

    function test_RevertWhen_EndingBeforeTheTerm() public {
        _provePeriods(start, start + TERM - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_NotOver.selector, id, start + TERM, start + TERM - 2)
        );
        agreements.end(id);
    }

    function test_KeptAgreementPaysEverythingAndFreesCollateral() public {
        uint256 before = escrow.availableOf(providers[0].operator);
        uint256 stakeBefore = collateral.stakes(providers[0].id).free;
        _provePeriods(start, start + TERM);
        _toPeriod(start + TERM);
        agreements.end(id);
        assertEq(escrow.availableOf(providers[0].operator) - before, RENT * TERM);
        assertEq(collateral.stakes(providers[0].id).free - stakeBefore, RENT * COLLATERAL_PERIODS);
        assertEq(escrow.lockedBy(address(agreements)), 0);
        assertEq(reputation.records(providers[0].id).kept, 1);
        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.Kept));
        _assertConserved();
    }

    function test_RevertWhen_EndedTwice() public {
        _provePeriods(start, start + TERM);
        _toPeriod(start + TERM);
        agreements.end(id);
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_NotActive.selector, id, IAgreements.Status.Kept));
        agreements.end(id);
    }

    function test_FourMissesInARowFailTheProviderAndEverythingGoesBack() public {
        uint256 clientBefore = escrow.availableOf(client);
        _provePeriods(start, start + 1);
        _toPeriod(start + 5);
        vm.prank(address(0xCAFE));
        proofs.recordMisses(providers[0].id, 0);
        assertTrue(collateral.hasFailed(providers[0].id));
        agreements.end(id);
        uint256 lost = RENT * COLLATERAL_PERIODS;
        uint256 back = escrow.availableOf(client) - clientBefore;
        // The nine unserved periods, the hold-back of the proven one, and the client's share of all the collateral; a wei less per strike at most.
        assertApproxEqAbs(back, RENT * 9 + (RENT * 2_000) / 10_000 + (lost * 7_000) / 10_000, 4);
        assertEq(collateral.stakes(providers[0].id).locked, 0);
        assertEq(escrow.lockedBy(address(agreements)), 0);
        assertEq(reputation.records(providers[0].id).failed, 1);
        _assertConserved();
    }

    /// @dev An agreement whose term ended well before its provider failed is kept, however late it is closed.
    function test_LateEndingAfterTheProvidersFailureStillCountsAsKept() public {
        AgreementId later = _formNew(providers[0], keccak256("long"), 4, 40);
        _provePeriods(start, start + TERM);
        _toPeriod(start + TERM + 6);
        proofs.recordMisses(providers[0].id, 0);
        assertTrue(collateral.hasFailed(providers[0].id));
        agreements.end(id);
        agreements.end(later);
        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.Kept));
        assertEq(uint8(agreements.agreements(later).status), uint8(IAgreements.Status.Failed));
        assertEq(collateral.stakes(providers[0].id).locked, 0);
        assertEq(escrow.lockedBy(address(agreements)), 0);
        _assertConserved();
    }

    // ------------------------------------------------------------------ notice

    function test_RevertWhen_NoticeByAnother() public {
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_NotClient.selector, id, address(this)));
        agreements.giveNotice(id);
    }

    function test_NoticeRefundsWhatLiesBehindIt() public {
        uint256 before = escrow.availableOf(client);
        _toPeriod(start + 2);
        vm.prank(client);
        agreements.giveNotice(id);
        // The current period and one more stay in the term.
        assertEq(agreements.agreements(id).periods, 4);
        assertEq(escrow.availableOf(client) - before, RENT * 6);
        _assertConserved();
    }

    function test_RevertWhen_NoticeShortensNothing() public {
        _toPeriod(start + TERM - 2);
        vm.prank(client);
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_NothingToShorten.selector, id, start + TERM));
        agreements.giveNotice(id);
    }

    // ----------------------------------------------------------------- concede

    function test_RevertWhen_ConcededByAnother() public {
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_NotProvider.selector, id, client));
        vm.prank(client);
        agreements.concede(id);
    }

    function test_ConcedingFailsOneAgreementAndTheRestCanBeProven() public {
        AgreementId other = _formNew(providers[0], keccak256("other"), 4, TERM);
        _toPeriod(start);
        uint256 before = escrow.availableOf(client);
        vm.prank(vm.addr(providers[0].nodeKey));
        agreements.concede(id);
        uint256 lost = RENT * COLLATERAL_PERIODS;
        assertEq(escrow.availableOf(client) - before, RENT * TERM + (lost * 7_000) / 10_000);
        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.Failed));
        _prove(providers[0].id);
        assertTrue(proofs.isProven(providers[0].id, start));
        assertEq(uint8(agreements.agreements(other).status), uint8(IAgreements.Status.Active));
        _assertConserved();
    }

    function test_ConcedingBeforeTheStartReturnsEverything() public {
        uint256 before = escrow.availableOf(client);
        vm.prank(providers[0].operator);
        agreements.concede(id);
        assertEq(escrow.availableOf(client) - before, RENT * TERM + (RENT * COLLATERAL_PERIODS * 7_000) / 10_000);
        assertEq(escrow.lockedBy(address(agreements)), 0);
        _assertConserved();
    }
}
