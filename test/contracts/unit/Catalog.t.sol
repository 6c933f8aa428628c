// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Catalog} from "../../../contracts/Catalog.sol";
import {ICatalog} from "../../../contracts/interfaces/ICatalog.sol";

/// @notice Keys and shares: each owner writes of its own only.
contract CatalogTest is Test {
    Catalog private catalog;
    address private owner = makeAddr("owner");
    address private reader = makeAddr("reader");
    address private constant EVERYBODY = address(0);
    bytes32 private constant OBJECT = keccak256("object");
    uint40 private until;

    function setUp() public {
        vm.warp(1_800_000_000);
        until = uint40(block.timestamp + 1 days);
        catalog = new Catalog();
    }

    function _share(address to) private {
        vm.prank(owner);
        catalog.share(OBJECT, to, until, hex"01");
    }

    function test_AKeyIsPublishedAndReplaced() public {
        vm.startPrank(owner);
        vm.expectRevert(ICatalog.Catalog_InvalidKey.selector);
        catalog.publishKey(0);
        vm.expectEmit(address(catalog));
        emit ICatalog.KeyPublished(owner, "first");
        catalog.publishKey("first");
        assertEq(catalog.keyOf(owner), "first");
        catalog.publishKey("second");
        assertEq(catalog.keyOf(owner), "second");
        assertEq(catalog.keyOf(reader), 0);
    }

    function test_RevertWhen_AShareMakesNoSense() public {
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(ICatalog.Catalog_InvalidShare.selector, "objectKey"));
        catalog.share(0, reader, until, hex"01");
        vm.expectRevert(abi.encodeWithSelector(ICatalog.Catalog_InvalidShare.selector, "reader"));
        catalog.share(OBJECT, owner, until, hex"01");
        vm.expectRevert(abi.encodeWithSelector(ICatalog.Catalog_InvalidShare.selector, "until"));
        catalog.share(OBJECT, reader, uint40(block.timestamp), hex"01");
        vm.expectRevert(abi.encodeWithSelector(ICatalog.Catalog_InvalidShare.selector, "envelope"));
        catalog.share(OBJECT, reader, until, "");
        uint256 most = catalog.maxEnvelopeBytes();
        assertEq(most, 8_192);
        vm.expectRevert(abi.encodeWithSelector(ICatalog.Catalog_EnvelopeTooLong.selector, most + 1, most));
        catalog.share(OBJECT, reader, until, new bytes(most + 1));
        catalog.share(OBJECT, reader, uint40(block.timestamp + 1), new bytes(most));
    }

    function test_AShareHoldsForItsReaderUntilItsTime() public {
        vm.expectEmit(address(catalog));
        emit ICatalog.Shared(owner, reader, OBJECT, until, hex"01");
        _share(reader);
        assertEq(catalog.sharedUntil(owner, OBJECT, reader), until);
        assertTrue(catalog.mayRead(owner, OBJECT, reader));
        assertFalse(catalog.mayRead(owner, OBJECT, makeAddr("other")));
        assertFalse(catalog.mayRead(owner, OBJECT, EVERYBODY));
        assertFalse(catalog.mayRead(owner, keccak256("other"), reader));
        assertFalse(catalog.mayRead(reader, OBJECT, reader));
        vm.warp(until - 1);
        assertTrue(catalog.mayRead(owner, OBJECT, reader));
        vm.warp(until);
        assertFalse(catalog.mayRead(owner, OBJECT, reader));
    }

    function test_WhatEverybodyMayReadAnybodyMay() public {
        _share(EVERYBODY);
        assertTrue(catalog.mayRead(owner, OBJECT, EVERYBODY));
        assertTrue(catalog.mayRead(owner, OBJECT, reader));
        assertEq(catalog.sharedUntil(owner, OBJECT, reader), 0);
        vm.warp(until);
        assertFalse(catalog.mayRead(owner, OBJECT, reader));
    }

    function test_AShareIsTakenBackByItsOwnerAndNobodyElse() public {
        _share(reader);
        _share(EVERYBODY);
        vm.prank(reader);
        vm.expectRevert(abi.encodeWithSelector(ICatalog.Catalog_NotShared.selector, reader, OBJECT, reader));
        catalog.unshare(OBJECT, reader);
        vm.startPrank(owner);
        vm.expectEmit(address(catalog));
        emit ICatalog.Unshared(owner, reader, OBJECT);
        catalog.unshare(OBJECT, reader);
        assertTrue(catalog.mayRead(owner, OBJECT, reader), "as everybody");
        catalog.unshare(OBJECT, EVERYBODY);
        assertFalse(catalog.mayRead(owner, OBJECT, reader));
        vm.expectRevert(abi.encodeWithSelector(ICatalog.Catalog_NotShared.selector, owner, OBJECT, reader));
        catalog.unshare(OBJECT, reader);
    }

    function test_AnExpiredShareCanBeTakenBack() public {
        _share(reader);
        vm.warp(until);
        vm.prank(owner);
        catalog.unshare(OBJECT, reader);
        assertEq(catalog.sharedUntil(owner, OBJECT, reader), 0);
    }
}
