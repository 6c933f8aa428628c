// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {NodeKeys} from "../support/NodeKeys.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {IRandomness} from "../../../contracts/interfaces/IRandomness.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";

/// @notice [12] Every entry point that depends on the period, one block before, at and one block after the opening blocks of an agreement's
/// first period and of the first one past its term, and where its own bound lies elsewhere, around that.
contract PeriodBoundariesTest is CallTable {
    uint256 private first;
    uint256 private past;

    function setUp() public override {
        super.setUp();
        _fund(PAYER, 1 ether);
        (first, past) = (proofs.openingBlock(start), proofs.openingBlock(end));
    }

    /// @dev Goes to a block with every period before that block's proven.
    function _goTo(uint256 target) private {
        uint32 last = uint32((target - proofs.genesisBlock()) / PERIOD_BLOCKS + 1);
        for (uint32 p = start; p < last; ++p) {
            _toPeriod(p);
            _prove(holder.id);
        }
        vm.roll(target);
    }

    /// @dev Makes what `build` returns at each of the blocks, each time from the same state.
    function _at(
        uint256[6] memory blocks,
        bytes[6] memory errors,
        function() internal returns (Call memory) build
    ) private {
        for (uint256 i; i < blocks.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            _goTo(blocks[i]);
            _expect(build(), errors[i], string.concat("at column ", vm.toString(i)));
            vm.revertToState(snapshot);
        }
    }

    function _columns() private view returns (uint256[6] memory) {
        return [first - 1, first, first + 1, past - 1, past, past + 1];
    }

    function test_Prove() public {
        bytes memory early = abi.encodeWithSelector(
            IPossessionProofs.PossessionProofs_NothingToProve.selector,
            holder.id,
            start - 1
        );
        bytes memory unseeded = abi.encodeWithSelector(
            IPossessionProofs.PossessionProofs_NoSeedYet.selector,
            start,
            first
        );
        bytes memory unseededPast = abi.encodeWithSelector(
            IPossessionProofs.PossessionProofs_NoSeedYet.selector,
            end,
            past
        );
        // Past its term an agreement is drawn from until somebody ends it.
        _at(_columns(), [early, unseeded, OK, OK, unseededPast, OK], _proveCall);
    }

    /// @dev A proof made for the first period, handed in at every block.
    function test_ProveForOnePeriodOnly() public {
        _at(
            [first - 1, first, first + 1, first + PERIOD_BLOCKS - 1, first + PERIOD_BLOCKS, past],
            [
                _wrongPeriod(start - 1),
                abi.encodeWithSelector(IPossessionProofs.PossessionProofs_NoSeedYet.selector, start, first),
                OK,
                OK,
                _wrongPeriod(start + 1),
                _wrongPeriod(end)
            ],
            _proveFirstCall
        );
    }

    function _wrongPeriod(uint32 current) private view returns (bytes memory) {
        return abi.encodeWithSelector(IPossessionProofs.PossessionProofs_WrongPeriod.selector, start, current);
    }

    function _proveFirstCall() private view returns (Call memory) {
        bytes memory data = abi.encodeCall(proofs.prove, (holder.id, start, _proof(holder.id)));
        return Call(address(this), address(proofs), data);
    }

    function test_End() public {
        bytes memory early = _notOver(start - 1);
        _at(_columns(), [early, _notOver(start), _notOver(start), _notOver(end - 1), OK, OK], _endCall);
    }

    function _notOver(uint32 current) private view returns (bytes memory) {
        return abi.encodeWithSelector(IAgreements.Agreements_NotOver.selector, id, end, current);
    }

    /// @dev Notice is one period: the last useful moment is the end of the third last period.
    function test_GiveNotice() public {
        uint256 last = past - 2 * PERIOD_BLOCKS;
        bytes memory late = abi.encodeWithSelector(IAgreements.Agreements_NothingToShorten.selector, id, end);
        _at([first - 1, first, last - 1, last, past - 1, past], [OK, OK, OK, late, late, late], _noticeCall);
    }

    function test_Renew() public {
        _at(_columns(), [OK, OK, OK, OK, _termOver(end), _termOver(end)], _buildRenew);
    }

    function _buildRenew() private returns (Call memory) {
        return _renewCall(_renewal());
    }

    function test_TopUp() public {
        _at(_columns(), [OK, OK, OK, OK, _termOver(end), _termOver(end)], _topUpCall);
    }

    function _termOver(uint32 period) private view returns (bytes memory) {
        return abi.encodeWithSelector(IAgreements.Agreements_TermOver.selector, id, end, period);
    }

    /// @dev In an opening block the period's proof is owed and not yet possible: nobody hands over in it.
    function test_HandOver() public {
        uint256 last = past - PERIOD_BLOCKS;
        bytes memory owed = abi.encodeWithSelector(IAgreements.Agreements_ProofOwed.selector, id, holder.id, start);
        _at(
            [first - 1, first, first + 1, last - 1, last, last + 1],
            [OK, owed, OK, OK, _termOver(end), _termOver(end)],
            _buildHandOver
        );
    }

    function _buildHandOver() private returns (Call memory) {
        if (block.number > first && !proofs.isDischarged(holder.id) && proofs.draws(holder.id).length != 0)
            _prove(holder.id);
        return _handOverCall(_handover());
    }

    /// @dev A loss can be admitted as long as the agreement is not ended.
    function test_Concede() public {
        _at(_columns(), [OK, OK, OK, OK, OK, OK], _concedeCall);
    }

    /// @dev The first period's miss can be recorded from the opening block of the second on, and no earlier.
    function test_RecordMisses() public {
        bytes memory none = abi.encodeWithSelector(
            IPossessionProofs.PossessionProofs_NothingMissed.selector,
            holder.id
        );
        uint256 second = first + PERIOD_BLOCKS;
        uint256[6] memory blocks = [first - 1, first, first + 1, second - 1, second, second + 1];
        bytes[6] memory errors = [none, none, none, none, OK, OK];
        for (uint256 i; i < blocks.length; ++i) {
            vm.roll(blocks[i]);
            assertEq(proofs.unrecordedMisses(holder.id), i < 4 ? 0 : 1);
            uint256 snapshot = vm.snapshotState();
            _expect(_recordMissesCall(), errors[i], vm.toString(i));
            vm.revertToState(snapshot);
        }
    }

    /// @dev What is formed in a period's last block starts with the next, what is formed in its first block as well.
    function test_Form() public {
        uint256[6] memory blocks = _columns();
        uint32[6] memory starts = [start, start + 1, start + 1, end, end + 1, end + 1];
        for (uint256 i; i < blocks.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            _goTo(blocks[i]);
            AgreementId formed = _formNew(successor, keccak256("another"), UNITS, TERM);
            assertEq(agreements.agreements(formed).startPeriod, starts[i], vm.toString(i));
            vm.revertToState(snapshot);
        }
    }

    /// @dev A period is paid from the block after its last one on; nothing is paid past the term.
    function test_Settle() public {
        uint256[6] memory blocks = _columns();
        uint256[6] memory periods = [uint256(0), 0, 0, TERM - 1, TERM, TERM];
        for (uint256 i; i < blocks.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            uint256 before = escrow.availableOf(holder.operator);
            _goTo(blocks[i]);
            _expect(_settleCall(), OK, vm.toString(i));
            uint256 earned = RENT * periods[i];
            assertEq(escrow.availableOf(holder.operator) - before, earned - (earned * 2_000) / 10_000, vm.toString(i));
            assertEq(agreements.agreements(id).settledPeriods, periods[i]);
            vm.revertToState(snapshot);
        }
    }

    /// @dev One miss, in the period before the first, the first, the last, or the one past the last: the two outer ones cost the client's
    /// agreement nothing, the inner ones the first step of the ladder. Another agreement makes the provider owe all of them.
    function test_MissesCountInsideTheTermOnly() public {
        AgreementId other = _formNew(holder, keccak256("long"), UNITS, 100);
        (uint32 from, uint32 to) = (start + 2, start + 2 + TERM);
        _toPeriod(start);
        _prove(holder.id);
        _toPeriod(start + 1);
        id = _formNew(holder, keccak256("inner"), UNITS, TERM);
        assertTrue(AgreementId.unwrap(other) != AgreementId.unwrap(id));
        uint256 whole = RENT * COLLATERAL_PERIODS;
        uint32[4] memory missed = [from - 1, from, to - 1, to];
        uint256[4] memory lost = [uint256(0), whole / 100, whole / 100, 0];
        for (uint256 i; i < 4; ++i) {
            uint256 snapshot = vm.snapshotState();
            for (uint32 p = start + 1; p <= to; ++p) {
                _toPeriod(p);
                if (p != missed[i]) _prove(holder.id);
            }
            _toPeriod(to + 1);
            uint256 locked = collateral.stakes(holder.id).locked;
            uint256 free = collateral.stakes(holder.id).free;
            agreements.end(id);
            assertEq(locked - collateral.stakes(holder.id).locked, whole, "unlocked");
            assertEq(whole - (collateral.stakes(holder.id).free - free), lost[i], vm.toString(i));
            assertEq(agreements.agreements(id).provenPeriods, TERM - (lost[i] == 0 ? 0 : 1));
            vm.revertToState(snapshot);
        }
    }

    /// @dev [8] The placement's randomness: not in the block of the registration, always after it, whoever comes when.
    function test_AssignPlacement() public {
        uint256 deadline = block.timestamp;
        address operator = holder.operator;
        _fund(operator, 100 ether);
        vm.startPrank(operator);
        uint32 provider = registry.register(
            NodeKeys.publicKeyOf(0xA003),
            826,
            "",
            deadline,
            _bind(operator, 0xA003, 826, deadline)
        );
        vm.stopPrank();
        uint256 registered = block.number;
        _expect(
            _assignCall(provider),
            abi.encodeWithSelector(IRandomness.Randomness_NotYet.selector, registered, registered),
            "at once"
        );
        uint256[5] memory later = [uint256(1), 255, 256, 257, 513];
        uint256[5] memory anchors = [registered, registered, registered, registered + 256, registered + 512];
        for (uint256 i; i < later.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            vm.roll(registered + later[i]);
            _expect(_assignCall(provider), OK, vm.toString(later[i]));
            bytes32 placement = keccak256(abi.encodePacked(vm.addr(0xA003), blockhash(anchors[i])));
            assertEq(registry.providers(provider).placementId, placement, vm.toString(later[i]));
            vm.revertToState(snapshot);
        }
    }

    function _assignCall(uint32 provider) private view returns (Call memory) {
        return Call(address(this), address(registry), abi.encodeCall(registry.assignPlacement, (provider)));
    }
}
