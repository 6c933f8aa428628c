// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice Who holds which shard of an object, in whatever order they come and go.
contract AgreementsShardsTest is Base {
    bytes32 private constant OBJECT = keccak256("object");
    uint32 private constant UNITS = 4;
    uint24 private constant TERM = 10;

    function setUp() public override {
        super.setUp();
        _addProviders(3);
    }

    function _formShard(uint256 provider, uint8 shardIndex) private returns (AgreementId) {
        return _form(providers[provider], _agreement(providers[provider], OBJECT, shardIndex, UNITS, TERM));
    }

    function _concede(uint256 provider, AgreementId id) private {
        vm.prank(providers[provider].operator);
        agreements.concede(id);
    }

    function _expectProviderHoldsShard(uint256 provider, uint8 held) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAgreements.Agreements_ProviderHoldsShard.selector,
                providers[provider].id,
                OBJECT,
                held
            )
        );
    }

    function _holder(uint8 shardIndex) private view returns (uint64) {
        return AgreementId.unwrap(agreements.holdersOf(client, OBJECT)[shardIndex]);
    }

    function test_ShardsComeInAnyOrder() public {
        AgreementId last = _formShard(0, 3);
        AgreementId second = _formShard(1, 1);
        assertEq(_holder(0), 0);
        assertEq(_holder(1), AgreementId.unwrap(second));
        assertEq(_holder(2), 0);
        assertEq(_holder(3), AgreementId.unwrap(last));
    }

    function test_RevertWhen_TheProvidersOtherShardStandsBehindAnEmptyPlace() public {
        _formShard(0, 2);
        StorageAgreement memory a = _agreement(providers[0], OBJECT, 0, UNITS, TERM);
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        list[0] = a;
        signatures[0] = _sign(providers[0].nodeKey, agreements.digestOf(a));
        _expectProviderHoldsShard(0, 2);
        vm.prank(client);
        agreements.form(list, signatures, "");
    }

    function test_ProviderWhoseShardIsOverMayHoldAnother() public {
        _concede(0, _formShard(0, 0));
        AgreementId other = _formShard(0, 1);
        assertEq(_holder(1), AgreementId.unwrap(other));
        assertEq(uint8(agreements.agreements(other).status), uint8(IAgreements.Status.Active));
    }

    function test_FifthShardGetsAWordOfItsOwn() public {
        AgreementId first = _formShard(0, 0);
        AgreementId fifth = _formShard(1, 4);
        AgreementId sixth = _formShard(2, 5);
        assertEq(agreements.holdersOf(client, OBJECT).length, 8);
        assertEq(_holder(0), AgreementId.unwrap(first));
        assertEq(_holder(4), AgreementId.unwrap(fifth));
        assertEq(_holder(5), AgreementId.unwrap(sixth));
    }

    function test_RevertWhen_TheProvidersOtherShardStandsInAnotherWord() public {
        _formShard(0, 0);
        _formShard(1, 4);
        StorageAgreement memory a = _agreement(providers[1], OBJECT, 1, UNITS, TERM);
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        list[0] = a;
        signatures[0] = _sign(providers[1].nodeKey, agreements.digestOf(a));
        _expectProviderHoldsShard(1, 4);
        vm.prank(client);
        agreements.form(list, signatures, "");
    }
}
