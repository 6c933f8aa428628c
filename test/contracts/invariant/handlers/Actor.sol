// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Handover} from "../../../../contracts/types/Handover.sol";
import {Renewal} from "../../../../contracts/types/Renewal.sol";
import {AgreementId} from "../../../../contracts/types/StorageAgreement.sol";
import {Witness} from "./Witness.sol";

/// @notice What handlers choose from and sign with. A choice goes through the candidates from a random one on and takes the first that
/// fits, so that an action fails for want of a candidate only when there is none.
abstract contract Actor is Witness {
    string private constant DOMAIN = "Stowmarket Agreements";

    function _client(uint256 seed) internal view returns (address) {
        return clients[seed % clients.length];
    }

    /// @dev The first live agreement, from a random one on, that fits.
    function _liveWhere(
        uint256 seed,
        function(uint64) internal view returns (bool) fits
    ) internal view returns (uint64 id) {
        for (uint256 i; i < live.length; ++i) {
            id = live[((seed % live.length) + i) % live.length];
            if (fits(id)) return id;
        }
        revert("no such agreement");
    }

    /// @dev The first provider, from a random one on, that fits.
    function _providerWhere(
        uint256 seed,
        function(uint32) internal view returns (bool) fits
    ) internal view returns (uint32 provider) {
        uint32 count = registry.providerCount();
        for (uint256 i; i < count; ++i) {
            provider = uint32(1 + (((seed % count) + i) % count));
            if (fits(provider)) return provider;
        }
        revert("no such provider");
    }

    function _any(uint32) internal pure returns (bool) {
        return true;
    }

    function _anyLive(uint64) internal pure returns (bool) {
        return true;
    }

    function _works(uint32 provider) internal view returns (bool) {
        return !providerGhosts[provider].failed;
    }

    function _hasRoom(uint32 provider, uint256 units) internal view returns (bool) {
        ProviderGhost storage g = providerGhosts[provider];
        return g.held + units <= g.capacity;
    }

    /// @dev The pair deals with itself only, and nobody else with it.
    function _mayDeal(address client_, uint32 provider) internal view returns (bool) {
        return (client_ == pairClient) == _isPairProvider(provider);
    }

    function _holdsShardOf(uint32 provider, address client_, bytes32 objectKey) internal view returns (bool) {
        for (uint256 i; i < live.length; ++i) {
            AgreementGhost storage g = agreementGhosts[live[i]];
            if (g.provider == provider && g.client == client_ && g.objectKey == objectKey) return true;
        }
        return false;
    }

    function _isShardTaken(address client_, bytes32 objectKey, uint8 shardIndex) internal view returns (bool) {
        for (uint256 i; i < live.length; ++i) {
            AgreementGhost storage g = agreementGhosts[live[i]];
            if (g.shardIndex == shardIndex && g.client == client_ && g.objectKey == objectKey) return true;
        }
        return false;
    }

    function _signFor(uint32 provider, bytes32 digest) internal view returns (bytes memory) {
        return _sign(providerGhosts[provider].nodeKey, digest);
    }

    function _digestOf(Renewal memory r) internal view returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Renewal(uint64 agreement,address client,uint24 periods,uint64 nonce,uint64 deadline)"
        );
        return _digest(DOMAIN, address(agreements), keccak256(bytes.concat(typeHash, abi.encode(r))));
    }

    function _digestOf(Handover memory h) internal view returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Handover(uint64 agreement,bytes32 objectKey,uint32 successor,uint64 nonce,uint64 deadline)"
        );
        return _digest(DOMAIN, address(agreements), keccak256(bytes.concat(typeHash, abi.encode(h))));
    }

    function _idOf(uint64 id) internal pure returns (AgreementId) {
        return AgreementId.wrap(id);
    }

    function _one(uint64 id) internal pure returns (AgreementId[] memory ids) {
        ids = new AgreementId[](1);
        ids[0] = AgreementId.wrap(id);
    }

    function _deadline() internal view returns (uint64) {
        return uint64(block.timestamp + 10 minutes);
    }

    /// @dev ERC-2612, for the escrow, in this block.
    function _signPermit(address owner, uint256 amount) internal view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                owner,
                address(escrow),
                amount,
                token.nonces(owner),
                block.timestamp
            )
        );
        return vm.sign(clientKeys[owner], _digest("Stowmarket Dev Token", address(token), structHash));
    }
}
