// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Handover, HandoverLib} from "../../../contracts/types/Handover.sol";
import {Renewal, RenewalLib} from "../../../contracts/types/Renewal.sol";
import {SignedAsk, SignedAskLib} from "../../../contracts/types/SignedAsk.sol";
import {StorageAgreement, StorageAgreementLib} from "../../../contracts/types/StorageAgreement.sol";
import {Voucher, VoucherLib} from "../../../contracts/types/Voucher.sol";

/// @notice Struct hashes of everything that clients and providers sign, from memory.
/// @dev TypeScript's tests compare the type strings with what wallets' libraries make of them.
library Signing {
    function hashOf(Renewal memory r) internal pure returns (bytes32) {
        return keccak256(bytes.concat(RenewalLib.TYPEHASH, abi.encode(r)));
    }

    function hashOf(Voucher memory v) internal pure returns (bytes32) {
        return keccak256(bytes.concat(VoucherLib.TYPEHASH, abi.encode(v)));
    }

    function hashOf(Handover memory h) internal pure returns (bytes32) {
        return keccak256(bytes.concat(HandoverLib.TYPEHASH, abi.encode(h)));
    }

    function hashOf(SignedAsk memory s) internal pure returns (bytes32) {
        bytes32 askHash = keccak256(bytes.concat(SignedAskLib.ASK_TYPEHASH, abi.encode(s.ask)));
        return keccak256(abi.encode(SignedAskLib.TYPEHASH, askHash, s.nonce, s.series));
    }

    function hashOf(StorageAgreement memory a) internal pure returns (bytes32) {
        return keccak256(bytes.concat(StorageAgreementLib.TYPEHASH, abi.encode(a)));
    }

    function hashOf(StorageAgreement[] memory list) internal pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](list.length);
        for (uint256 i; i < list.length; ++i) {
            hashes[i] = hashOf(list[i]);
        }
        return keccak256(abi.encode(StorageAgreementLib.BATCH_TYPEHASH, keccak256(abi.encodePacked(hashes))));
    }
}
