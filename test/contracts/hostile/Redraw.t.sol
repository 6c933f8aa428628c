// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {Renewal} from "../../../contracts/types/Renewal.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice A provider that knows this period's seed, and that it cannot show what it asks for: whatever it and its friends do, the period asks for the
/// same leaves, or the loss is admitted and paid for.
contract RedrawTest is Base {
    bytes32 private constant VICTIM = keccak256("victim");
    bytes32 private constant OTHER = keccak256("other");
    bytes32 private constant SHORT = keccak256("short");
    uint32 private constant SHORT_UNITS = 8;
    uint24 private constant TERM = 30;
    uint256 private constant COLLATERAL = 4 * uint256(PRICE) * COLLATERAL_PERIODS;

    Provider private cheat;
    Provider private friend;
    AgreementId private victim;
    AgreementId private other;
    /// @dev Its term is over when the tests begin, and nobody has ended it.
    AgreementId private short;
    uint32 private period;
    bytes32 private asked;

    function setUp() public override {
        super.setUp();
        _addProviders(2);
        (cheat, friend) = (providers[0], providers[1]);
        victim = _formNew(cheat, VICTIM, 4, TERM);
        other = _formNew(cheat, OTHER, 8, TERM);
        short = _formNew(cheat, SHORT, SHORT_UNITS, 2);
        period = proofs.currentPeriod() + 1;
        for (uint256 i; i < 2; ++i) {
            _toPeriod(period++);
            _prove(cheat.id);
        }
        _toPeriod(period);
        asked = _asked();
        assertTrue(_isAskedFor(short), "the period's draws fall on it, too");
    }

    /// @dev The leaves, in their order. That the loss of one is admitted shows elsewhere.
    function _asked() private view returns (bytes32 hash) {
        IPossessionProofs.Draw[] memory draws = proofs.draws(cheat.id);
        assertEq(draws.length, DRAWS, "something is asked for");
        for (uint256 i; i < draws.length; ++i) {
            hash = keccak256(abi.encode(hash, draws[i].agreement, draws[i].root, draws[i].leaf, draws[i].depth));
        }
    }

    function _isAskedFor(AgreementId id) private view returns (bool) {
        IPossessionProofs.Draw[] memory draws = proofs.draws(cheat.id);
        for (uint256 i; i < draws.length; ++i) {
            if (draws[i].agreement == AgreementId.unwrap(id)) return true;
        }
        return false;
    }

    function _isConceded(AgreementId id) private view returns (bool) {
        IPossessionProofs.Draw[] memory draws = proofs.draws(cheat.id);
        for (uint256 i; i < draws.length; ++i) {
            if (draws[i].agreement == AgreementId.unwrap(id)) return draws[i].conceded;
        }
        return false;
    }

    function _checkUnchanged() private view {
        assertEq(_asked(), asked, "the same leaves");
        IPossessionProofs.Draw[] memory draws = proofs.draws(cheat.id);
        for (uint256 i; i < draws.length; ++i) {
            assertFalse(draws[i].conceded, "and none excused");
        }
    }

    // ------------------------------------------------- what changes nothing at all

    /// @dev [5] Padding with what it made itself: counts from the next period on, when that period's seed is not known.
    function test_FormingAndFilling() public {
        _formNew(cheat, keccak256("padding 1"), 1024, TERM);
        _checkUnchanged();
        // Without an ask, at another price.
        StorageAgreement memory a = _agreement(cheat, keccak256("padding 2"), 0, 256, TERM);
        a.askId = 0;
        _form(cheat, a);
        _checkUnchanged();
    }

    function test_FormingAndEndingInOnePeriod() public {
        AgreementId padding = _formNew(cheat, keccak256("padding"), 64, TERM);
        vm.prank(cheat.operator);
        agreements.concede(padding);
        _checkUnchanged();
    }

    /// @dev What ends stays in the period's draws, to be shown to the last.
    function test_EndingWhatIsOver() public {
        agreements.end(short);
        _checkUnchanged();
        assertTrue(_isAskedFor(short));
        _prove(cheat.id);
        _nextPeriod();
        assertFalse(_isAskedFor(short), "from the next one on it is gone");
    }

    /// @dev Ended, it cannot be conceded any more to get it out of the draw.
    function test_RevertWhen_ConcededAfterItsEnd() public {
        agreements.end(short);
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_NotActive.selector, short, IAgreements.Status.Kept)
        );
        vm.prank(cheat.operator);
        agreements.concede(short);
        _checkUnchanged();
    }

    function test_RenewingAndToppingUp() public {
        Renewal memory r = Renewal(other, client, 5, nextNonce++, uint64(block.timestamp + 1 hours));
        bytes32 typeHash = keccak256(
            "Renewal(uint64 agreement,address client,uint24 periods,uint64 nonce,uint64 deadline)"
        );
        bytes memory signature = _signed(cheat.nodeKey, typeHash, abi.encode(r));
        vm.prank(client);
        agreements.renew(r, signature, "");
        vm.prank(client);
        agreements.topUp(victim, client, 5, cheat.askId);
        _checkUnchanged();
    }

    function test_GivingNotice() public {
        vm.prank(client);
        agreements.giveNotice(victim);
        _checkUnchanged();
    }

    function test_Settling() public {
        AgreementId[] memory ids = new AgreementId[](3);
        (ids[0], ids[1], ids[2]) = (victim, other, short);
        agreements.settle(ids);
        _checkUnchanged();
    }

    function test_RegisteringAndStaking() public {
        Provider memory newcomer = _addProvider();
        _checkUnchanged();
        _formNew(newcomer, keccak256("elsewhere"), 64, TERM);
        _checkUnchanged();
        _fund(cheat.operator, 10 ether);
        vm.startPrank(cheat.operator);
        collateral.stake(cheat.id, cheat.operator, 10 ether);
        collateral.requestUnbond(cheat.id, 10 ether);
        vm.stopPrank();
        _checkUnchanged();
    }

    /// @dev [14] Who owes the proof cannot pass on what it lost; who gave it changes nothing by passing it on.
    function test_HandingOver() public {
        Handover memory h = Handover(victim, VICTIM, friend.id, nextNonce++, uint64(block.timestamp + 1 hours));
        bytes32 typeHash = keccak256(
            "Handover(uint64 agreement,bytes32 objectKey,uint32 successor,uint64 nonce,uint64 deadline)"
        );
        bytes memory signature = _signed(friend.nodeKey, typeHash, abi.encode(h));
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_ProofOwed.selector, victim, cheat.id, period));
        vm.prank(cheat.operator);
        agreements.handOver(h, signature);
        _checkUnchanged();
        _prove(cheat.id);
        vm.prank(cheat.operator);
        agreements.handOver(h, signature);
        _checkUnchanged();
        // And what the friend takes over is asked of it from the next period on.
        assertEq(proofs.draws(friend.id).length, 0);
        _nextPeriod();
        assertEq(proofs.draws(friend.id).length, DRAWS);
    }

    /// @dev Maintenance excuses from periods whose seed nobody knows, never from this one.
    function test_DeclaringMaintenance() public {
        vm.startPrank(cheat.operator);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPossessionProofs.PossessionProofs_MaintenanceTooLate.selector,
                cheat.id,
                period,
                period
            )
        );
        proofs.declareMaintenance(cheat.id, period, 1);
        proofs.declareMaintenance(cheat.id, period + 1, 1);
        vm.stopPrank();
        _checkUnchanged();
        _nextPeriod();
        assertEq(proofs.unrecordedMisses(cheat.id), 1, "this one is missed all the same");
    }

    function test_OpeningAndAnsweringAudits() public {
        _fund(cheat.operator, AUDIT_BOND);
        vm.prank(cheat.operator);
        audits.openAudit(victim, cheat.operator);
        _checkUnchanged();
    }

    /// @dev [7] Waiting brings no other draws: the period has one seed, and the next one another, at the price of a miss.
    function test_Waiting() public {
        uint256 last = proofs.openingBlock(period + 1) - 1;
        for (uint256 number = block.number; number <= last; ++number) {
            vm.roll(number);
            _checkUnchanged();
        }
        _nextPeriod();
        assertNotEq(_asked(), asked);
        assertEq(proofs.unrecordedMisses(cheat.id), 1);
        proofs.recordMisses(cheat.id, 0);
        assertEq(collateral.stakes(cheat.id).slashes, 1, "once");
        vm.expectRevert(abi.encodeWithSelector(IPossessionProofs.PossessionProofs_NothingMissed.selector, cheat.id));
        proofs.recordMisses(cheat.id, 0);
        assertEq(reputation.records(cheat.id).missed, 1);
    }

    /// @dev Nor does who asks, or how. [6]
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_Asking(address caller, uint64 gasPrice, bytes32 prevrandao) public {
        vm.txGasPrice(gasPrice);
        vm.prevrandao(prevrandao);
        vm.prank(caller, caller);
        IPossessionProofs.Draw[] memory draws = proofs.draws(cheat.id);
        assertEq(draws.length, DRAWS);
        _checkUnchanged();
    }

    // ---------------------------------------------- what is excused, and its price

    /// @dev The one way out: admitted, the loss costs the agreement's whole collateral and the rest of its rent, and the others are still asked for.
    function test_ConcedingCostsTheCollateral() public {
        uint256 stakeBefore = _stake();
        uint256 clientBefore = escrow.availableOf(client);
        vm.prank(cheat.operator);
        agreements.concede(victim);
        assertEq(_asked(), asked, "the same leaves");
        assertEq(_isConceded(victim), _isAskedFor(victim));
        assertFalse(_isConceded(other));
        assertFalse(_isConceded(short));
        assertEq(stakeBefore - _stake(), COLLATERAL);
        uint256 rent = 4 * uint256(PRICE);
        // The periods to come, the two hold-backs, and the client's share of the collateral.
        uint256 due = rent * (TERM - 2) + (rent * 2 * 2) / 10 + (COLLATERAL * 7_000) / 10_000;
        assertEq(escrow.availableOf(client) - clientBefore, due);
        _prove(cheat.id);
    }

    /// @dev An audit that a friend opens and nobody answers excuses from the same leaves at the same price.
    function test_AnUnansweredAuditCostsTheSame() public {
        _fund(friend.operator, AUDIT_BOND);
        vm.prank(friend.operator);
        uint256 audit = audits.openAudit(victim, friend.operator);
        _prove(cheat.id);
        _nextPeriod();
        _prove(cheat.id);
        _nextPeriod();
        bytes32 before = _asked();
        uint256 stakeBefore = _stake();
        audits.close(audit);
        assertEq(_asked(), before);
        assertEq(_isConceded(victim), _isAskedFor(victim));
        assertEq(stakeBefore - _stake(), COLLATERAL);
        _prove(cheat.id);
    }

    /// @dev [14] A missed period is slashed whatever is done between the miss and its record.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_NothingSavesTheSlash(uint256 seed) public {
        agreements.end(short);
        uint256 locked = collateral.stakes(cheat.id).locked;
        uint256 before = _stake();
        // This period is missed.
        _nextPeriod();
        for (uint256 i; i < 5; ++i) {
            _evade(uint256(keccak256(abi.encode(seed, i))) % 6);
        }
        AgreementId[] memory ids = new AgreementId[](2);
        (ids[0], ids[1]) = (victim, other);
        for (uint256 i; i < 2; ++i) {
            AgreementId[] memory one = new AgreementId[](1);
            one[0] = ids[i];
            if (agreements.agreements(ids[i]).status == IAgreements.Status.Active) agreements.settle(one);
        }
        assertGe(before - _stake(), locked / 100, "one per cent of everything that was locked, at least");
        assertEq(collateral.stakes(cheat.id).slashes, 1);
        _assertConserved();
    }

    function _evade(uint256 action) private {
        vm.startPrank(cheat.operator);
        uint256 free = collateral.lockableOf(cheat.id);
        if (action == 0 && free != 0) {
            registry.declareCapacity(cheat.id, 0);
            collateral.requestUnbond(cheat.id, free);
        }
        if (action == 1) try collateral.withdrawUnbonded(cheat.id) {} catch {}
        if (action == 2) try proofs.declareMaintenance(cheat.id, proofs.currentPeriod() + 1, 1) {} catch {}
        if (action == 3) try agreements.concede(other) {} catch {}
        if (action == 4) try agreements.end(victim) {} catch {}
        vm.stopPrank();
        if (action == 5) {
            vm.prank(client);
            try agreements.giveNotice(victim) {} catch {}
        }
    }

    /// @dev Free, locked and on its way out: unbonding stake is the provider's, too, but what a slash takes was locked.
    function _stake() private view returns (uint256) {
        return
            uint256(collateral.stakes(cheat.id).free) +
            collateral.stakes(cheat.id).locked +
            collateral.unbondings(cheat.id).amount;
    }

    // --------------------------------------------------------------- before the seed

    /// @dev The set is that of the last block before the opening; the opening block, whose hash is the seed, is too late.
    function test_TheSetIsFixedBeforeItsSeed() public {
        _prove(cheat.id);
        uint256 opening = proofs.openingBlock(period + 1);
        vm.roll(opening - 1);
        AgreementId inTime = _formNew(cheat, keccak256("in time"), 1 << 20, TERM);
        vm.roll(opening);
        assertEq(proofs.draws(cheat.id).length, 0, "nobody knows the draws yet");
        AgreementId late = _formNew(cheat, keccak256("late"), 1 << 20, TERM);
        vm.roll(opening + 1);
        assertTrue(_isAskedFor(inTime), "nearly all units are its own");
        assertFalse(_isAskedFor(late));
    }

    function _signed(uint256 key, bytes32 typeHash, bytes memory message) private view returns (bytes memory) {
        bytes32 structHash = keccak256(bytes.concat(typeHash, message));
        return _sign(key, _digest("Stowmarket Agreements", address(agreements), structHash));
    }
}
