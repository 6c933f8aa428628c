// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../interfaces/IAgreements.sol";
import {Holders} from "../libraries/Holders.sol";
import {AgreementId} from "../types/StorageAgreement.sol";
import {AgreementStore} from "./AgreementStore.sol";

/// @title Which agreement holds which shard of an object
abstract contract ObjectShards is AgreementStore {
    using Holders for mapping(bytes32 => mapping(uint256 => uint256));

    /// @dev client and object key => packed agreement ids by shard index
    mapping(bytes32 objectSlot => mapping(uint256 word => uint256)) private _holders;

    /// @inheritdoc IAgreements
    function holdersOf(address client, bytes32 objectKey) external view returns (AgreementId[] memory ids) {
        return _holders.list(_objectSlot(client, objectKey));
    }

    function _requireHolds(address client, bytes32 objectKey, uint8 shardIndex, AgreementId id) internal view {
        uint64 held = _holders.get(_objectSlot(client, objectKey), shardIndex);
        require(held == AgreementId.unwrap(id), Agreements_WrongObject(id, objectKey));
    }

    /// @dev Takes a shard's place for `id`, whose provider may hold no other live shard of the object.
    /// @return wasHeld whether another agreement had it before
    function _take(
        address client,
        bytes32 objectKey,
        uint8 shardIndex,
        AgreementId id
    ) internal returns (bool wasHeld) {
        bytes32 objectSlot = _objectSlot(client, objectKey);
        wasHeld = _requireFree(objectSlot, _providerOf(id), objectKey, shardIndex);
        _holders.put(objectSlot, shardIndex, AgreementId.unwrap(id));
    }

    /// @dev One live shard of an object per provider, and one live agreement per shard.
    /// @return wasHeld whether an agreement had the shard, which is over
    function _requireFree(
        bytes32 objectSlot,
        uint32 provider,
        bytes32 objectKey,
        uint8 shardIndex
    ) private view returns (bool wasHeld) {
        uint256 lane;
        for (uint256 word; ; ++word) {
            uint256 packed = _holders[objectSlot][word];
            if (packed == 0) break;
            for (; packed != 0; (packed >>= 64, ++lane)) {
                AgreementId held = AgreementId.wrap(uint64(packed));
                if (AgreementId.unwrap(held) == 0) continue;
                if (lane == shardIndex) {
                    require(!_isActive(held), Agreements_ShardTaken(objectKey, shardIndex, held));
                    wasHeld = true;
                } else if (_providerOf(held) == provider) {
                    require(!_isActive(held), Agreements_ProviderHoldsShard(provider, objectKey, uint8(lane)));
                }
            }
            lane = (word + 1) * Holders.LANES;
        }
        // Without gaps the scan above can stop at the first empty word.
        uint256 own = shardIndex / Holders.LANES;
        require(own == 0 || _holders[objectSlot][own - 1] != 0, Agreements_ShardGap(objectKey, shardIndex));
    }

    function _objectSlot(address client, bytes32 objectKey) private pure returns (bytes32) {
        return keccak256(abi.encode(client, objectKey));
    }
}
