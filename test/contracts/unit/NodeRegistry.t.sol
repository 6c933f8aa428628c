// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {NodeRegistry} from "../../../contracts/NodeRegistry.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IPriceIndex} from "../../../contracts/interfaces/IPriceIndex.sol";
import {IRandomness} from "../../../contracts/interfaces/IRandomness.sol";

/// @dev Locks every bond and remembers the last.
contract FakeBonds {
    error FakeBonds_Refused();

    bool public refuses;
    uint32 public lastProvider;
    address public lastOperator;
    uint256 public coveredCapacity1;

    function setCovered(uint256 units) external {
        coveredCapacity1 = units;
    }

    function coveredCapacity(uint32) external view returns (uint256) {
        return coveredCapacity1;
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function lockBond(uint32 provider, address operator) external returns (uint32) {
        require(!refuses, FakeBonds_Refused());
        (lastProvider, lastOperator) = (provider, operator);
        return 70 + provider;
    }
}

/// @dev Remembers the last change of a capacity.
contract FakeIndex {
    uint32 public lastBefore;
    uint32 public lastBonded;

    function onCapacity(uint32 before, uint32 bonded) external {
        (lastBefore, lastBonded) = (before, bonded);
    }
}

/// @dev A seed for each block that is over.
contract FakeRandomness {
    function seedOf(uint256 blockNumber) external view returns (bytes32) {
        require(blockNumber < block.number, IRandomness.Randomness_NotYet(blockNumber, block.number));
        return keccak256(abi.encode("seed", blockNumber));
    }
}

/// @param key private key
/// @param publicKey x || y
struct Node {
    uint256 key;
    address addr;
    bytes publicKey;
}

abstract contract NodeRegistryFixture is Test {
    /// Points G, 2G and 3G of secp256k1: the public keys of the private keys 1, 2 and 3 (SEC 2, section 2.4.1).
    bytes internal constant G1 =
        hex"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
    bytes internal constant G2 =
        hex"c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee51ae168fea63dc339a3c58419466ceaeef7f632653266d0e1236431a950cfe52a";
    bytes internal constant G3 =
        hex"f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9388f7b0f632de8140fe337e62a37f3566500a99934c2231b6cb9fd7584b8e672";
    string internal constant ADDRESSES = "/ip4/192.0.2.1/tcp/4001\n/dns4/example.com/tcp/4001";
    uint16 internal constant REGION = 756;

    address internal operator = makeAddr("operator");
    address internal mallory = makeAddr("mallory");
    Node internal node = _node(1, G1);
    FakeBonds internal bonds;
    FakeIndex internal index;
    NodeRegistry internal registry;

    function setUp() public virtual {
        bonds = new FakeBonds();
        FakeRandomness randomness = new FakeRandomness();
        index = new FakeIndex();
        registry = new NodeRegistry(
            ICollateral(address(bonds)),
            IRandomness(address(randomness)),
            IPriceIndex(address(index))
        );
        vm.roll(1000);
    }

    function _node(uint256 key, bytes memory publicKey) internal pure returns (Node memory) {
        return Node(key, vm.addr(key), publicKey);
    }

    function _digest(address operator_, uint16 region, uint256 deadline) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Stowmarket NodeRegistry"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        bytes32 binding = keccak256(
            abi.encode(
                keccak256("NodeBinding(address operator,uint16 region,uint256 deadline)"),
                operator_,
                region,
                deadline
            )
        );
        return keccak256(abi.encodePacked("\x19\x01", domain, binding));
    }

    function _sign(Node memory signer, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signer.key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _register(Node memory added) internal returns (uint32 provider) {
        bytes memory signature = _sign(added, _digest(operator, REGION, block.timestamp));
        vm.prank(operator);
        provider = registry.register(added.publicKey, REGION, ADDRESSES, block.timestamp, signature);
    }
}

