// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NodeRegistryFixture} from "./NodeRegistry.t.sol";

/// @notice What mutants showed that no other test noticed: see `npm run test:mutation`.
contract NodeRegistryMutantsTest is NodeRegistryFixture {
    function test_NothingIsRevokedAtFirst() public {
        (address nodeAddress, uint64 voidThrough, uint32 capacity) = registry.signerOf(_register(node));
        assertEq(nodeAddress, node.addr);
        assertEq(voidThrough, 0);
        assertEq(capacity, 0);
    }
}
