// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {NodeRegistryFixture} from "./NodeRegistry.t.sol";

/// @notice What mutants showed that no other test noticed: see `npm run test:mutation`.
contract NodeRegistryMutantsTest is NodeRegistryFixture {
    function test_RevertWhen_NobodyIsKnownUnderThatId() public {
        bytes memory unknown = abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 77);
        vm.expectRevert(unknown);
        registry.signerOf(77);
        vm.expectRevert(unknown);
        registry.nodeAddressOf(77);
        vm.expectRevert(unknown);
        registry.operatorOf(77);
        vm.expectRevert(unknown);
        registry.operatorAccountOf(77);
        vm.expectRevert(unknown);
        registry.providers(77);
        vm.expectRevert(unknown);
        registry.addressesOf(77);
        vm.expectRevert(unknown);
        registry.trimCapacity(77);
    }

    function test_NothingIsRevokedAtFirst() public {
        (address nodeAddress, uint64 voidThrough, uint32 capacity) = registry.signerOf(_register(node));
        assertEq(nodeAddress, node.addr);
        assertEq(voidThrough, 0);
        assertEq(capacity, 0);
    }
}