contract NodeRegistryRegisterTest is NodeRegistryFixture {
    bytes internal publicKey;
    bytes internal signature;
    uint256 internal deadline;

    function setUp() public override {
        super.setUp();
        deadline = block.timestamp;
        publicKey = node.publicKey;
        signature = _sign(node, _digest(operator, REGION, deadline));
    }

    function _call() internal returns (uint32) {
        vm.prank(operator);
        return registry.register(publicKey, REGION, ADDRESSES, deadline, signature);
    }

    function test_RevertWhen_PublicKeyHasTheWrongLength() public {
        uint256[4] memory lengths = [uint256(0), 33, 63, 65];
        for (uint256 i = 0; i < 4; ++i) {
            publicKey = new bytes(lengths[i]);
            vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_BadPublicKey.selector, lengths[i]));
            _call();
        }
    }

    function test_RevertWhen_DeadlineHasPassed() public {
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_Expired.selector, deadline, deadline + 1));
        _call();
    }

    function test_RevertWhen_NodeKeyIsTaken() public {
        _call();
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_NodeKeyTaken.selector, node.addr, 1));
        _call();
    }

    function test_RevertWhen_AnotherOperatorUsesTheSignature() public {
        address recovered = _recovered(_digest(mallory, REGION, deadline));
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_BadNodeSignature.selector, recovered, node.addr)
        );
        vm.prank(mallory);
        registry.register(publicKey, REGION, ADDRESSES, deadline, signature);
    }

    function test_RevertWhen_RegionDiffers() public {
        address recovered = _recovered(_digest(operator, 1, deadline));
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_BadNodeSignature.selector, recovered, node.addr)
        );
        vm.prank(operator);
        registry.register(publicKey, 1, ADDRESSES, deadline, signature);
    }

    function test_RevertWhen_DeadlineDiffers() public {
        address recovered = _recovered(_digest(operator, REGION, deadline + 1));
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_BadNodeSignature.selector, recovered, node.addr)
        );
        vm.prank(operator);
        registry.register(publicKey, REGION, ADDRESSES, deadline + 1, signature);
    }

    function test_RevertWhen_ChainDiffers() public {
        vm.chainId(4242);
        address recovered = _recovered(_digest(operator, REGION, deadline));
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_BadNodeSignature.selector, recovered, node.addr)
        );
        _call();
    }

    function test_RevertWhen_PublicKeyIsAnothers() public {
        Node memory other = _node(2, G2);
        publicKey = other.publicKey;
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_BadNodeSignature.selector, node.addr, other.addr)
        );
        _call();
    }

    function test_RevertWhen_SignatureIsMalformed() public {
        // Nothing, too short, compact (ERC-2098), zeros.
        bytes[4] memory signatures = [bytes(""), new bytes(64), _compact(signature), new bytes(65)];
        for (uint256 i = 0; i < signatures.length; ++i) {
            signature = signatures[i];
            vm.expectRevert(
                abi.encodeWithSelector(INodeRegistry.NodeRegistry_BadNodeSignature.selector, address(0), node.addr)
            );
            _call();
        }
    }

    function test_RevertWhen_SignatureIsMirrored() public {
        (bytes32 r, bytes32 s, uint8 v) = _split(signature);
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        signature = abi.encodePacked(r, order - uint256(s), v == 27 ? 28 : 27);
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_BadNodeSignature.selector, address(0), node.addr)
        );
        _call();
    }

    function test_RevertWhen_AddressesAreTooLong() public {
        string memory long = string(new bytes(1025));
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_AddressesTooLong.selector, 1025, 1024));
        vm.prank(operator);
        registry.register(publicKey, REGION, long, deadline, signature);
    }

    function test_RevertWhen_BondIsRefused() public {
        bonds.setRefuses(true);
        vm.expectRevert(FakeBonds.FakeBonds_Refused.selector);
        _call();
        assertEq(registry.providerCount(), 0);
    }

    function test_BindsOperatorAndNode() public {
        vm.expectEmit();
        emit INodeRegistry.ProviderRegistered(1, operator, node.addr, publicKey, REGION, ADDRESSES);
        assertEq(_call(), 1);

        INodeRegistry.Provider memory record = registry.providers(1);
        assertEq(record.operator, operator);
        assertEq(record.operatorAccount, 71);
        assertEq(record.region, REGION);
        assertEq(record.registeredAt, 1000);
        assertEq(record.nodeAddress, node.addr);
        assertEq(record.placementId, bytes32(0));

        assertEq(bonds.lastProvider(), 1);
        assertEq(bonds.lastOperator(), operator);
        assertEq(registry.providerCount(), 1);
        assertEq(registry.providerOfNode(node.addr), 1);
        assertEq(registry.nodeAddressOf(1), node.addr);
        assertEq(registry.operatorOf(1), operator);
        assertEq(registry.operatorAccountOf(1), 71);
        assertEq(registry.addressesOf(1), ADDRESSES);
        assertTrue(registry.isAuthorized(1, operator));
        assertTrue(registry.isAuthorized(1, node.addr));
        assertFalse(registry.isAuthorized(1, mallory));
        assertFalse(registry.isAuthorized(1, address(0)));
    }

    function test_OneOperatorMayRunManyNodes() public {
        assertEq(_call(), 1);
        assertEq(_register(_node(3, G3)), 2);
        assertEq(registry.operatorOf(2), operator);
        assertEq(registry.providerCount(), 2);
    }

    function test_LongestAddresses() public {
        string memory long = string(new bytes(1024));
        vm.prank(operator);
        registry.register(publicKey, REGION, long, deadline, signature);
        assertEq(bytes(registry.addressesOf(1)).length, 1024);
    }

    function _recovered(bytes32 digest) internal view returns (address) {
        (bytes32 r, bytes32 s, uint8 v) = _split(signature);
        return ecrecover(digest, v, r, s);
    }

    function _split(bytes memory packed) internal pure returns (bytes32 r, bytes32 s, uint8 v) {
        (r, s) = abi.decode(packed, (bytes32, bytes32));
        v = uint8(packed[64]);
    }

    function _compact(bytes memory packed) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 s, uint8 v) = _split(packed);
        return abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
    }
}

