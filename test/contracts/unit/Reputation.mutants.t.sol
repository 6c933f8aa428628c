// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Reputation, ReputationParams} from "../../../contracts/Reputation.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {IReputation} from "../../../contracts/interfaces/IReputation.sol";

/// @notice What mutants showed that no other test noticed: see `npm run test:mutation`.
contract ReputationMutantsTest is Test {
    address private proofs = makeAddr("proofs");
    address private agreements = makeAddr("agreements");
    address private audits = makeAddr("audits");
    Reputation private reputation;

    function setUp() public {
        reputation = _new(ReputationParams(3000, 90, 10, 1));
    }

    function _new(ReputationParams memory params) private returns (Reputation) {
        return new Reputation(params, IPossessionProofs(proofs), IAgreements(agreements), audits);
    }

    function test_TheLastUnitDecaysToo() public {
        vm.startPrank(proofs);
        reputation.recordProven(1, 90, 1);
        reputation.recordProven(1, 180, 6);
        assertEq(reputation.records(1).good, 6);
    }

    /// @dev Both decay towards what comes later, and only what was there before.
    function test_WhatWasBadDecaysBeforeMoreIsAdded() public {
        vm.startPrank(proofs);
        reputation.recordProven(1, 90, 1_000);
        reputation.recordMissed(1, 90, 400, 1);
        reputation.recordMissed(1, 180, 7, 1);
        assertEq(reputation.records(1).bad, 207);
        assertEq(reputation.records(1).good, 500);
        // What lies behind decays nothing.
        reputation.recordMissed(1, 90, 1, 1);
        assertEq(reputation.records(1).bad, 208);
        assertEq(reputation.records(1).updated, 180);
    }

    function test_GoodAndBadStopAtTheirWidth() public {
        vm.startPrank(proofs);
        reputation.recordProven(1, 90, type(uint96).max);
        reputation.recordMissed(1, 90, type(uint96).max, 1);
        assertEq(reputation.records(1).good, type(uint96).max);
        assertEq(reputation.records(1).bad, type(uint96).max);
        reputation.recordProven(1, 90, 1);
        reputation.recordMissed(1, 90, 1, 1);
        assertEq(reputation.records(1).good, type(uint96).max);
        assertEq(reputation.records(1).bad, type(uint96).max);
        reputation.recordProven(1, 90, type(uint256).max);
        assertEq(reputation.records(1).good, type(uint96).max);
    }

    function test_HandoversAndAuditsAreAnnounced() public {
        vm.expectEmit(address(reputation));
        emit IReputation.AgreementHandedOver(1);
        vm.prank(agreements);
        reputation.recordHandedOver(1);
        vm.expectEmit(address(reputation));
        emit IReputation.AuditPassed(1);
        vm.prank(audits);
        reputation.recordAudited(1);
    }
}
