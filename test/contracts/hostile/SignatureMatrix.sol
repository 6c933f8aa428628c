// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RunningMarket} from "../support/RunningMarket.sol";
import {NodeKeys} from "../support/NodeKeys.sol";
import {Signing} from "../support/Signing.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {Renewal} from "../../../contracts/types/Renewal.sol";
import {SignedAsk} from "../../../contracts/types/SignedAsk.sol";
import {StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice Every message that somebody signs for the market, ready to be submitted with a signature good or bad.
abstract contract SignatureMatrix is RunningMarket {
    using Signing for *;

    /// @param domain name in the EIP-712 domain
    /// @param verifier contract in the domain
    /// @param structHash of the message
    /// @param key whose signature is the good one
    /// @param wallet who may sign as a contract wallet instead (ERC-1271); zero for none
    /// @param submit hands the message in with a signature
    /// @param refusal what a bad signature reverts with
    /// @param replay what a second use of the good one reverts with
    struct Message {
        string name;
        string domain;
        address verifier;
        bytes32 structHash;
        uint256 key;
        address wallet;
        function(bytes memory) internal submit;
        bytes4 refusal;
        bytes4 replay;
    }

    uint256 internal constant MESSAGES = 7;
    uint256 private constant _NEW_NODE = 0xA003;

    StorageAgreement private _agreementSigned;
    Renewal private _renewal;
    Handover private _handover;
    uint256 private _deadline;

    function setUp() public virtual override {
        super.setUp();
        _prove(holder.id);
        uint64 deadline = uint64(block.timestamp + 1 hours);
        _agreementSigned = _agreement(successor, keccak256("another"), 0, UNITS, TERM);
        _renewal = Renewal(id, client, 5, nextNonce++, deadline);
        _handover = Handover(id, OBJECT, successor.id, nextNonce++, deadline);
        _deadline = deadline;
    }

    function _messages() internal view returns (Message[MESSAGES] memory list) {
        (string memory name, address verifier) = ("Stowmarket Agreements", address(agreements));
        (bytes4 provider, bytes4 used) = (
            IAgreements.Agreements_BadProviderSignature.selector,
            IAgreements.Agreements_NonceUsed.selector
        );
        bytes4 clients = IAgreements.Agreements_BadClientSignature.selector;
        list[0] = Message(
            "StorageAgreement",
            name,
            verifier,
            0,
            successor.nodeKey,
            successor.operator,
            _form1,
            provider,
            used
        );
        list[1] = Message("AgreementBatch", name, verifier, 0, clientKey, client, _formByRelay, clients, used);
        list[2] = Message(
            "Renewal of the provider",
            name,
            verifier,
            0,
            holder.nodeKey,
            holder.operator,
            _renew,
            provider,
            used
        );
        list[3] = Message("Renewal of the client", name, verifier, 0, clientKey, client, _renewByRelay, clients, used);
        bytes4 over = IAgreements.Agreements_NotActive.selector;
        list[4] = Message(
            "Handover",
            name,
            verifier,
            0,
            successor.nodeKey,
            successor.operator,
            _handOver,
            provider,
            over
        );
        list[5] = Message(
            "NodeBinding",
            "Stowmarket NodeRegistry",
            address(registry),
            0,
            _NEW_NODE,
            address(0),
            _register,
            INodeRegistry.NodeRegistry_BadNodeSignature.selector,
            INodeRegistry.NodeRegistry_NodeKeyTaken.selector
        );
        list[6] = Message(
            "SignedAsk",
            "Stowmarket OrderBook",
            address(orderBook),
            0,
            successor.nodeKey,
            successor.operator,
            _bring,
            IAsks.OrderBook_BadAskSignature.selector,
            IAsks.OrderBook_AskKnown.selector
        );
        list[0].structHash = _agreementSigned.hashOf();
        list[1].structHash = _batch().hashOf();
        list[2].structHash = list[3].structHash = _renewal.hashOf();
        list[4].structHash = _handover.hashOf();
        list[5].structHash = _bindingHash(bystander);
        list[6].structHash = _signedAsk().hashOf();
    }

    function _digestOf(Message memory message) internal view returns (bytes32) {
        return _digest(message.domain, message.verifier, message.structHash);
    }

    function _good(Message memory message) internal view returns (bytes memory) {
        return _sign(message.key, _digestOf(message));
    }

    function _batch() internal view returns (StorageAgreement[] memory list) {
        list = new StorageAgreement[](1);
        list[0] = _agreementSigned;
    }

    function _bindingHash(address operator) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("NodeBinding(address operator,uint16 region,uint256 deadline)");
        return keccak256(abi.encode(typeHash, operator, 826, _deadline));
    }

    function _providerSignature(StorageAgreement memory a) private view returns (bytes[] memory signatures) {
        signatures = new bytes[](1);
        signatures[0] = _sign(successor.nodeKey, _digest("Stowmarket Agreements", address(agreements), a.hashOf()));
    }

    // ------------------------------------------------------------- submitting

    function _form1(bytes memory signature) internal {
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = signature;
        vm.prank(client);
        agreements.form(_batch(), signatures, "");
    }

    function _formByRelay(bytes memory signature) internal {
        agreements.form(_batch(), _providerSignature(_agreementSigned), signature);
    }

    function _renew(bytes memory signature) internal {
        vm.prank(client);
        agreements.renew(_renewal, signature, "");
    }

    function _renewByRelay(bytes memory signature) internal {
        bytes memory providers_ = _sign(
            holder.nodeKey,
            _digest("Stowmarket Agreements", address(agreements), _renewal.hashOf())
        );
        agreements.renew(_renewal, providers_, signature);
    }

    function _handOver(bytes memory signature) internal {
        vm.prank(holder.operator);
        agreements.handOver(_handover, signature);
    }

    function _register(bytes memory signature) internal {
        _registerAs(bystander, signature);
    }

    function _signedAsk() internal view returns (SignedAsk memory signed) {
        (signed.ask, signed.nonce) = (_ask(successor.id), 7);
        signed.ask.expiry = uint40(_deadline);
    }

    function _bring(bytes memory signature) internal {
        orderBook.bringAsk(_signedAsk(), signature);
    }

    function _registerAs(address operator, bytes memory signature) internal {
        vm.prank(operator);
        registry.register(NodeKeys.publicKeyOf(_NEW_NODE), 826, "", _deadline, signature);
    }
}
