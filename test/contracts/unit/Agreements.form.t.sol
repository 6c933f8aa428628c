// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {AgreementId, StorageAgreement, StorageAgreementLib} from "../../../contracts/types/StorageAgreement.sol";

contract AgreementsFormTest is Base {
    using StorageAgreementLib for StorageAgreement;

    bytes32 private constant OBJECT = keccak256("object");

    function setUp() public override {
        super.setUp();
        _addProviders(2);
    }

    function _expect(StorageAgreement memory a, bytes memory revertData) private {
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        list[0] = a;
        signatures[0] = _sign(providers[0].nodeKey, agreements.digestOf(a));
        vm.expectRevert(revertData);
        vm.prank(client);
        agreements.form(list, signatures, "");
    }

    function _good() private returns (StorageAgreement memory) {
        return _agreement(providers[0], OBJECT, 0, 4, 10);
    }

    function test_RevertWhen_EmptyBatch() public {
        vm.expectRevert(IAgreements.Agreements_EmptyBatch.selector);
        agreements.form(new StorageAgreement[](0), new bytes[](0), "");
    }

    function test_RevertWhen_LengthMismatch() public {
        StorageAgreement[] memory list = new StorageAgreement[](1);
        list[0] = _good();
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_LengthMismatch.selector, 1, 0));
        vm.prank(client);
        agreements.form(list, new bytes[](0), "");
    }

    function test_RevertWhen_MixedClients() public {
        StorageAgreement[] memory list = new StorageAgreement[](2);
        list[0] = _good();
        list[1] = _agreement(providers[1], OBJECT, 1, 4, 10);
        list[1].client = address(0xBEEF);
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_MixedClients.selector, client, address(0xBEEF)));
        vm.prank(client);
        agreements.form(list, new bytes[](2), "");
    }

    function test_RevertWhen_Expired() public {
        StorageAgreement memory a = _good();
        a.deadline = uint64(block.timestamp - 1);
        _expect(a, abi.encodeWithSelector(IAgreements.Agreements_Expired.selector, 0, a.deadline, block.timestamp));
    }

    function test_DeadlineIsInclusive() public {
        StorageAgreement memory a = _good();
        a.deadline = uint64(block.timestamp);
        _form(providers[0], a);
    }

    function test_RevertWhen_ZeroUnits() public {
        StorageAgreement memory a = _good();
        a.units = 0;
        _expect(a, abi.encodeWithSelector(IAgreements.Agreements_ZeroUnits.selector, 0));
    }

    function test_RevertWhen_ZeroPrice() public {
        StorageAgreement memory a = _good();
        a.pricePerUnitPeriod = 0;
        _expect(a, abi.encodeWithSelector(IAgreements.Agreements_ZeroPrice.selector, 0));
    }

    function test_RevertWhen_ZeroPeriods() public {
        StorageAgreement memory a = _good();
        a.periods = 0;
        _expect(a, abi.encodeWithSelector(IAgreements.Agreements_ZeroPeriods.selector, 0));
    }

    function test_RevertWhen_CollateralIsZero() public {
        StorageAgreement memory a = _good();
        a.collateral = 0;
        _expect(
            a,
            abi.encodeWithSelector(IAgreements.Agreements_CollateralNotMultiple.selector, 0, 0, 4 * uint256(PRICE))
        );
    }

    function test_RevertWhen_CollateralIsNoMultipleOfRent() public {
        StorageAgreement memory a = _good();
        a.collateral += 1;
        _expect(
            a,
            abi.encodeWithSelector(
                IAgreements.Agreements_CollateralNotMultiple.selector,
                0,
                a.collateral,
                4 * uint256(PRICE)
            )
        );
    }

    function test_RevertWhen_ValueTooSmall() public {
        StorageAgreement memory a = _good();
        a.pricePerUnitPeriod = 1;
        a.collateral = 4 * 30;
        _expect(a, abi.encodeWithSelector(IAgreements.Agreements_ValueTooSmall.selector, 0, 40, 1e6));
    }

    function test_RevertWhen_NonceUsed() public {
        StorageAgreement memory a = _good();
        _form(providers[0], a);
        _expect(a, abi.encodeWithSelector(IAgreements.Agreements_NonceUsed.selector, client, a.nonce));
    }

    function test_RevertWhen_NonceRevoked() public {
        StorageAgreement memory a = _good();
        a.nonce = 256 * 7 + 3;
        vm.prank(client);
        agreements.revokeNonces(7, 1 << 3);
        _expect(a, abi.encodeWithSelector(IAgreements.Agreements_NonceUsed.selector, client, a.nonce));
    }

    function test_RevertWhen_SignedByAnotherNode() public {
        StorageAgreement memory a = _good();
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        list[0] = a;
        signatures[0] = _sign(providers[1].nodeKey, agreements.digestOf(a));
        vm.expectRevert(
            abi.encodeWithSelector(
                IAgreements.Agreements_BadProviderSignature.selector,
                0,
                vm.addr(providers[1].nodeKey),
                vm.addr(providers[0].nodeKey)
            )
        );
        vm.prank(client);
        agreements.form(list, signatures, "");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_RevertWhen_AnyFieldChangedAfterSigning(uint8 field) public {
        StorageAgreement memory a = _good();
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = _sign(providers[0].nodeKey, agreements.digestOf(a));
        field = field % 10;
        if (field == 0) a.objectKey = keccak256("other");
        if (field == 1) a.shardIndex = 1;
        if (field == 2) a.shardRoot = keccak256("root");
        if (field == 3) (a.units, a.collateral) = (8, a.collateral * 2);
        if (field == 4) (a.pricePerUnitPeriod, a.collateral) = (PRICE * 2, a.collateral * 2);
        if (field == 5) a.periods = 11;
        if (field == 6) a.collateral = a.collateral * 2;
        if (field == 7) a.askId = 0;
        if (field == 8) a.nonce += 1;
        if (field == 9) a.deadline += 1;
        StorageAgreement[] memory list = new StorageAgreement[](1);
        list[0] = a;
        vm.expectPartialRevert(IAgreements.Agreements_BadProviderSignature.selector);
        vm.prank(client);
        agreements.form(list, signatures, "");
    }

    function test_RevertWhen_CallerIsNotClientAndUnsigned() public {
        StorageAgreement[] memory list = new StorageAgreement[](1);
        list[0] = _good();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, address(this), 0));
        agreements.form(list, new bytes[](1), "");
    }

    function test_RelayerFormsWithTheClientsSignature() public {
        StorageAgreement[] memory list = new StorageAgreement[](2);
        bytes[] memory signatures = new bytes[](2);
        bytes32[] memory hashes = new bytes32[](2);
        for (uint8 i; i < 2; ++i) {
            list[i] = _agreement(providers[i], OBJECT, i, 4, 10);
            signatures[i] = _sign(providers[i].nodeKey, agreements.digestOf(list[i]));
            hashes[i] = this.hashOf(list[i]);
        }
        bytes32 digest = _digest("Stowmarket Agreements", address(agreements), StorageAgreementLib.hashBatch(hashes));
        bytes memory clientSignature = _sign(clientKey, digest);
        AgreementId[] memory ids = agreements.form(list, signatures, clientSignature);
        assertEq(ids.length, 2);
        assertEq(agreements.holdersOf(client, OBJECT).length, 4);
        _assertConserved();
    }

    function hashOf(StorageAgreement calldata a) external pure returns (bytes32) {
        return a.hash();
    }

    function test_RevertWhen_ProviderHoldsAnotherShardOfTheObject() public {
        _form(providers[0], _good());
        _expect(
            _agreement(providers[0], OBJECT, 1, 4, 10),
            abi.encodeWithSelector(IAgreements.Agreements_ProviderHoldsShard.selector, providers[0].id, OBJECT, 0)
        );
    }

    function test_RevertWhen_ShardTaken() public {
        AgreementId id = _form(providers[1], _agreement(providers[1], OBJECT, 0, 4, 10));
        _expect(_good(), abi.encodeWithSelector(IAgreements.Agreements_ShardTaken.selector, OBJECT, 0, id));
    }

    function test_RevertWhen_ShardGap() public {
        _expect(
            _agreement(providers[0], OBJECT, 4, 4, 10),
            abi.encodeWithSelector(IAgreements.Agreements_ShardGap.selector, OBJECT, 4)
        );
    }

    function test_RevertWhen_ClientCannotPay() public {
        StorageAgreement memory a = _good();
        uint256 rent = 4 * uint256(PRICE) * 10;
        uint256 needed = rent + (rent * 200) / 10_000;
        uint256 available = escrow.availableOf(client);
        vm.prank(client);
        escrow.withdraw(client, available - needed + 1);
        _expect(a, abi.encodeWithSelector(IEscrow.Escrow_InsufficientBalance.selector, client, needed - 1, needed));
    }

    function test_RevertWhen_StakeTooSmall() public {
        StorageAgreement memory a = _good();
        a.askId = 0;
        (a.pricePerUnitPeriod, a.units, a.periods) = (1e18, 1, 1);
        uint256 lockable = collateral.lockableOf(providers[0].id);
        a.collateral = uint96((lockable / 1e18 + 1) * 1e18);
        _expect(
            a,
            abi.encodeWithSelector(
                ICollateral.Collateral_InsufficientStake.selector,
                providers[0].id,
                lockable,
                a.collateral
            )
        );
    }

    function test_RevertWhen_AskCancelled() public {
        StorageAgreement memory a = _good();
        vm.prank(providers[0].operator);
        orderBook.cancelAsks(a.provider, _askList(a.askId));
        _expect(a, abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, a.askId));
    }

    function test_FormsAndRecords() public {
        uint256 before = escrow.availableOf(client);
        StorageAgreement memory a = _good();
        AgreementId id = _form(providers[0], a);

        uint256 rent = 4 * uint256(PRICE) * 10;
        assertEq(before - escrow.availableOf(client), rent + (rent * 2) / 100);
        assertEq(escrow.lockedBy(address(agreements)), rent);
        IAgreements.Agreement memory stored = agreements.agreements(id);
        assertEq(uint8(stored.status), uint8(IAgreements.Status.Active));
        assertEq(stored.startPeriod, proofs.currentPeriod() + 1);
        assertEq(stored.periods, 10);
        assertEq(stored.collateralPeriods, COLLATERAL_PERIODS);
        assertEq(AgreementId.unwrap(agreements.holdersOf(client, OBJECT)[0]), AgreementId.unwrap(id));
        assertTrue(agreements.isNonceUsed(client, a.nonce));
        assertEq(orderBook.asks(a.askId).unitsLeft, (1 << 30) - 4);
        assertEq(collateral.stakes(providers[0].id).locked, a.collateral);
        assertEq(proofs.duties(providers[0].id).units, 4);
        _assertConserved();
    }

    /// @dev [16] a shard index is used again after its agreement ended: the new one starts clean.
    function test_ShardIsFreeAgainAfterTheEnd() public {
        AgreementId id = _form(providers[0], _good());
        uint32 first = proofs.currentPeriod() + 1;
        for (uint32 p = first; p < first + 10; ++p) {
            _toPeriod(p);
            _prove(providers[0].id);
        }
        _toPeriod(first + 10);
        agreements.end(id);
        AgreementId again = _form(providers[0], _agreement(providers[0], OBJECT, 0, 4, 10));
        assertNotEq(AgreementId.unwrap(again), AgreementId.unwrap(id));
        assertEq(agreements.agreements(again).provenPeriods, 0);
        assertEq(AgreementId.unwrap(agreements.holdersOf(client, OBJECT)[0]), AgreementId.unwrap(again));
    }
}
