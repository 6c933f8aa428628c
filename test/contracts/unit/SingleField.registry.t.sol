// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {NodeKeys} from "../support/NodeKeys.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";

/// @notice The registry, one argument changed at a time: each with its exact error.
contract SingleFieldRegistryTest is CallTable {
    uint256 private constant NEW_KEY = 0xA003;

    function setUp() public override {
        super.setUp();
        _fund(PAYER, 1_000 ether);
    }

    function _registerData(
        bytes memory key,
        uint16 region,
        string memory addresses,
        uint256 deadline
    ) private view returns (bytes memory) {
        bytes memory signature = _bind(PAYER, NEW_KEY, 826, block.timestamp);
        return abi.encodeCall(registry.register, (key, region, addresses, deadline, signature));
    }

    function _registerFails(bytes memory data, bytes memory err) private {
        bytes memory valid = _registerData(NodeKeys.publicKeyOf(NEW_KEY), 826, "", block.timestamp);
        _with(Call(PAYER, address(registry), valid), data, err);
    }

    /// @dev Whom the signature stands for once a member of the binding is another.
    function _badSignature(address operator, uint16 region, uint256 deadline) private view returns (bytes memory) {
        bytes32 typeHash = keccak256("NodeBinding(address operator,uint16 region,uint256 deadline)");
        bytes32 structHash = keccak256(abi.encode(typeHash, operator, region, deadline));
        bytes memory signature = _bind(PAYER, NEW_KEY, 826, block.timestamp);
        bytes32 r;
        bytes32 s;
        assembly ("memory-safe") {
            r := mload(add(signature, 0x20))
            s := mload(add(signature, 0x40))
        }
        bytes32 digest = _digest("Stowmarket NodeRegistry", address(registry), structHash);
        address recovered = ecrecover(digest, uint8(signature[64]), r, s);
        bytes4 err = INodeRegistry.NodeRegistry_BadNodeSignature.selector;
        return abi.encodeWithSelector(err, recovered, vm.addr(NEW_KEY));
    }

    function test_RevertWhen_PublicKeyIsTooShort() public {
        _registerFails(
            _registerData(new bytes(63), 826, "", block.timestamp),
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_BadPublicKey.selector, 63)
        );
    }

    function test_RevertWhen_PublicKeyHasItsPrefix() public {
        _registerFails(
            _registerData(bytes.concat(hex"04", NodeKeys.publicKeyOf(NEW_KEY)), 826, "", block.timestamp),
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_BadPublicKey.selector, 65)
        );
    }

    function test_RevertWhen_PublicKeyIsTaken() public {
        bytes memory key = NodeKeys.publicKeyOf(holder.nodeKey);
        bytes4 err = INodeRegistry.NodeRegistry_NodeKeyTaken.selector;
        _registerFails(
            _registerData(key, 826, "", block.timestamp),
            abi.encodeWithSelector(err, vm.addr(holder.nodeKey), holder.id)
        );
    }

    function test_RevertWhen_PublicKeyIsAnothers() public {
        bytes4 err = INodeRegistry.NodeRegistry_BadNodeSignature.selector;
        _registerFails(
            _registerData(NodeKeys.publicKeyOf(0xA004), 826, "", block.timestamp),
            abi.encodeWithSelector(err, vm.addr(NEW_KEY), vm.addr(0xA004))
        );
    }

    function test_RevertWhen_RegionIsAnother() public {
        _registerFails(
            _registerData(NodeKeys.publicKeyOf(NEW_KEY), 827, "", block.timestamp),
            _badSignature(PAYER, 827, block.timestamp)
        );
    }

    function test_RevertWhen_RegistrationDeadlineIsAnother() public {
        _registerFails(
            _registerData(NodeKeys.publicKeyOf(NEW_KEY), 826, "", block.timestamp + 1),
            _badSignature(PAYER, 826, block.timestamp + 1)
        );
    }

    function test_RevertWhen_RegistrationDeadlineIsPast() public {
        bytes4 err = INodeRegistry.NodeRegistry_Expired.selector;
        _registerFails(
            _registerData(NodeKeys.publicKeyOf(NEW_KEY), 826, "", block.timestamp - 1),
            abi.encodeWithSelector(err, block.timestamp - 1, block.timestamp)
        );
    }

    function test_RevertWhen_AddressesAreAByteTooLong() public {
        bytes4 err = INodeRegistry.NodeRegistry_AddressesTooLong.selector;
        _registerFails(
            _registerData(NodeKeys.publicKeyOf(NEW_KEY), 826, string(new bytes(1_025)), block.timestamp),
            abi.encodeWithSelector(err, 1_025, 1_024)
        );
    }

    function test_RevertWhen_OperatorIsAnother() public {
        bytes memory valid = _registerData(NodeKeys.publicKeyOf(NEW_KEY), 826, "", block.timestamp);
        _byAnother(Call(PAYER, address(registry), valid), client, _badSignature(client, 826, block.timestamp));
    }

    function test_RevertWhen_OperatorCannotPayTheBond() public {
        vm.prank(PAYER);
        escrow.withdraw(PAYER, 1_000 ether - BOND);
        bytes memory data = _registerData(NodeKeys.publicKeyOf(NEW_KEY), 826, "", block.timestamp);
        uint256 snapshot = vm.snapshotState();
        _expect(Call(PAYER, address(registry), data), OK, "with just enough");
        vm.revertToState(snapshot);
        vm.prank(PAYER);
        escrow.withdraw(PAYER, 1);
        bytes4 err = IEscrow.Escrow_InsufficientBalance.selector;
        bytes memory short = abi.encodeWithSelector(err, PAYER, BOND - 1, BOND);
        _expect(Call(PAYER, address(registry), data), short, "with a wei less");
    }

    function _updateCall() private view returns (Call memory) {
        bytes memory data = abi.encodeCall(registry.updateAddresses, (holder.id, "/dns4/a"));
        return Call(holder.operator, address(registry), data);
    }

    function test_RevertWhen_UpdatingAnUnknownProvider() public {
        _with(
            _updateCall(),
            abi.encodeCall(registry.updateAddresses, (9, "/dns4/a")),
            abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 9)
        );
    }

    function test_RevertWhen_UpdatingByAnother() public {
        bytes4 err = INodeRegistry.NodeRegistry_NotAuthorized.selector;
        _byAnother(_updateCall(), client, abi.encodeWithSelector(err, holder.id, client));
    }

    function _revokeCall() private view returns (Call memory) {
        bytes memory data = abi.encodeCall(registry.revokeSignatures, (holder.id, 7));
        return Call(holder.operator, address(registry), data);
    }

    function test_RevertWhen_RevokingForAnotherProvider() public {
        bytes4 err = INodeRegistry.NodeRegistry_NotAuthorized.selector;
        _with(
            _revokeCall(),
            abi.encodeCall(registry.revokeSignatures, (successor.id, 7)),
            abi.encodeWithSelector(err, successor.id, holder.operator)
        );
    }

    function test_RevertWhen_RevokingNothing() public {
        bytes4 err = INodeRegistry.NodeRegistry_AlreadyRevoked.selector;
        _with(
            _revokeCall(),
            abi.encodeCall(registry.revokeSignatures, (holder.id, 0)),
            abi.encodeWithSelector(err, holder.id, 0)
        );
    }
}