contract NodeRegistryPlacementTest is NodeRegistryFixture {
    function setUp() public override {
        super.setUp();
        _register(node);
    }

    function test_RevertWhen_ProviderIsUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 2));
        registry.assignPlacement(2);
    }

    function test_RevertWhen_RegistrationBlockIsNotOver() public {
        vm.expectRevert(abi.encodeWithSelector(IRandomness.Randomness_NotYet.selector, 1000, 1000));
        registry.assignPlacement(1);
    }

    function test_RevertWhen_PlacementIsAssigned() public {
        vm.roll(1001);
        registry.assignPlacement(1);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_PlacementAssigned.selector, 1));
        registry.assignPlacement(1);
    }

    function test_FollowsFromTheRegistrationBlockAlone() public {
        bytes32 expected = keccak256(abi.encodePacked(node.addr, keccak256(abi.encode("seed", 1000))));
        vm.roll(5000);
        vm.expectEmit();
        emit INodeRegistry.PlacementAssigned(1, expected);
        vm.prank(mallory);
        assertEq(registry.assignPlacement(1), expected);
        assertEq(registry.providers(1).placementId, expected);
    }
}

contract NodeRegistryAddressesTest is NodeRegistryFixture {
    function setUp() public override {
        super.setUp();
        _register(node);
    }

    function test_RevertWhen_ProviderIsUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 2));
        registry.updateAddresses(2, "");
    }

    function test_RevertWhen_CallerIsNeitherOperatorNorNode() public {
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_NotAuthorized.selector, 1, mallory));
        vm.prank(mallory);
        registry.updateAddresses(1, "");
    }

    function test_RevertWhen_AddressesAreTooLong() public {
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_AddressesTooLong.selector, 2000, 1024));
        vm.prank(operator);
        registry.updateAddresses(1, string(new bytes(2000)));
    }

    function test_OperatorAndNodeMayReplaceThem() public {
        address[2] memory callers = [operator, node.addr];
        string[2] memory addresses = ["/ip4/192.0.2.7/tcp/1", ""];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectEmit();
            emit INodeRegistry.AddressesUpdated(1, addresses[i]);
            vm.prank(callers[i]);
            registry.updateAddresses(1, addresses[i]);
            assertEq(registry.addressesOf(1), addresses[i]);
        }
    }

    function test_RevertWhen_ViewsAreAskedForAnUnknownProvider() public {
        bytes[6] memory calls = [
            abi.encodeCall(INodeRegistry.providers, (9)),
            abi.encodeCall(INodeRegistry.addressesOf, (9)),
            abi.encodeCall(INodeRegistry.nodeAddressOf, (9)),
            abi.encodeCall(INodeRegistry.operatorAccountOf, (9)),
            abi.encodeCall(INodeRegistry.operatorOf, (9)),
            abi.encodeCall(INodeRegistry.isAuthorized, (9, address(0)))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool success, bytes memory answer) = address(registry).staticcall(calls[i]);
            assertFalse(success);
            assertEq(answer, abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 9));
        }
        assertEq(registry.providerOfNode(mallory), 0);
    }
}
