// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {Signing} from "../support/Signing.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice A valid agreement, one member changed at a time after the provider and, relayed, the client signed: each with the exact error, the
/// address included that the signature stands for once the member is another.
contract SingleFieldSignedTest is CallTable {
    using Signing for *;

    StorageAgreement private good;
    bytes private providers_;
    bytes private clients;

    function setUp() public override {
        super.setUp();
        good = _agreement(successor, keccak256("new"), 0, UNITS, TERM);
        good.askId = 0;
        providers_ = _sign(successor.nodeKey, _agreementsDigest(good.hashOf()));
        StorageAgreement[] memory list = new StorageAgreement[](1);
        list[0] = good;
        clients = _sign(clientKey, _agreementsDigest(list.hashOf()));
        _fund(PAYER, 1_000 ether);
    }

    function _form(
        address caller,
        StorageAgreement memory a,
        bytes memory provider,
        bytes memory signature
    ) private view returns (Call memory) {
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        (list[0], signatures[0]) = (a, provider);
        return Call(caller, address(agreements), abi.encodeCall(agreements.form, (list, signatures, signature)));
    }

    /// @dev Sent by the client itself with the provider's old signature; and by a relayer with the client's old signature and a new one of the provider.
    function _refused(StorageAgreement memory a) private {
        bytes32 digest = _agreementsDigest(a.hashOf());
        bytes memory err = abi.encodeWithSelector(
            IAgreements.Agreements_BadProviderSignature.selector,
            0,
            _recover(digest, providers_),
            registry.nodeAddressOf(a.provider)
        );
        _single(_form(client, good, providers_, ""), _form(a.client, a, providers_, ""), err);

        bytes memory again = _sign(providers[a.provider - 1].nodeKey, digest);
        err = abi.encodeWithSelector(IAgreements.Agreements_BadClientSignature.selector, a.client);
        _single(_form(address(this), good, providers_, clients), _form(address(this), a, again, clients), err);
    }

    function _recover(bytes32 digest, bytes memory signature) private pure returns (address) {
        (bytes32 r, bytes32 s, uint8 v) = (_word(signature, 0), _word(signature, 32), uint8(signature[64]));
        return ecrecover(digest, v, r, s);
    }

    function _word(bytes memory data, uint256 at_) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), at_))
        }
    }

    function test_RevertWhen_ClientChanges() public {
        StorageAgreement memory a = good;
        a.client = PAYER;
        _refused(a);
    }

    function test_RevertWhen_ProviderChanges() public {
        StorageAgreement memory a = good;
        a.provider = holder.id;
        _refused(a);
    }

    function test_RevertWhen_ObjectKeyChanges() public {
        StorageAgreement memory a = good;
        a.objectKey = keccak256("newer");
        _refused(a);
    }

    function test_RevertWhen_ShardIndexChanges() public {
        StorageAgreement memory a = good;
        a.shardIndex = 1;
        _refused(a);
    }

    function test_RevertWhen_ShardRootChanges() public {
        StorageAgreement memory a = good;
        a.shardRoot ^= bytes32(uint256(1));
        _refused(a);
    }

    function test_RevertWhen_UnitsChange() public {
        StorageAgreement memory a = good;
        a.units *= 2;
        _refused(a);
    }

    function test_RevertWhen_PriceChanges() public {
        StorageAgreement memory a = good;
        a.pricePerUnitPeriod *= 2;
        _refused(a);
    }

    function test_RevertWhen_PeriodsChange() public {
        StorageAgreement memory a = good;
        a.periods += 1;
        _refused(a);
    }

    function test_RevertWhen_CollateralChanges() public {
        StorageAgreement memory a = good;
        a.collateral += uint96(RENT);
        _refused(a);
    }

    function test_RevertWhen_AskChanges() public {
        StorageAgreement memory a = good;
        a.askId = successor.askId;
        _refused(a);
    }

    function test_RevertWhen_BidChanges() public {
        StorageAgreement memory a = good;
        a.bidId = 1;
        _refused(a);
    }

    function test_RevertWhen_NonceChanges() public {
        StorageAgreement memory a = good;
        a.nonce += 1;
        _refused(a);
    }

    function test_RevertWhen_DeadlineChanges() public {
        StorageAgreement memory a = good;
        a.deadline += 1;
        _refused(a);
    }
}
