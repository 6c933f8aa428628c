// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {StorageAgreement, StorageAgreementLib} from "../types/StorageAgreement.sol";

/// @title The digests that clients and providers sign, for comparison with wallets' libraries
/// @notice For tests.
contract TypedDataHarness is EIP712 {
    constructor(string memory name, string memory version) EIP712(name, version) {}

    function digestOfAgreement(StorageAgreement calldata agreement) external view returns (bytes32) {
        return _hashTypedDataV4(agreement.hash());
    }

    function digestOfBatch(StorageAgreement[] calldata agreements) external view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](agreements.length);
        for (uint256 i = 0; i < agreements.length; ++i) {
            hashes[i] = agreements[i].hash();
        }
        return _hashTypedDataV4(StorageAgreementLib.hashBatch(hashes));
    }
}
