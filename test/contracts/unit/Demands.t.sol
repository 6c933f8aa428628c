// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {SaltedShard} from "../support/SaltedShard.sol";
import {DemandParams, Demands} from "../../../contracts/Demands.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {IDemands} from "../../../contracts/interfaces/IDemands.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {MerkleSha256} from "../../../contracts/libraries/MerkleSha256.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice A client demands units on chain: they are shown, or the agreement fails.
contract DemandsTest is Base {
    bytes32 private constant SALT = keccak256("salt");
    bytes32 private constant OBJECT = keccak256("object");
    uint32 private constant UNITS = 3;
    uint24 private constant TERM = 20;
    uint256 private constant RENT = uint256(UNITS) * PRICE;

    AgreementId private id;
    Provider private provider;

    function setUp() public override {
        super.setUp();
        _addProviders(2);
        provider = providers[0];
        id = _formSalted(provider, OBJECT, TERM);
    }

    function _formSalted(Provider memory p, bytes32 object, uint24 periods) private returns (AgreementId) {
        StorageAgreement memory a = _agreement(p, object, 0, 4, periods);
        (a.units, a.shardRoot) = (UNITS, SaltedShard.rootOf(SALT, UNITS));
        a.collateral = uint96(RENT * COLLATERAL_PERIODS);
        return _form(p, a);
    }

    function _demand(uint32 unit) private returns (uint256) {
        uint32[] memory units = new uint32[](1);
        units[0] = unit;
        vm.prank(client);
        return demands.demand(id, units);
    }

    function _pastDeadline(uint256 number) private {
        vm.roll(demands.demands(number).deadline + 1);
    }

    // ------------------------------------------------- demanding

    function test_EachUnitIsADemandOfItsOwnBehindABond() public {
        uint32[] memory units = new uint32[](2);
        (units[0], units[1]) = (2, 0);
        uint256 before = escrow.availableOf(client);
        uint48 deadline = uint48(block.number + AUDIT_WINDOW);
        for (uint256 i; i < 2; ++i) {
            vm.expectEmit(address(demands));
            emit IDemands.UnitDemanded(i + 1, id, provider.id, client, units[i], deadline, DEMAND_BOND);
        }
        vm.prank(client);
        assertEq(demands.demand(id, units), 1);
        assertEq(demands.demandCount(), 2);
        assertEq(escrow.availableOf(client), before - 2 * DEMAND_BOND);
        assertEq(escrow.lockedBy(address(demands)), 2 * DEMAND_BOND);
        assertEq(agreements.agreements(id).openAudits, 2);
        IDemands.Demand memory d = demands.demands(2);
        assertEq(abi.encode(d), abi.encode(id, escrow.accountOf(client), deadline, 0, true));
        assertEq(_demand(1), 3);
    }

    function test_ASessionKeyOfTheClientDemandsWithinItsBudget() public {
        address key = makeAddr("key");
        vm.prank(client);
        escrow.authorizeSession(key, DEMAND_BOND, uint40(block.timestamp + 1 days));
        uint32[] memory units = new uint32[](1);
        vm.startPrank(key);
        demands.demand(id, units);
        vm.expectPartialRevert(IEscrow.Escrow_SessionBudgetExceeded.selector);
        demands.demand(id, units);
        vm.stopPrank();
    }

    function test_RevertWhen_SomebodyElseDemands() public {
        uint32[] memory units = new uint32[](1);
        vm.prank(provider.operator);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, provider.operator, 0));
        demands.demand(id, units);
    }

    function test_RevertWhen_NothingThatIsThereIsDemanded() public {
        vm.startPrank(client);
        vm.expectRevert(IDemands.Demands_NothingDemanded.selector);
        demands.demand(id, new uint32[](0));
        uint32[] memory units = new uint32[](1);
        units[0] = UNITS;
        vm.expectRevert(abi.encodeWithSelector(IDemands.Demands_NoSuchUnit.selector, id, UNITS, UNITS));
        demands.demand(id, units);
        AgreementId nobody = AgreementId.wrap(77);
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_NotActive.selector, nobody, IAgreements.Status.None)
        );
        demands.demand(nobody, units);
        vm.stopPrank();
    }

    function test_RevertWhen_MoreAreOpenThanThereMayBe_AuditsCounted() public {
        vm.prank(client);
        audits.openAudit(id, client);
        for (uint32 i; i < DEMAND_MAX_OPEN - 1; ++i) _demand(0);
        uint32[] memory units = new uint32[](1);
        vm.prank(client);
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_TooManyAudits.selector, id, DEMAND_MAX_OPEN, DEMAND_MAX_OPEN)
        );
        demands.demand(id, units);
    }

    function test_RevertWhen_TheTermEndsBeforeTheWindow() public {
        uint32 endPeriod = agreements.agreements(id).startPeriod + TERM;
        uint256 last = proofs.openingBlock(endPeriod) - 1;
        vm.roll(last - AUDIT_WINDOW + 1);
        uint32[] memory units = new uint32[](1);
        vm.prank(client);
        vm.expectRevert(abi.encodeWithSelector(IDemands.Demands_TermTooShort.selector, id, last + 1, last));
        demands.demand(id, units);
        vm.roll(last - AUDIT_WINDOW);
        _demand(0);
    }

    function test_MaintenanceThatWasDeclaredPutsTheWindowOff() public {
        uint32 from = proofs.currentPeriod() + 1;
        vm.prank(provider.operator);
        proofs.declareMaintenance(provider.id, from, 2);
        assertEq(demands.demands(_demand(0)).deadline, proofs.openingBlock(from + 2) + AUDIT_WINDOW);
    }

    // ------------------------------------------------- showing

    function test_AnybodyShowsTheUnitAndTheProviderGetsTheBond() public {
        for (uint32 unit; unit < UNITS; ++unit) {
            uint256 number = _demand(unit);
            bytes memory opening = SaltedShard.openingOf(SALT, UNITS, unit);
            vm.roll(demands.demands(number).deadline);
            uint256 before = escrow.availableOf(provider.operator);
            address anybody = makeAddr("anybody");
            vm.expectEmit(address(demands));
            emit IDemands.UnitShown(number, id, anybody, DEMAND_BOND);
            vm.prank(anybody);
            demands.answer(number, opening);
            assertEq(escrow.availableOf(provider.operator), before + DEMAND_BOND);
            assertEq(agreements.agreements(id).openAudits, 0);
            assertFalse(demands.demands(number).open);
            vm.expectRevert(abi.encodeWithSelector(IDemands.Demands_NotOpen.selector, number));
            demands.answer(number, opening);
        }
        assertEq(escrow.lockedBy(address(demands)), 0);
        _assertConserved();
    }

    function test_AShardOfOneUnitHasNoSiblings() public {
        StorageAgreement memory a = _agreement(provider, "one", 0, 1, TERM);
        (a.shardRoot, a.collateral) = (SaltedShard.rootOf(SALT, 1), uint96(uint256(PRICE) * COLLATERAL_PERIODS));
        id = _form(provider, a);
        bytes memory opening = SaltedShard.openingOf(SALT, 1, 0);
        assertEq(opening.length, 65_536);
        demands.answer(_demand(0), opening);
        assertEq(escrow.lockedBy(address(demands)), 0);
    }

    function test_RevertWhen_AnotherUnitIsShown_OrOneByteIsWrong() public {
        uint256 number = _demand(1);
        bytes32 expected = SaltedShard.rootOf(SALT, UNITS);
        bytes memory opening = SaltedShard.openingOf(SALT, UNITS, 0);
        vm.expectPartialRevert(IDemands.Demands_WrongRoot.selector);
        demands.answer(number, opening);
        opening = SaltedShard.openingOf(SALT, UNITS, 1);
        uint256[5] memory places = [uint256(0), 32_767, 65_535, 65_536, opening.length - 1];
        for (uint256 i; i < places.length; ++i) {
            opening[places[i]] ^= 0x01;
            vm.expectPartialRevert(IDemands.Demands_WrongRoot.selector);
            demands.answer(number, opening);
            opening[places[i]] ^= 0x01;
        }
        demands.answer(number, opening);
        assertEq(proofs.rootOf(AgreementId.unwrap(id)), expected);
    }

    /// @dev As long as a hash: only the failure tells.
    function test_RevertWhen_AHashFails() public {
        uint256 number = _demand(1);
        bytes memory opening = SaltedShard.openingOf(SALT, UNITS, 1);
        vm.mockCallRevert(address(2), new bytes(0), new bytes(32));
        vm.expectRevert(MerkleSha256.MerkleSha256_HashFailed.selector);
        demands.answer(number, opening);
    }

    /// @dev Calls to address 2 succeed there, and leave what was in memory: anybody's root.
    function test_RevertWhen_TheChainHasNoSha256() public {
        uint256 number = _demand(1);
        bytes memory opening = SaltedShard.openingOf(SALT, UNITS, 1);
        vm.mockCall(address(2), new bytes(0), new bytes(0));
        vm.expectRevert(MerkleSha256.MerkleSha256_HashFailed.selector);
        demands.answer(number, opening);
    }

    function test_RevertWhen_MoreOrLessThanTheUnitAndItsPathIsShown() public {
        uint256 number = _demand(1);
        bytes memory opening = SaltedShard.openingOf(SALT, UNITS, 1);
        uint256 whole = 65_536 + 64;
        assertEq(opening.length, whole);
        uint256[4] memory lengths = [0, whole - 32, whole - 1, whole + 32];
        for (uint256 i; i < lengths.length; ++i) {
            bytes memory other = new bytes(lengths[i]);
            for (uint256 j; j < lengths[i] && j < whole; j += 31) other[j] = opening[j];
            vm.expectRevert(abi.encodeWithSelector(IDemands.Demands_WrongLength.selector, lengths[i], whole));
            demands.answer(number, other);
        }
    }

    function test_RevertWhen_ItIsShownTooLate() public {
        uint256 number = _demand(0);
        bytes memory opening = SaltedShard.openingOf(SALT, UNITS, 0);
        uint256 deadline = demands.demands(number).deadline;
        vm.roll(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IDemands.Demands_TooLate.selector, number, deadline, deadline + 1));
        demands.answer(number, opening);
    }

    // ------------------------------------------------- refusing

    function test_WhoDoesNotShowItLosesTheAgreement() public {
        uint256 clientBefore = escrow.availableOf(client);
        uint256 first = _demand(0);
        uint256 second = _demand(1);
        uint256 deadline = demands.demands(first).deadline;
        vm.roll(deadline);
        vm.expectRevert(abi.encodeWithSelector(IDemands.Demands_StillOpen.selector, first, deadline, deadline));
        demands.close(first);
        _pastDeadline(second);
        // What it missed meanwhile is another matter.
        uint256 missed = proofs.currentPeriod() - agreements.agreements(id).startPeriod;
        assertEq(missed, 0);
        uint256 whole = RENT * COLLATERAL_PERIODS;
        uint256 toClient = (whole * 7_000) / 10_000;
        vm.expectEmit(address(demands));
        emit IDemands.DemandFailed(first, id);
        vm.expectEmit(address(collateral));
        emit ICollateral.Slashed(provider.id, escrow.accountOf(client), toClient, whole - toClient);
        demands.close(first);
        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.Failed));
        vm.expectEmit(address(demands));
        emit IDemands.DemandVoided(second, id);
        demands.close(second);
        assertEq(escrow.lockedBy(address(demands)), 0);
        assertEq(escrow.availableOf(client), clientBefore + RENT * TERM + toClient);
        vm.expectRevert(abi.encodeWithSelector(IDemands.Demands_NotOpen.selector, second));
        demands.close(second);
        _assertConserved();
    }

    function test_RevertWhen_TheAgreementIsOver() public {
        uint256 number = _demand(0);
        bytes memory opening = SaltedShard.openingOf(SALT, UNITS, 0);
        vm.prank(provider.operator);
        agreements.concede(id);
        vm.expectRevert(abi.encodeWithSelector(IDemands.Demands_AgreementOver.selector, number, id));
        demands.answer(number, opening);
        demands.close(number);
        assertEq(escrow.lockedBy(address(demands)), 0);
    }

    function test_RevertWhen_ThereIsNoSuchDemand() public {
        vm.expectRevert(abi.encodeWithSelector(IDemands.Demands_NotOpen.selector, 7));
        demands.answer(7, "");
        vm.expectRevert(abi.encodeWithSelector(IDemands.Demands_NotOpen.selector, 7));
        demands.close(7);
    }

    function test_RevertWhen_TheParametersAreInvalid() public {
        _expectInvalid("bond");
        new Demands(DemandParams(0, 1, 1), escrow, registry, proofs, agreements);
        _expectInvalid("windowBlocks");
        new Demands(DemandParams(1, 0, 1), escrow, registry, proofs, agreements);
        _expectInvalid("maxOpen");
        new Demands(DemandParams(1, 1, 0), escrow, registry, proofs, agreements);
        Demands made = new Demands(DemandParams(1, 2, 3), escrow, registry, proofs, agreements);
        assertEq(made.bond(), 1);
        assertEq(made.windowBlocks(), 2);
        assertEq(made.maxOpen(), 3);
    }

    function _expectInvalid(string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IDemands.Demands_InvalidParams.selector, field));
    }
}
