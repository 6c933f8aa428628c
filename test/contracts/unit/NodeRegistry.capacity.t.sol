// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {NodeRegistryFixture} from "./NodeRegistry.t.sol";

/// @notice Declaring capacity, and lowering what stake no longer covers.
contract NodeRegistryCapacityTest is NodeRegistryFixture {
    uint32 private provider;

    function setUp() public override {
        super.setUp();
        provider = _register(node);
        bonds.setCovered(1_000);
    }

    function _declare(uint32 units) private {
        vm.prank(operator);
        registry.declareCapacity(provider, units);
    }

    function _assertCapacity(uint32 units) private view {
        assertEq(registry.capacityOf(provider), units);
        assertEq(registry.providers(provider).capacity, units);
        (address nodeAddress, uint64 voidThrough, uint32 capacity) = registry.signerOf(provider);
        assertEq(nodeAddress, node.addr);
        assertEq(voidThrough, 0);
        assertEq(capacity, units);
    }

    function test_RevertWhen_ProviderIsUnknown() public {
        bytes memory unknown = abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 2);
        vm.expectRevert(unknown);
        vm.prank(operator);
        registry.declareCapacity(2, 1);
        vm.expectRevert(unknown);
        registry.trimCapacity(2);
        vm.expectRevert(unknown);
        registry.signerOf(2);
        assertEq(registry.capacityOf(2), 0);
    }

    function test_RevertWhen_DeclaredByAnother() public {
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_NotAuthorized.selector, provider, mallory));
        vm.prank(mallory);
        registry.declareCapacity(provider, 0);
    }

    function test_RevertWhen_AUnitIsNotCovered() public {
        bytes4 err = INodeRegistry.NodeRegistry_CapacityNotCovered.selector;
        vm.expectRevert(abi.encodeWithSelector(err, provider, 1_001, 1_000));
        _declare(1_001);
        _declare(1_000);
        _assertCapacity(1_000);
        bonds.setCovered(0);
        vm.expectRevert(abi.encodeWithSelector(err, provider, 1, 0));
        _declare(1);
        _declare(0);
        _assertCapacity(0);
    }

    function test_TellsTheIndex() public {
        _assertCapacity(0);
        vm.expectEmit(address(registry));
        emit INodeRegistry.CapacityChanged(provider, 700);
        _declare(700);
        _assertCapacity(700);
        assertEq(index.lastBefore(), 0);
        assertEq(index.lastBonded(), 700);
        // The node key, too.
        vm.prank(node.addr);
        registry.declareCapacity(provider, 300);
        _assertCapacity(300);
        assertEq(index.lastBefore(), 700);
        assertEq(index.lastBonded(), 300);
    }

    /// @dev As much as 32 bits hold, beside a revocation of as many as 64: neither runs into the other.
    function test_EachMemberKeepsItsWidth() public {
        bonds.setCovered(type(uint256).max);
        _declare(type(uint32).max);
        _assertCapacity(type(uint32).max);
        vm.prank(operator);
        registry.revokeSignatures(provider, type(uint64).max);
        (address nodeAddress, uint64 voidThrough, uint32 capacity) = registry.signerOf(provider);
        assertEq(nodeAddress, node.addr);
        assertEq(voidThrough, type(uint64).max);
        assertEq(capacity, type(uint32).max);
        _declare(0);
        (nodeAddress, voidThrough, capacity) = registry.signerOf(provider);
        assertEq(nodeAddress, node.addr);
        assertEq(voidThrough, type(uint64).max);
        assertEq(capacity, 0);
    }

    function test_RevertWhen_TrimmingWhatIsCovered() public {
        bytes4 err = INodeRegistry.NodeRegistry_CapacityCovered.selector;
        vm.expectRevert(abi.encodeWithSelector(err, provider, 0, 1_000));
        registry.trimCapacity(provider);
        _declare(1_000);
        vm.expectRevert(abi.encodeWithSelector(err, provider, 1_000, 1_000));
        registry.trimCapacity(provider);
        bonds.setCovered(1_001);
        vm.expectRevert(abi.encodeWithSelector(err, provider, 1_000, 1_001));
        registry.trimCapacity(provider);
    }

    function test_AnybodyTrimsWhatIsNot() public {
        _declare(1_000);
        bonds.setCovered(999);
        vm.expectEmit(address(registry));
        emit INodeRegistry.CapacityChanged(provider, 999);
        vm.prank(mallory);
        registry.trimCapacity(provider);
        _assertCapacity(999);
        assertEq(index.lastBefore(), 1_000);
        assertEq(index.lastBonded(), 999);
        bonds.setCovered(0);
        registry.trimCapacity(provider);
        _assertCapacity(0);
    }
}
