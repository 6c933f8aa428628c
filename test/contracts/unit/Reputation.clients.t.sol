// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Reputation, ReputationParams} from "../../../contracts/Reputation.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {IReputation} from "../../../contracts/interfaces/IReputation.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";

/// @dev Agreements and proofs as far as counting clients asks them: what a test sets.
contract FakeRecord {
    uint32 public currentPeriod;
    uint32 public proven = 1;
    mapping(uint64 id => IAgreements.Agreement) private _agreements;

    function set(uint64 id, IAgreements.Agreement memory agreement) external {
        _agreements[id] = agreement;
    }

    function setPeriod(uint32 period) external {
        currentPeriod = period;
    }

    function setProven(uint32 proven_) external {
        proven = proven_;
    }

    function agreements(AgreementId id) external view returns (IAgreements.Agreement memory) {
        return _agreements[AgreementId.unwrap(id)];
    }

    function provenBetween(uint32, uint32 from, uint32 to) external view returns (uint32) {
        return from < to ? proven : 0;
    }
}

/// @notice Distinct clients: how they are counted, how long they count, and what the score makes of them.
contract ReputationClientsTest is Test {
    uint32 private constant HALF_LIFE = 90;
    uint112 private constant NEWCOMER = 3_000;
    uint8 private constant FULL = 4;

    FakeRecord private record;
    Reputation private reputation;

    function setUp() public {
        record = new FakeRecord();
        record.setPeriod(HALF_LIFE * 10);
        reputation = _deploy(FULL);
    }

    function _deploy(uint8 fullClients) private returns (Reputation) {
        ReputationParams memory params = ReputationParams(NEWCOMER, HALF_LIFE, 10, fullClients);
        return new Reputation(params, IPossessionProofs(address(record)), IAgreements(address(record)), address(0));
    }

    /// @return id the agreement of provider 1 with the client of this account
    function _agreement(uint32 account) private returns (uint64 id) {
        id = (1 << 32) | account;
        IAgreements.Agreement memory a;
        (a.clientAccount, a.status, a.startPeriod, a.settledPeriods) = (account, IAgreements.Status.Active, 5, 1);
        record.set(id, a);
    }

    function _list(uint64 id) private pure returns (uint64[] memory list) {
        list = new uint64[](1);
        list[0] = id;
    }

    function _count(uint32 account) private {
        reputation.countClients(_list(_agreement(account)));
    }

    function _counted() private view returns (uint256) {
        return reputation.clientCountAt(1, record.currentPeriod());
    }

    function _score(uint256 good) private pure returns (uint256) {
        return (good * 1e18) / (good + NEWCOMER);
    }

    function test_RevertWhen_FullIsNoneOrMoreThanTheSketchHolds() public {
        bytes memory err = abi.encodeWithSelector(IReputation.Reputation_InvalidParams.selector, "fullClients");
        vm.expectRevert(err);
        _deploy(0);
        vm.expectRevert(err);
        _deploy(113);
        assertEq(_deploy(1).fullClients(), 1);
        assertEq(_deploy(112).fullClients(), 112);
    }

    /// @dev Good counts by quarters: as one client without any, in full with four, and no more with five.
    function test_GoodCountsByTheNumberOfClients() public {
        vm.prank(address(record));
        reputation.recordProven(1, HALF_LIFE * 10, 1_001);
        uint256[6] memory good = [uint256(250), 250, 500, 750, 1_001, 1_001];
        for (uint32 clients; clients < 6; ++clients) {
            if (clients != 0) _count(clients);
            assertEq(_counted(), clients);
            assertEq(reputation.scoreAt(1, record.currentPeriod()), _score(good[clients]));
        }
    }

    /// @dev Bad counts in full from the first, whoever it was done to.
    function test_BadCountsInFull() public {
        vm.startPrank(address(record));
        reputation.recordProven(1, HALF_LIFE * 10, 1_000);
        reputation.recordMissed(1, HALF_LIFE * 10, 100, 1);
        vm.stopPrank();
        assertEq(reputation.scoreAt(1, record.currentPeriod()), (250 * 1e18) / (250 + 1_000 + uint256(NEWCOMER)));
    }

    function test_CountsOnceAndTells() public {
        uint64 id = _agreement(7);
        vm.expectEmit(address(reputation));
        emit IReputation.ClientCounted(1, 7, record.currentPeriod());
        reputation.countClients(_list(id));
        vm.recordLogs();
        reputation.countClients(_list(id));
        // Another agreement with the same client.
        uint64 second = _agreement(8);
        IAgreements.Agreement memory a;
        (a.clientAccount, a.status, a.startPeriod, a.settledPeriods) = (7, IAgreements.Status.Kept, 5, 1);
        record.set(second, a);
        reputation.countClients(_list(second));
        assertEq(vm.getRecordedLogs().length, 0);
        assertEq(_counted(), 1);
        assertEq(reputation.clientsOf(1).recent, 1 << 7);
        assertEq(reputation.clientsOf(1).before, 0);
        assertEq(reputation.clientsOf(1).epoch, 10);
    }

    function test_ManyAtOnceForSeveralProviders() public {
        uint64[] memory list = new uint64[](3);
        (list[0], list[1], list[2]) = (_agreement(1), _agreement(2), (2 << 32) | 1);
        record.set(list[2], record.agreements(AgreementId.wrap(list[0])));
        reputation.countClients(list);
        assertEq(_counted(), 2);
        assertEq(reputation.clientCountAt(2, record.currentPeriod()), 1);
        reputation.countClients(new uint64[](0));
    }

    function _nothingServed(uint64 id) private {
        vm.expectRevert(abi.encodeWithSelector(IReputation.Reputation_NothingServed.selector, id));
        reputation.countClients(_list(id));
    }

    function test_RevertWhen_NothingWasServed() public {
        uint64 id = _agreement(1);
        IAgreements.Agreement memory a = record.agreements(AgreementId.wrap(id));
        IAgreements.Status[3] memory others = [
            IAgreements.Status.None,
            IAgreements.Status.Failed,
            IAgreements.Status.HandedOver
        ];
        for (uint256 i; i < 3; ++i) {
            a.status = others[i];
            record.set(id, a);
            _nothingServed(id);
        }
        a.status = IAgreements.Status.Kept;
        a.settledPeriods = 0;
        record.set(id, a);
        _nothingServed(id);
        a.settledPeriods = 1;
        record.set(id, a);
        record.setProven(0);
        _nothingServed(id);
        record.setProven(1);
        reputation.countClients(_list(id));
        assertEq(_counted(), 1);
        _nothingServed(99);
    }

    /// @dev All or none.
    function test_RevertWhen_OneOfSeveralServedNothing() public {
        uint64[] memory list = new uint64[](2);
        (list[0], list[1]) = (_agreement(1), 99);
        vm.expectRevert(abi.encodeWithSelector(IReputation.Reputation_NothingServed.selector, 99));
        reputation.countClients(list);
        assertEq(_counted(), 0);
    }

    /// @dev For the half-life that it was counted in and the next.
    function test_CountsUntilTheEndOfTheNextEpoch() public {
        record.setPeriod(HALF_LIFE * 11 - 1);
        _count(1);
        uint32[5] memory periods = [
            HALF_LIFE * 10,
            HALF_LIFE * 11 - 1,
            HALF_LIFE * 11,
            HALF_LIFE * 12 - 1,
            HALF_LIFE * 12
        ];
        uint256[5] memory counts = [uint256(1), 1, 1, 1, 0];
        for (uint256 i; i < 5; ++i) {
            assertEq(reputation.clientCountAt(1, periods[i]), counts[i]);
        }
        assertEq(reputation.clientCountAt(1, HALF_LIFE * 100), 0);
        // What lies behind changes nothing.
        assertEq(reputation.clientCountAt(1, 0), 1);
    }

    function test_CountedAgainItGoesOnCounting() public {
        _count(1);
        _count(2);
        record.setPeriod(HALF_LIFE * 11);
        assertEq(_counted(), 2);
        uint64 id = _agreement(1);
        vm.expectEmit(address(reputation));
        emit IReputation.ClientCounted(1, 1, HALF_LIFE * 11);
        reputation.countClients(_list(id));
        assertEq(_counted(), 2);
        assertEq(reputation.clientsOf(1).recent, 1 << 1);
        assertEq(reputation.clientsOf(1).before, (1 << 1) | (1 << 2));
        record.setPeriod(HALF_LIFE * 12);
        assertEq(_counted(), 1);
        // Two epochs without anybody: the one before counts no more.
        record.setPeriod(HALF_LIFE * 13);
        _count(3);
        assertEq(_counted(), 1);
        assertEq(reputation.clientsOf(1).before, 0);
        assertEq(reputation.clientsOf(1).epoch, 13);
    }

    /// @dev Two accounts whose numbers differ by a multiple of 112 are taken for one.
    function test_TheSketchTakesSomeForOne() public {
        _count(5);
        vm.recordLogs();
        _count(5 + 112);
        _count(5 + 112 * 3_000);
        assertEq(vm.getRecordedLogs().length, 0);
        assertEq(_counted(), 1);
        _count(5 + 111);
        _count(5 + 113);
        assertEq(_counted(), 3);
    }

    function test_HoldsAHundredAndTwelve() public {
        reputation = _deploy(112);
        for (uint32 account = 1; account <= 112; ++account) {
            _count(account);
            assertEq(_counted(), account);
        }
        assertEq(reputation.clientsOf(1).recent, type(uint112).max);
        for (uint32 account = 113; account <= 300; ++account) {
            _count(account);
        }
        assertEq(_counted(), 112);
        record.setPeriod(HALF_LIFE * 11);
        _count(1);
        assertEq(_counted(), 112);
    }

    function testFuzz_CountsWhatASetWouldCount(uint32[20] memory accounts, uint8[20] memory waits) public {
        bool[112] memory before;
        bool[112] memory recent;
        uint32 epoch;
        for (uint256 i; i < 20; ++i) {
            record.setPeriod(record.currentPeriod() + (waits[i] > 200 ? uint32(waits[i]) : waits[i] % 30));
            uint32 now_ = record.currentPeriod() / HALF_LIFE;
            for (; epoch < now_; ++epoch) {
                before = recent;
                delete recent;
            }
            _count(accounts[i]);
            recent[accounts[i] % 112] = true;
            uint256 expected;
            for (uint256 bit; bit < 112; ++bit) {
                if (before[bit] || recent[bit]) ++expected;
            }
            assertEq(_counted(), expected);
        }
    }
}
