// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/* solhint-disable no-complex-fallback, payable-fallback */

/// @notice What EIP-2935 puts at its address, as far as contracts see it: the hash of one of the last 8,191 blocks for its number, and a failure for others.
contract BlockHistory {
    uint256 private constant WINDOW = 8_191;

    mapping(uint256 blockNumber => bytes32) public hashes;

    error BlockHistory_OutOfWindow(uint256 blockNumber);

    /// @dev Not part of the real one, which the chain itself fills.
    function fill(uint256 blockNumber, bytes32 hash) external {
        hashes[blockNumber] = hash;
    }

    fallback(bytes calldata input) external returns (bytes memory) {
        uint256 blockNumber = abi.decode(input, (uint256));
        bool known = blockNumber < block.number && block.number - blockNumber <= WINDOW;
        require(known, BlockHistory_OutOfWindow(blockNumber));
        return abi.encode(hashes[blockNumber]);
    }
}
