// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {
    ContractWallet,
    DirtyReturnWallet,
    GasBombWallet,
    RevertingWallet,
    ShortReturnWallet
} from "../../../contracts/mocks/ContractWallets.sol";
import {AgreementId, StorageAgreement, StorageAgreementLib} from "../../../contracts/types/StorageAgreement.sol";

/// @notice [24] to [28]: whose signature counts, where, and for how long.
contract AgreementsSignaturesTest is Base {
    bytes32 private constant OBJECT = keccak256("object");
    uint256 private constant OWNER_KEY = 0x0E4;
    uint256 private constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function setUp() public override {
        super.setUp();
        _addProviders(2);
    }

    function _submit(StorageAgreement memory a, bytes memory provider, bytes memory clients, address caller) private {
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        (list[0], signatures[0]) = (a, provider);
        vm.prank(caller);
        agreements.form(list, signatures, clients);
    }

    function _good() private returns (StorageAgreement memory) {
        return _agreement(providers[0], OBJECT, 0, 4, 10);
    }

    function _bySigner(StorageAgreement memory a, uint256 key) private view returns (bytes memory) {
        return _sign(key, agreements.digestOf(a));
    }

    function _batchDigest(StorageAgreement memory a) private view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](1);
        hashes[0] = this.hashOf(a);
        return _digest("Stowmarket Agreements", address(agreements), StorageAgreementLib.hashBatch(hashes));
    }

    function hashOf(StorageAgreement memory a) external pure returns (bytes32) {
        return a.hash();
    }

    // ------------------------------------------------------------ the provider

    function test_OperatorsWalletMaySignForItsProvider() public {
        // The operator of the fixture has no key: it becomes a contract wallet of an owner.
        vm.etch(providers[0].operator, address(new ContractWallet(vm.addr(OWNER_KEY))).code);
        StorageAgreement memory a = _good();
        _submit(a, _bySigner(a, OWNER_KEY), "", client);
    }

    function test_RevertWhen_AnotherWalletOfTheSameOwnerIsTheOperator() public {
        vm.etch(providers[1].operator, address(new ContractWallet(vm.addr(OWNER_KEY))).code);
        StorageAgreement memory a = _good();
        bytes memory signature = _bySigner(a, OWNER_KEY);
        vm.expectPartialRevert(IAgreements.Agreements_BadProviderSignature.selector);
        _submit(a, signature, "", client);
    }

    function test_RevertWhen_TheWalletWasUpgradedAfterSigning() public {
        vm.etch(providers[0].operator, address(new ContractWallet(vm.addr(OWNER_KEY))).code);
        StorageAgreement memory a = _good();
        bytes memory signature = _bySigner(a, OWNER_KEY);
        ContractWallet(providers[0].operator).close();
        vm.expectPartialRevert(IAgreements.Agreements_BadProviderSignature.selector);
        _submit(a, signature, "", client);
    }

    function test_RevertWhen_ProviderRevokedItsSignatures() public {
        StorageAgreement memory a = _good();
        bytes memory signature = _bySigner(a, providers[0].nodeKey);
        vm.expectEmit(address(registry));
        emit INodeRegistry.SignaturesRevoked(providers[0].id, a.deadline);
        vm.prank(vm.addr(providers[0].nodeKey));
        registry.revokeSignatures(providers[0].id, a.deadline);
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_SignatureRevoked.selector, 0, a.deadline, a.deadline)
        );
        _submit(a, signature, "", client);
        // One with a later deadline holds.
        a.deadline += 1;
        _submit(a, _bySigner(a, providers[0].nodeKey), "", client);
    }

    function test_RevertWhen_RevokingByAnotherOrBackwards() public {
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_NotAuthorized.selector, providers[0].id, address(this))
        );
        registry.revokeSignatures(providers[0].id, 5);
        vm.startPrank(providers[0].operator);
        registry.revokeSignatures(providers[0].id, 5);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_AlreadyRevoked.selector, providers[0].id, 5));
        registry.revokeSignatures(providers[0].id, 5);
        vm.stopPrank();
        (, uint64 voidThrough, ) = registry.signerOf(providers[0].id);
        assertEq(voidThrough, 5);
    }

    // -------------------------------------------------------------- the client

    function _asWallet(address code) private returns (StorageAgreement memory a) {
        address wallet = makeAddr("wallet");
        vm.etch(wallet, code.code);
        _fund(wallet, 1_000 ether);
        a = _good();
        a.client = wallet;
    }

    function _relay(StorageAgreement memory a) private {
        bytes memory provider = _bySigner(a, providers[0].nodeKey);
        bytes memory signature = _sign(OWNER_KEY, _batchDigest(a));
        _submit(a, provider, signature, address(this));
    }

    function _expectRefused(StorageAgreement memory a) private {
        bytes memory provider = _bySigner(a, providers[0].nodeKey);
        bytes memory signature = _sign(OWNER_KEY, _batchDigest(a));
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_BadClientSignature.selector, a.client));
        _submit(a, provider, signature, address(this));
    }

    function test_ContractWalletIsAClient() public {
        _relay(_asWallet(address(new ContractWallet(vm.addr(OWNER_KEY)))));
    }

    function test_RevertWhen_TheAccountHasNoCode() public {
        _expectRefused(_asWallet(address(0)));
    }

    function test_RevertWhen_TheWalletAnswersTooShort() public {
        _expectRefused(_asWallet(address(new ShortReturnWallet())));
    }

    function test_RevertWhen_TheWalletAnswersWithDirt() public {
        _expectRefused(_asWallet(address(new DirtyReturnWallet())));
    }

    function test_RevertWhen_TheWalletReverts() public {
        _expectRefused(_asWallet(address(new RevertingWallet())));
    }

    function test_RevertWhen_TheWalletBurnsItsGas() public {
        StorageAgreement memory a = _asWallet(address(new GasBombWallet()));
        bytes memory provider = _bySigner(a, providers[0].nodeKey);
        bytes memory signature = _sign(OWNER_KEY, _batchDigest(a));
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        (list[0], signatures[0]) = (a, provider);
        (bool ok, ) = address(agreements).call{gas: 5_000_000}(
            abi.encodeCall(agreements.form, (list, signatures, signature))
        );
        assertFalse(ok);
    }

    /// @dev [26] The agreement names the account: what one wallet signed does not bind its owner's other one.
    function test_RevertWhen_ReplayedOnAnotherWalletOfTheSameOwner() public {
        StorageAgreement memory a = _asWallet(address(new ContractWallet(vm.addr(OWNER_KEY))));
        address second = address(new ContractWallet(vm.addr(OWNER_KEY)));
        _fund(second, 1_000 ether);
        bytes memory signature = _sign(OWNER_KEY, _batchDigest(a));
        a.client = second;
        bytes memory provider = _bySigner(a, providers[0].nodeKey);
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_BadClientSignature.selector, second));
        _submit(a, provider, signature, address(this));
    }

    // ------------------------------------------------------------- encodings

    /// @dev [24] The other s of a signature, and its 64-byte form (EIP-2098), are no second signature.
    function test_RevertWhen_Malleated() public {
        StorageAgreement memory a = _good();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(providers[0].nodeKey, agreements.digestOf(a));
        bytes memory highS = abi.encodePacked(r, CURVE_ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27));
        vm.expectPartialRevert(IAgreements.Agreements_BadProviderSignature.selector);
        _submit(a, highS, "", client);
        bytes memory compact = abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
        vm.expectPartialRevert(IAgreements.Agreements_BadProviderSignature.selector);
        _submit(a, compact, "", client);
        bytes memory longer = abi.encodePacked(r, s, v, uint8(0));
        vm.expectPartialRevert(IAgreements.Agreements_BadProviderSignature.selector);
        _submit(a, longer, "", client);
        _submit(a, abi.encodePacked(r, s, v), "", client);
    }

    // ----------------------------------------------------------------- replay

    /// @dev [27] On a fork of the chain.
    function test_RevertWhen_ReplayedOnAnotherChain() public {
        StorageAgreement memory a = _good();
        bytes memory signature = _bySigner(a, providers[0].nodeKey);
        vm.chainId(block.chainid + 1);
        vm.expectPartialRevert(IAgreements.Agreements_BadProviderSignature.selector);
        _submit(a, signature, "", client);
    }

    /// @dev [27] Signed for a second deployment of the same market.
    function test_RevertWhen_ReplayedFromAnotherDeployment() public {
        StorageAgreement memory a = _good();
        address other = makeAddr("another deployment");
        bytes memory signature = _sign(providers[0].nodeKey, _digest("Stowmarket Agreements", other, this.hashOf(a)));
        vm.expectPartialRevert(IAgreements.Agreements_BadProviderSignature.selector);
        _submit(a, signature, "", client);
        _submit(a, _bySigner(a, providers[0].nodeKey), "", client);
    }
}
