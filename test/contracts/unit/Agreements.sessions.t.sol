// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice What a session key does with the client's money, and what it cannot.
contract AgreementsSessionsTest is Base {
    bytes32 private constant OBJECT = keccak256("object");
    uint32 private constant UNITS = 4;
    uint24 private constant TERM = 10;
    uint256 private constant RENT = uint256(PRICE) * UNITS;
    /// @dev Rent and burn of one agreement.
    uint256 private constant COST = (RENT * TERM * 102) / 100;

    address private key = makeAddr("key");

    function setUp() public override {
        super.setUp();
        _addProviders(1);
    }

    function _authorize(uint256 budget) private {
        vm.prank(client);
        escrow.authorizeSession(key, uint96(budget), uint40(block.timestamp + 1 days));
    }

    function _formBy(address sender, bytes memory clientSignature, bytes memory revertData) private {
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        list[0] = _agreement(providers[0], OBJECT, 0, UNITS, TERM);
        signatures[0] = _sign(providers[0].nodeKey, agreements.digestOf(list[0]));
        if (revertData.length != 0) vm.expectRevert(revertData);
        vm.prank(sender);
        agreements.form(list, signatures, clientSignature);
    }

    function test_KeyFormsOutOfItsBudget() public {
        _authorize(COST + 1);
        uint256 before = escrow.availableOf(client);
        _formBy(key, "", "");
        assertEq(before - escrow.availableOf(client), COST);
        (uint96 left, ) = escrow.sessions(client, key);
        assertEq(left, 1);
        _assertConserved();
    }

    function test_RevertWhen_TheBudgetIsShort() public {
        _authorize(COST - 1);
        _formBy(
            key,
            "",
            abi.encodeWithSelector(IEscrow.Escrow_SessionBudgetExceeded.selector, client, key, COST - 1, COST)
        );
    }

    function test_RevertWhen_AKeyBringsAWrongSignature() public {
        _authorize(COST);
        _formBy(key, hex"00", abi.encodeWithSelector(IAgreements.Agreements_BadClientSignature.selector, client));
    }

    function test_KeyTopsUpOutOfItsBudget() public {
        AgreementId id = _formNew(providers[0], OBJECT, UNITS, TERM);
        _authorize(COST);
        vm.prank(key);
        agreements.topUp(id, client, TERM, providers[0].askId);
        assertEq(agreements.agreements(id).periods, 2 * TERM);
        (uint96 left, ) = escrow.sessions(client, key);
        assertEq(left, 0);
    }

    /// @dev Ending early is the client's to decide, not its key's.
    function test_RevertWhen_AKeyGivesNotice() public {
        AgreementId id = _formNew(providers[0], OBJECT, UNITS, TERM);
        _authorize(COST);
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_NotClient.selector, id, key));
        vm.prank(key);
        agreements.giveNotice(id);
    }
}
