// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice [16] [21] A shard's place taken again after its agreement is over, in each way that one can be over, gives what a fresh place gives,
/// to the byte; and nothing done to the old agreement reaches the new one's money.
contract AgreementsReuseTest is CallTable {
    function setUp() public override {
        super.setUp();
        _addProvider();
    }

    function _keep() private {
        for (uint32 p = start; p < end; ++p) {
            _toPeriod(p);
            // Two misses that do not fail it: slashes and settled periods to be forgotten.
            if (p != start + 1) _prove(holder.id);
            if (p == start + 2) _expect(_settleCall(), OK, "settling midway");
        }
        _toPeriod(end);
        agreements.end(id);
    }

    function _concede() private {
        _toPeriod(start);
        _prove(holder.id);
        _toPeriod(start + 2);
        _expect(_settleCall(), OK, "settling midway");
        _expect(_concedeCall(), OK, "conceding");
    }

    function _fail() private {
        _toPeriod(start);
        _prove(holder.id);
        _toPeriod(start + 5);
        agreements.end(id);
    }

    function _handOver() private {
        _toPeriod(start);
        _prove(holder.id);
        _expect(_handOverCall(_handover()), OK, "handing over");
        AgreementId next = agreements.holdersOf(client, OBJECT)[0];
        vm.prank(successor.operator);
        agreements.concede(next);
    }

    function _notice() private {
        _expect(_noticeCall(), OK, "giving notice");
        _toPeriod(start);
        _prove(holder.id);
        _toPeriod(start + 2);
        agreements.end(id);
    }

    function test_AfterKept() public {
        _keep();
        _sameAsFresh(IAgreements.Status.Kept);
    }

    function test_AfterNotice() public {
        _notice();
        _sameAsFresh(IAgreements.Status.Kept);
    }

    function test_AfterConceded() public {
        _concede();
        _sameAsFresh(IAgreements.Status.Failed);
    }

    function test_AfterTheProviderFailed() public {
        _fail();
        _sameAsFresh(IAgreements.Status.Failed);
    }

    function test_AfterHandedOver() public {
        _handOver();
        _sameAsFresh(IAgreements.Status.HandedOver);
    }

    /// @dev Forms the same shard with a third provider, once at a place never used and once at the one left, from the same state: what is
    /// written is the same but for the client's list of the object, and that holds the same id.
    function _sameAsFresh(IAgreements.Status before) private {
        assertEq(uint8(agreements.agreements(id).status), uint8(before));
        bytes32 old = keccak256(abi.encode(agreements.agreements(id)));
        Provider memory third = providers[2];
        StorageAgreement memory a = _agreement(third, OBJECT, 0, UNITS, TERM);

        uint256 snapshot = vm.snapshotState();
        (bytes32 reused, bytes32 writesReused) = _formed(third, a);
        assertEq(keccak256(abi.encode(agreements.agreements(id))), old, "the old one is left alone");
        assertEq(AgreementId.unwrap(agreements.holdersOf(client, OBJECT)[0]), uint64(third.id) << 32);
        vm.revertToState(snapshot);

        a.objectKey = keccak256("never used");
        (bytes32 unused, bytes32 writesUnused) = _formed(third, a);
        assertEq(reused, unused, "what is stored");
        assertEq(writesReused, writesUnused, "what is written");
        vm.revertToState(snapshot);

        a.objectKey = OBJECT;
        _form(third, a);
        _nothingReachesTheNewOne(before);
    }

    /// @return state everything that the market says of the new agreement and its parties
    /// @return writes each slot written in the contracts other than Agreements, with its value
    function _formed(Provider memory p, StorageAgreement memory a) private returns (bytes32 state, bytes32 writes) {
        Call memory call = _formCall(a, p);
        vm.record();
        _expect(call, OK, "forming");
        writes = keccak256(
            abi.encode(
                _written(address(escrow)),
                _written(address(proofs)),
                _written(address(collateral)),
                _written(address(orderBook))
            )
        );
        uint64 formed = uint64(p.id) << 32;
        state = keccak256(
            abi.encode(
                agreements.agreements(AgreementId.wrap(formed)),
                proofs.duties(p.id),
                proofs.rootOf(formed),
                proofs.unitsOf(formed),
                collateral.stakes(p.id),
                escrow.availableOf(client)
            )
        );
    }

    function _written(address target) private returns (bytes32 digest) {
        (, bytes32[] memory slots) = vm.accesses(target);
        for (uint256 i; i < slots.length; ++i) {
            digest = keccak256(abi.encode(digest, slots[i], vm.load(target, slots[i])));
        }
        assertNotEq(digest, 0, "something is written");
    }

    /// @dev Every call that takes an id is refused for the old one, and moves nothing.
    function _nothingReachesTheNewOne(IAgreements.Status before) private {
        bytes memory over = abi.encodeWithSelector(IAgreements.Agreements_NotActive.selector, id, before);
        uint256 locked = escrow.lockedBy(address(agreements));
        _expect(_settleCall(), over, "settle");
        _expect(_endCall(), over, "end");
        _expect(_concedeCall(), over, "concede");
        _expect(_noticeCall(), over, "giveNotice");
        _expect(_topUpCall(), over, "topUp");
        _expect(_renewCall(_renewal()), over, "renew");
        _expect(_handOverCall(_handover()), over, "handOver");
        assertEq(escrow.lockedBy(address(agreements)), locked);
        _assertConserved();
    }
}
