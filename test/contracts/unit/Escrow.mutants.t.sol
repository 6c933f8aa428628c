// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Escrow} from "../../../contracts/Escrow.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {DevToken} from "../../../contracts/mocks/DevToken.sol";
import {EscrowFixture} from "../support/EscrowFixture.sol";

/// @notice What mutants showed that no other test noticed: see `npm run test:mutation`.
contract EscrowMutantsTest is EscrowFixture {
    Escrow private escrow;
    uint32 private account;

    function setUp() public {
        escrow = _newEscrow(address(new DevToken(alice, SUPPLY)));
        account = _fund(escrow, alice, 100);
    }

    function test_LockingNothingTellsNothing() public {
        vm.startPrank(agreements);
        vm.recordLogs();
        assertEq(escrow.lock(alice, 0, 0), account);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_LockingWithoutABurnTellsOfTheLockAlone() public {
        vm.startPrank(agreements);
        vm.recordLogs();
        escrow.lock(alice, 7, 0);
        assertEq(vm.getRecordedLogs().length, 1);
        escrow.release(account, 0, 0, 0);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_ALockSaysWhatWasTakenWithItsBurn() public {
        vm.expectEmit(address(escrow));
        emit IEscrow.Locked(agreements, account, 9);
        vm.prank(agreements);
        escrow.lock(alice, 7, 2);
        assertEq(escrow.lockedBy(agreements), 7);
        assertEq(escrow.availableOf(alice), 91);
    }
}
