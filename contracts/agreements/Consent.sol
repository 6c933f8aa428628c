// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IAgreements} from "../interfaces/IAgreements.sol";
import {AgreementStore} from "./AgreementStore.sol";

/// @title Whose signature counts, and which numbers are used up
abstract contract Consent is AgreementStore {
    mapping(address signer => mapping(uint64 word => uint256)) private _nonces;

    /// @inheritdoc IAgreements
    function revokeNonces(uint64 word, uint256 mask) external {
        _nonces[msg.sender][word] |= mask;
        emit NoncesRevoked(msg.sender, word, mask);
    }

    /// @inheritdoc IAgreements
    function isNonceUsed(address signer, uint64 nonce) external view returns (bool) {
        return _nonces[signer][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
    }

    function _useNonce(address signer, uint64 nonce) internal {
        mapping(uint64 => uint256) storage words = _nonces[signer];
        uint256 bit = 1 << (nonce & 0xff);
        uint256 word = words[nonce >> 8];
        require(word & bit == 0, Agreements_NonceUsed(signer, nonce));
        words[nonce >> 8] = word | bit;
    }

    /// @return capacity units that the provider may hold
    /// @dev By the node key, a plain secp256k1 key, since the peer id derives from it; or by the operator's wallet, which may be a contract.
    /// @param index place in its batch, for the error
    function _requireProviderConsent(
        uint32 provider,
        uint256 index,
        bytes32 structHash,
        uint256 deadline,
        bytes calldata signature
    ) internal view returns (uint256 capacity) {
        address nodeAddress;
        uint64 voidThrough;
        (nodeAddress, voidThrough, capacity) = registry.signerOf(provider);
        require(deadline > voidThrough, Agreements_SignatureRevoked(index, deadline, voidThrough));
        bytes32 digest = _hashTypedDataV4(structHash);
        (address recovered, , ) = ECDSA.tryRecoverCalldata(digest, signature);
        require(
            recovered == nodeAddress ||
                SignatureChecker.isValidSignatureNowCalldata(registry.operatorOf(provider), digest, signature),
            Agreements_BadProviderSignature(index, recovered, nodeAddress)
        );
    }

    /// @dev The client, a wallet or a contract wallet (ERC-1271), calls or signed, or the order book calls, in which its bid stands; or else, without a
    /// signature, its session key calls.
    /// @return key whose budget pays: the client's own is all that it has, a session key's is for the Escrow to check
    function _requireClientConsent(
        address client,
        bytes32 structHash,
        bytes calldata signature
    ) internal view returns (address key) {
        if (msg.sender == client || msg.sender == address(orderBook)) return client;
        bytes32 digest = _hashTypedDataV4(structHash);
        if (SignatureChecker.isValidSignatureNowCalldata(client, digest, signature)) return client;
        require(signature.length == 0, Agreements_BadClientSignature(client));
        return msg.sender;
    }
}
