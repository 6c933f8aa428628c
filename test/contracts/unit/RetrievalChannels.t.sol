// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {Signing} from "../support/Signing.sol";
import {ChannelParams, RetrievalChannels} from "../../../contracts/RetrievalChannels.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IRetrievalChannels} from "../../../contracts/interfaces/IRetrievalChannels.sol";
import {ContractWallet} from "../../../contracts/mocks/ContractWallets.sol";
import {Voucher, VoucherLib} from "../../../contracts/types/Voucher.sol";

contract RetrievalChannelsTest is Base {
    using Signing for *;

    uint96 private constant DEPOSIT = 100 ether;
    uint256 private constant WINDOW = 1 days;

    Provider private provider;
    uint40 private expiry;
    uint64 private id;

    function setUp() public override {
        super.setUp();
        _addProviders(2);
        provider = providers[0];
        expiry = uint40(block.timestamp + 30 days);
        id = _open(DEPOSIT);
    }

    // ------------------------------------------------- opening

    function test_OpenLocksTheDepositAndNumbersChannels() public {
        uint256 before = escrow.availableOf(client);
        vm.expectEmit(address(channels));
        emit IRetrievalChannels.ChannelOpened(2, client, provider.id, 7, expiry);
        assertEq(_open(7), 2);
        assertEq(escrow.availableOf(client), before - 7);
        assertEq(_locked(), DEPOSIT + 7);
        IRetrievalChannels.Channel memory c = channels.channels(2);
        uint32 operatorAccount = escrow.accountOf(provider.operator);
        assertEq(
            abi.encode(c),
            abi.encode(client, provider.id, escrow.accountOf(client), operatorAccount, 7, 0, expiry, 0)
        );
        assertEq(channels.closesAtOf(2), expiry + WINDOW);
        assertEq(channels.channelCount(), 2);
    }

    function test_ASessionKeyOpensAndTopsUpWithinItsBudget() public {
        address key = makeAddr("key");
        vm.prank(client);
        escrow.authorizeSession(key, 10, uint40(block.timestamp + 1));
        vm.startPrank(key);
        uint64 mine = channels.open(client, provider.id, 6, expiry);
        channels.topUp(mine, 4, expiry);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_SessionBudgetExceeded.selector, client, key, 0, 1));
        channels.topUp(mine, 1, expiry);
        vm.expectRevert(abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NotTheClient.selector, mine, key));
        channels.topUp(mine, 0, expiry + 1);
        vm.stopPrank();
        assertEq(channels.channels(mine).deposit, 10);
    }

    function test_RevertWhen_OpenedWith_Nothing_Nobody_OrAForeignAccount() public {
        vm.startPrank(client);
        vm.expectRevert(IRetrievalChannels.RetrievalChannels_ZeroAmount.selector);
        channels.open(client, provider.id, 0, expiry);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 9));
        channels.open(client, 9, 1, expiry);
        vm.expectRevert();
        channels.open(provider.operator, provider.id, 1, expiry);
        vm.stopPrank();
    }

    function test_RevertWhen_TheExpiryIsOutOfBounds() public {
        uint256 earliest = block.timestamp + WINDOW;
        uint256 latest = type(uint32).max - WINDOW;
        vm.startPrank(client);
        _expectBadExpiry(earliest - 1, earliest);
        channels.open(client, provider.id, 1, uint40(earliest - 1));
        _expectBadExpiry(latest + 1, earliest);
        channels.open(client, provider.id, 1, uint40(latest + 1));
        channels.open(client, provider.id, 1, uint40(earliest));
        channels.open(client, provider.id, 1, uint40(latest));
        _expectBadExpiry(expiry - 1, expiry);
        channels.topUp(id, 1, expiry - 1);
        vm.stopPrank();
    }

    // ------------------------------------------------- topping up

    function test_TopUpAddsTokensAndTime() public {
        vm.startPrank(client);
        vm.expectEmit(address(channels));
        emit IRetrievalChannels.ChannelToppedUp(id, 5, expiry + 9);
        channels.topUp(id, 5, expiry + 9);
        channels.topUp(id, 0, expiry + 10);
        vm.stopPrank();
        assertEq(channels.channels(id).deposit, DEPOSIT + 5);
        assertEq(channels.channels(id).expiry, expiry + 10);
        assertEq(_locked(), DEPOSIT + 5);
    }

    function test_RevertWhen_ToppedUpWithNothing_OrWhenItIsOver() public {
        vm.startPrank(client);
        vm.expectRevert(IRetrievalChannels.RetrievalChannels_ZeroAmount.selector);
        channels.topUp(id, 0, expiry);
        vm.expectRevert(abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NoChannel.selector, 7));
        channels.topUp(7, 1, expiry);
        vm.warp(expiry);
        vm.expectRevert(abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_TooLate.selector, id, expiry));
        channels.topUp(id, 1, expiry + 1);
        vm.warp(expiry - 1);
        channels.startClose(id);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRetrievalChannels.RetrievalChannels_AlreadyClosing.selector,
                id,
                block.timestamp + WINDOW
            )
        );
        channels.topUp(id, 1, expiry);
        vm.stopPrank();
    }

    // ------------------------------------------------- redeeming

    function test_RedeemPaysWhatIsNewAndLeavesWhatIsToBeBurned() public {
        uint256 before = escrow.availableOf(provider.operator);
        uint256 burnedBefore = _burned();
        _redeem(10 ether);
        assertEq(escrow.availableOf(provider.operator), before + 9.8 ether);
        vm.expectEmit(address(channels));
        emit IRetrievalChannels.VoucherRedeemed(id, provider.id, 10 ether + 1, 0, 4_096, 25, 13);
        _redeem(10 ether + 1);
        vm.expectEmit(address(channels));
        emit IRetrievalChannels.VoucherRedeemed(id, provider.id, 10 ether + 2, 1, 4_096, 25, 13);
        _redeem(10 ether + 2);
        assertEq(channels.channels(id).redeemed, 10 ether + 2);
        assertEq(_locked(), DEPOSIT - 9.8 ether - 1);
        assertEq(_burned(), burnedBefore);
    }

    /// @notice Wei by wei or at once: the provider gets the same, and as much is burned.
    function test_ManySmallStepsBurnWhatOneDoes() public {
        uint256 before = escrow.availableOf(provider.operator);
        uint256 burnedBefore = _burned();
        for (uint96 amount = 1; amount <= 60; ++amount) {
            _redeem(amount);
            uint256 toBurn = (uint256(amount) * 200 + 9_999) / 10_000;
            assertEq(escrow.availableOf(provider.operator), before + amount - toBurn);
        }
        vm.prank(provider.operator);
        channels.close(_voucher(id, 60), "", 0, "");
        assertEq(_burned(), burnedBefore + 2);
    }

    function test_RevertWhen_AnOlderVoucherOrTheSameIsRedeemed() public {
        _redeem(10);
        for (uint96 amount = 9; amount < 11; ++amount) {
            Voucher memory v = _voucher(id, amount);
            bytes memory signature = _signed(v);
            vm.expectRevert(
                abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NothingNew.selector, id, amount, 10)
            );
            channels.redeem(v, signature);
        }
    }

    function test_RevertWhen_AVoucherPromisesMoreThanTheDeposit() public {
        Voucher memory v = _voucher(id, DEPOSIT + 1);
        bytes memory signature = _signed(v);
        vm.expectRevert(
            abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_AboveDeposit.selector, id, DEPOSIT + 1, DEPOSIT)
        );
        channels.redeem(v, signature);
        _redeem(DEPOSIT);
    }

    function test_RevertWhen_AnyFieldWasNotSigned() public {
        uint64 other = _open(DEPOSIT);
        Voucher memory v = _voucher(id, 5);
        bytes memory signature = _signed(v);
        for (uint256 field; field < 5; ++field) {
            Voucher memory forged = _voucher(id, 5);
            if (field == 0) forged.channel = other;
            else if (field == 1) forged.amount = 6;
            else if (field == 2) forged.readBytes += 1;
            else if (field == 3) forged.firstByteMs += 1;
            else forged.kibPerSecond += 1;
            _expectBadClientSignature(forged.channel);
            channels.redeem(forged, signature);
        }
        channels.redeem(v, signature);
    }

    function test_RevertWhen_ItIsReplayedOnAnotherChainOrContract() public {
        Voucher memory v = _voucher(id, 5);
        bytes memory signature = _signed(v);
        uint256 chainId = block.chainid;
        vm.chainId(chainId + 1);
        _expectBadClientSignature(id);
        channels.redeem(v, signature);
        vm.chainId(chainId);
        bytes memory foreign = _sign(clientKey, _digest("Stowmarket RetrievalChannels", address(this), v.hashOf()));
        _expectBadClientSignature(id);
        channels.redeem(v, foreign);
        bytes memory strangers = _sign(0xBAD, _digest("Stowmarket RetrievalChannels", address(channels), v.hashOf()));
        _expectBadClientSignature(id);
        channels.redeem(v, strangers);
    }

    function test_AVoucherHoldsWhenItsSignerGetsCodeThatDeniesIt() public {
        Voucher memory v = _voucher(id, 5);
        bytes memory signature = _signed(v);
        vm.etch(client, address(token).code);
        channels.redeem(v, signature);
        assertEq(channels.channels(id).redeemed, 5);
    }

    function test_AContractWalletsCodeSpeaksForIt() public {
        address wallet = address(new ContractWallet(vm.addr(0xA11CE)));
        _fund(wallet, 10);
        vm.prank(wallet);
        uint64 channel = channels.open(wallet, provider.id, 10, expiry);
        Voucher memory v = _voucher(channel, 5);
        bytes32 digest = _digest("Stowmarket RetrievalChannels", address(channels), v.hashOf());
        _expectBadClientSignature(channel);
        channels.redeem(v, _sign(clientKey, digest));
        channels.redeem(v, _sign(0xA11CE, digest));
        assertEq(channels.channels(channel).redeemed, 5);
    }

    function test_RedeemCountsUntilTheLastSecond() public {
        vm.warp(expiry + WINDOW - 1);
        _redeem(1);
        vm.warp(expiry + WINDOW);
        Voucher memory v = _voucher(id, 2);
        bytes memory signature = _signed(v);
        vm.expectRevert(
            abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_TooLate.selector, id, expiry + WINDOW)
        );
        channels.redeem(v, signature);
    }

    function test_RevertWhen_ThereIsNoChannel() public {
        Voucher memory v = _voucher(7, 1);
        bytes memory signature = _signed(v);
        vm.expectRevert(abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NoChannel.selector, 7));
        channels.redeem(v, signature);
    }

    function test_BatchPaysWhatIsNewAndPassesOverTheRest() public {
        uint64 second = _open(DEPOSIT);
        uint64 third = _open(DEPOSIT);
        _redeem(10);
        vm.prank(client);
        channels.startClose(third);
        vm.warp(block.timestamp + WINDOW);
        IRetrievalChannels.Redemption[] memory list = new IRetrievalChannels.Redemption[](4);
        list[0] = _redemption(id, 10);
        list[1] = _redemption(second, 1 ether);
        list[2] = _redemption(third, 1);
        list[3] = _redemption(9, 1);
        uint256 before = escrow.availableOf(provider.operator);
        channels.redeemBatch(list);
        assertEq(escrow.availableOf(provider.operator), before + 0.98 ether);
        list[1].voucher.amount += 1;
        _expectBadClientSignature(second);
        channels.redeemBatch(list);
    }

    // ------------------------------------------------- closing together

    function test_TheProviderClosesAtOnceWithTheLastVoucher() public {
        _redeem(4);
        Voucher memory v = _voucher(id, 10 ether);
        bytes memory signature = _signed(v);
        uint256 before = escrow.availableOf(client);
        uint256 earned = escrow.availableOf(provider.operator);
        uint256 burnedBefore = _burned();
        vm.expectEmit(address(channels));
        emit IRetrievalChannels.ChannelSettled(id, 10 ether, DEPOSIT - 10 ether, 4_096, 25, 13);
        vm.expectEmit(address(escrow));
        emit IEscrow.ReleasedToTwo(
            address(channels),
            escrow.accountOf(provider.operator),
            escrow.accountOf(client),
            9.8 ether - 3,
            DEPOSIT - 10 ether
        );
        vm.prank(vm.addr(provider.nodeKey));
        channels.close(v, signature, 0, "");
        assertEq(escrow.availableOf(client), before + DEPOSIT - 10 ether);
        assertEq(escrow.availableOf(provider.operator), earned + 9.8 ether - 3);
        assertEq(_burned(), burnedBefore + 0.2 ether);
        assertEq(_locked(), 0);
        assertEq(channels.channels(id).client, address(0));
    }

    function test_TheProviderNeedsNoVoucherToLetTheClientGo() public {
        _redeem(4);
        vm.expectEmit(address(channels));
        emit IRetrievalChannels.ChannelClosed(id, DEPOSIT - 4, 1);
        vm.prank(provider.operator);
        channels.close(_voucher(id, 4), "", 0, "");
        assertEq(_locked(), 0);
    }

    function test_TheClientClosesAtOnceWithTheProvidersConsent() public {
        uint64 deadline = uint64(block.timestamp);
        for (uint256 i; i < 2; ++i) {
            uint64 channel = _open(DEPOSIT);
            bytes memory consent = _consent(channel, 3, deadline);
            vm.prank(client);
            channels.close(_voucher(channel, 3), "", deadline, consent);
        }
        assertEq(_locked(), DEPOSIT);
    }

    function test_TheOperatorMayCallWithWhateverSignature() public {
        uint64 deadline = uint64(block.timestamp + 1);
        Voucher memory v = _voucher(id, 3);
        bytes memory signature = _signed(v);
        bytes memory foreign = _signed(_voucher(id, 4));
        vm.prank(provider.operator);
        channels.close(v, signature, deadline, foreign);
        assertEq(_locked(), 0);
    }

    /// @notice What a channel burns waits in its contract's lock until anybody has it collected.
    function test_BurnsWaitInTheLockUntilTheyAreCollected() public {
        _redeem(10 ether);
        vm.prank(provider.operator);
        channels.close(_voucher(id, 10 ether), "", 0, "");
        assertEq(escrow.burningOf(address(channels)), 0.2 ether);
        assertEq(escrow.lockedBy(address(channels)), 0.2 ether);
        _assertConserved();
        (, uint96 before) = escrow.accounts(0);
        vm.expectEmit(address(escrow));
        emit IEscrow.Released(address(channels), 0, 0.2 ether);
        escrow.collectBurned(address(channels));
        (, uint96 burned) = escrow.accounts(0);
        assertEq(burned, before + 0.2 ether);
        assertEq(escrow.lockedBy(address(channels)), 0);
        _assertConserved();
        vm.expectRevert(IEscrow.Escrow_ZeroAmount.selector);
        escrow.collectBurned(address(channels));
    }

    // ------------------------------------------------- closing together, in the short form

    function test_TheClientClosesInTheShortFormAsInTheLong() public {
        _redeem(4);
        uint64 deadline = uint64(block.timestamp);
        (bytes32 r, bytes32 vs) = _shortConsent(id, 10 ether, deadline);
        uint256 before = escrow.availableOf(client);
        uint256 earned = escrow.availableOf(provider.operator);
        uint256 burnedBefore = _burned();
        vm.expectEmit(address(channels));
        emit IRetrievalChannels.ChannelSettled(id, 10 ether, DEPOSIT - 10 ether, 4_096, 25, 13);
        vm.prank(client);
        channels.closeTogether(_voucher(id, 10 ether), deadline, r, vs);
        assertEq(escrow.availableOf(client), before + DEPOSIT - 10 ether);
        assertEq(escrow.availableOf(provider.operator), earned + 9.8 ether - 3);
        assertEq(_burned(), burnedBefore + 0.2 ether);
        assertEq(_locked(), 0);
        vm.expectRevert(abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NoChannel.selector, id));
        vm.prank(client);
        channels.closeTogether(_voucher(id, 10 ether), deadline, r, vs);
    }

    function test_TheShortFormLetsTheClientGoWithoutPaying() public {
        _redeem(4);
        (bytes32 r, bytes32 vs) = _shortConsent(id, 4, type(uint64).max);
        vm.expectEmit(address(channels));
        emit IRetrievalChannels.ChannelClosed(id, DEPOSIT - 4, 1);
        vm.prank(client);
        channels.closeTogether(_voucher(id, 4), type(uint64).max, r, vs);
        assertEq(_locked(), 0);
    }

    function test_RevertWhen_TheShortFormComesFromAnybodyElse() public {
        uint64 deadline = uint64(block.timestamp);
        (bytes32 r, bytes32 vs) = _shortConsent(id, 3, deadline);
        address[3] memory others = [provider.operator, vm.addr(provider.nodeKey), address(this)];
        for (uint256 i; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NotTheClient.selector, id, others[i])
            );
            vm.prank(others[i]);
            channels.closeTogether(_voucher(id, 3), deadline, r, vs);
        }
    }

    function test_RevertWhen_TheShortConsentIsForSomethingElse_OrNotTheNodes() public {
        uint64 deadline = uint64(block.timestamp);
        (bytes32 r, bytes32 vs) = _shortConsent(id, 3, deadline);
        vm.startPrank(client);
        _expectBadProviderSignature(id);
        channels.closeTogether(_voucher(id, 4), deadline, r, vs);
        _expectBadProviderSignature(id);
        channels.closeTogether(_voucher(id, 3), deadline + 1, r, vs);
        Voucher memory other = _voucher(id, 3);
        (other.readBytes, other.firstByteMs, other.kibPerSecond) = (4_096, 25, 12);
        _expectBadProviderSignature(id);
        channels.closeTogether(other, deadline, r, vs);
        // The other root of the same signature, and none at all.
        _expectBadProviderSignature(id);
        channels.closeTogether(_voucher(id, 3), deadline, r, vs ^ bytes32(uint256(1) << 255));
        _expectBadProviderSignature(id);
        channels.closeTogether(_voucher(id, 3), deadline, 0, 0);
        (, uint256 operatorKey) = makeAddrAndKey("operator1");
        (bytes32 otherR, bytes32 otherVs) = _short(_consentBy(operatorKey, id, 3, deadline));
        _expectBadProviderSignature(id);
        channels.closeTogether(_voucher(id, 3), deadline, otherR, otherVs);
        vm.warp(deadline + 1);
        _expectSignatureExpired(deadline);
        channels.closeTogether(_voucher(id, 3), deadline, r, vs);
        vm.stopPrank();
    }

    function test_RevertWhen_TheShortConsentWasRevoked() public {
        uint64 deadline = uint64(block.timestamp + 10);
        (bytes32 r, bytes32 vs) = _shortConsent(id, 3, deadline);
        vm.prank(provider.operator);
        registry.revokeSignatures(provider.id, deadline);
        _expectSignatureExpired(deadline);
        vm.prank(client);
        channels.closeTogether(_voucher(id, 3), deadline, r, vs);
    }

    function test_RevertWhen_TheShortFormIsOutsideOfWhatIsThere() public {
        _redeem(4);
        vm.startPrank(client);
        vm.expectRevert(abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NothingNew.selector, id, 3, 4));
        channels.closeTogether(_voucher(id, 3), 0, 0, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_AboveDeposit.selector, id, DEPOSIT + 1, DEPOSIT)
        );
        channels.closeTogether(_voucher(id, DEPOSIT + 1), 0, 0, 0);
        vm.stopPrank();
    }

    /// @notice Whatever was redeemed before, both forms pay, refund and burn the same.
    function testFuzz_BothFormsOfClosingDoTheSame(uint96 redeemed, uint96 last) public {
        uint64 second = _open(DEPOSIT);
        redeemed = uint96(bound(redeemed, 1, DEPOSIT));
        last = uint96(bound(last, redeemed, DEPOSIT));
        uint64 deadline = uint64(block.timestamp);
        uint256[3][2] memory got;
        for (uint64 i; i < 2; ++i) {
            uint64 channel = i == 0 ? id : second;
            Voucher memory v = _voucher(channel, redeemed);
            channels.redeem(v, _signed(v));
            got[i] = [escrow.availableOf(client), escrow.availableOf(provider.operator), _burned()];
            bytes memory consent = _consent(channel, last, deadline);
            (bytes32 r, bytes32 vs) = _short(consent);
            vm.prank(client);
            if (i == 0) channels.close(_voucher(channel, last), "", deadline, consent);
            else channels.closeTogether(_voucher(channel, last), deadline, r, vs);
            got[i][0] = escrow.availableOf(client) - got[i][0];
            got[i][1] = escrow.availableOf(provider.operator) - got[i][1];
            got[i][2] = _burned() - got[i][2];
        }
        assertEq(abi.encode(got[0]), abi.encode(got[1]));
        assertEq(got[0][0], DEPOSIT - last);
        assertEq(_locked(), 0);
        _assertConserved();
    }

    function test_TheProvidersConsentMayBeItsOperators() public {
        (, uint256 operatorKey) = makeAddrAndKey("operator1");
        assertEq(vm.addr(operatorKey), provider.operator);
        uint64 deadline = uint64(block.timestamp);
        bytes32 hash = VoucherLib.hashClosing(_voucher(id, 3).hashOf(), deadline);
        bytes32 digest = _digest("Stowmarket RetrievalChannels", address(channels), hash);
        (, uint256 foreignKey) = makeAddrAndKey("operator2");
        assertEq(vm.addr(foreignKey), providers[1].operator);
        vm.startPrank(client);
        _expectBadProviderSignature(id);
        channels.close(_voucher(id, 3), "", deadline, _sign(foreignKey, digest));
        channels.close(_voucher(id, 3), "", deadline, _sign(operatorKey, digest));
        assertEq(_locked(), 0);
    }

    function test_RevertWhen_AnotherProviderCloses() public {
        Voucher memory v = _voucher(id, 3);
        bytes memory signature = _signed(v);
        address[2] memory others = [providers[1].operator, vm.addr(providers[1].nodeKey)];
        for (uint256 i; i < 2; ++i) {
            vm.prank(others[i]);
            _expectBadProviderSignature(id);
            channels.close(v, signature, uint64(block.timestamp), "");
        }
    }

    function test_RevertWhen_AConsentIsMissingOrForSomethingElse() public {
        uint64 deadline = uint64(block.timestamp);
        bytes memory consent = _consent(id, 3, deadline);
        vm.startPrank(client);
        _expectBadProviderSignature(id);
        channels.close(_voucher(id, 4), "", deadline, consent);
        _expectBadProviderSignature(id);
        channels.close(_voucher(id, 3), "", deadline + 1, consent);
        Voucher memory otherReceipt = _voucher(id, 3);
        otherReceipt.firstByteMs = 0;
        _expectBadProviderSignature(id);
        channels.close(otherReceipt, "", deadline, consent);
        vm.warp(deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_SignatureExpired.selector, id, deadline)
        );
        channels.close(_voucher(id, 3), "", deadline, consent);
        vm.warp(deadline);
        vm.stopPrank();
        // A stranger with the provider's consent lacks the client's.
        _expectBadClientSignature(id);
        channels.close(_voucher(id, 3), "", deadline, consent);
        // And the provider alone cannot take more than was promised.
        vm.prank(provider.operator);
        _expectBadClientSignature(id);
        channels.close(_voucher(id, 3), "", 0, "");
    }

    function test_RevertWhen_TheProviderRevokedItsConsent() public {
        uint64 deadline = uint64(block.timestamp + 10);
        bytes memory consent = _consent(id, 3, deadline);
        vm.prank(provider.operator);
        registry.revokeSignatures(provider.id, deadline);
        vm.prank(client);
        vm.expectRevert(
            abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_SignatureExpired.selector, id, deadline)
        );
        channels.close(_voucher(id, 3), "", deadline, consent);
    }

    function test_RevertWhen_ClosedOutsideOfWhatIsThere() public {
        _redeem(4);
        vm.startPrank(provider.operator);
        vm.expectRevert(abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NothingNew.selector, id, 3, 4));
        channels.close(_voucher(id, 3), "", 0, "");
        vm.expectRevert(
            abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_AboveDeposit.selector, id, DEPOSIT + 1, DEPOSIT)
        );
        channels.close(_voucher(id, DEPOSIT + 1), "", 0, "");
        vm.expectRevert(abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NoChannel.selector, 7));
        channels.close(_voucher(7, 1), "", 0, "");
        vm.stopPrank();
    }

    // ------------------------------------------------- closing alone

    function test_ALaterVoucherWinsDuringTheWindow() public {
        _redeem(1);
        vm.expectEmit(address(channels));
        emit IRetrievalChannels.ChannelClosing(id, uint32(block.timestamp + WINDOW));
        vm.prank(client);
        channels.startClose(id);
        vm.warp(block.timestamp + WINDOW - 1);
        _expectStillOpen(block.timestamp + 1);
        channels.withdraw(id);
        _redeem(50 ether);
        vm.warp(block.timestamp + 1);
        uint256 before = escrow.availableOf(client);
        uint256 burnedBefore = _burned();
        vm.expectEmit(address(channels));
        emit IRetrievalChannels.ChannelClosed(id, 50 ether, 1 ether);
        channels.withdraw(id);
        assertEq(escrow.availableOf(client), before + 50 ether);
        assertEq(_burned(), burnedBefore + 1 ether);
        assertEq(_locked(), 0);
        vm.expectRevert(abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NoChannel.selector, id));
        channels.withdraw(id);
    }

    function test_AnExpiredChannelGivesBackAfterTheWindow() public {
        vm.warp(expiry + WINDOW - 1);
        _expectStillOpen(expiry + WINDOW);
        channels.withdraw(id);
        vm.prank(client);
        vm.expectRevert(
            abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_AlreadyClosing.selector, id, expiry + WINDOW)
        );
        channels.startClose(id);
        vm.warp(expiry + WINDOW);
        channels.withdraw(id);
        assertEq(_locked(), 0);
    }

    function test_RevertWhen_AnybodyElseStartsToClose_OrTwice() public {
        vm.prank(provider.operator);
        vm.expectRevert(
            abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NotTheClient.selector, id, provider.operator)
        );
        channels.startClose(id);
        vm.startPrank(client);
        channels.startClose(id);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRetrievalChannels.RetrievalChannels_AlreadyClosing.selector,
                id,
                block.timestamp + WINDOW
            )
        );
        channels.startClose(id);
        vm.expectRevert(abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NoChannel.selector, 7));
        channels.startClose(7);
        vm.stopPrank();
    }

    // ------------------------------------------------- any order

    /// @notice Vouchers in any order, redemptions, top-ups and both ways to close: the provider's part is the highest voucher shown in time, the client gets the
    /// rest, nothing is left.
    function testFuzz_AnyOrderPaysTheHighestShownInTime(uint96[6] memory amounts, uint8[6] memory steps) public {
        uint256 clientBefore = escrow.availableOf(client) + DEPOSIT;
        uint256 providerBefore = escrow.availableOf(provider.operator);
        uint256 burnedBefore = _burned();
        uint256 highest;
        uint256 deposit = DEPOSIT;
        uint256 closesAt = expiry + WINDOW;
        for (uint256 i; i < 6; ++i) {
            uint256 step = steps[i] % 4;
            if (step < 2) {
                uint96 amount = uint96(bound(amounts[i], 1, DEPOSIT * 2));
                Voucher memory v = _voucher(id, amount);
                bytes memory signature = _signed(v);
                bool counts = block.timestamp < closesAt && amount > highest && amount <= deposit;
                if (!counts) vm.expectRevert();
                channels.redeem(v, signature);
                if (counts) highest = amount;
            } else if (step == 2 && closesAt == expiry + WINDOW && block.timestamp < expiry) {
                vm.prank(client);
                channels.topUp(id, uint96(bound(amounts[i], 1, DEPOSIT)), expiry);
                deposit = channels.channels(id).deposit;
            } else if (closesAt == expiry + WINDOW && block.timestamp < expiry) {
                vm.prank(client);
                channels.startClose(id);
                closesAt = block.timestamp + WINDOW;
            }
            vm.warp(block.timestamp + (uint256(steps[i]) * WINDOW) / 256);
        }
        if (block.timestamp < closesAt) vm.warp(closesAt);
        channels.withdraw(id);
        uint256 toBurn = (highest * 200 + 9_999) / 10_000;
        assertEq(escrow.availableOf(client), clientBefore - highest);
        assertEq(escrow.availableOf(provider.operator), providerBefore + highest - toBurn);
        assertEq(_burned(), burnedBefore + toBurn);
        assertEq(_locked(), 0);
    }

    function test_RevertWhen_TheParametersAreInvalid() public {
        _expectInvalid("disputeSeconds");
        new RetrievalChannels(ChannelParams(0, 0), escrow, registry);
        _expectInvalid("burnBps");
        new RetrievalChannels(ChannelParams(1, 10_000), escrow, registry);
        assertEq(new RetrievalChannels(ChannelParams(1, 9_999), escrow, registry).burnBps(), 9_999);
        assertEq(channels.disputeSeconds(), WINDOW);
    }

    // ------------------------------------------------- steps

    function _open(uint96 amount) private returns (uint64 channel) {
        vm.prank(client);
        channel = channels.open(client, provider.id, amount, expiry);
    }

    function _redeem(uint96 amount) private {
        Voucher memory v = _voucher(id, amount);
        channels.redeem(v, _signed(v));
    }

    function _burned() private view returns (uint256 burned) {
        (, burned) = escrow.accounts(0);
        burned += escrow.burningOf(address(channels));
    }

    /// @dev What is locked for channels that are not over.
    function _locked() private view returns (uint256) {
        return escrow.lockedBy(address(channels)) - escrow.burningOf(address(channels));
    }

    function _voucher(uint64 channel, uint96 amount) private pure returns (Voucher memory) {
        return Voucher(channel, amount, 4_096, 25, 13);
    }

    function _signed(Voucher memory v) private view returns (bytes memory) {
        return _sign(clientKey, _digest("Stowmarket RetrievalChannels", address(channels), v.hashOf()));
    }

    function _consent(uint64 channel, uint96 amount, uint64 deadline) private view returns (bytes memory) {
        return _consentBy(provider.nodeKey, channel, amount, deadline);
    }

    function _consentBy(
        uint256 key,
        uint64 channel,
        uint96 amount,
        uint64 deadline
    ) private view returns (bytes memory) {
        bytes32 hash = VoucherLib.hashClosing(_voucher(channel, amount).hashOf(), deadline);
        return _sign(key, _digest("Stowmarket RetrievalChannels", address(channels), hash));
    }

    /// @dev ERC-2098.
    function _short(bytes memory signature) private pure returns (bytes32 r, bytes32 vs) {
        (bytes32 s, uint8 v) = (0, uint8(signature[64]));
        assembly ("memory-safe") {
            r := mload(add(signature, 0x20))
            s := mload(add(signature, 0x40))
        }
        vs = s | bytes32(uint256(v - 27) << 255);
    }

    function _shortConsent(
        uint64 channel,
        uint96 amount,
        uint64 deadline
    ) private view returns (bytes32 r, bytes32 vs) {
        return _short(_consent(channel, amount, deadline));
    }

    function _expectSignatureExpired(uint64 deadline) private {
        vm.expectRevert(
            abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_SignatureExpired.selector, id, deadline)
        );
    }

    function _redemption(uint64 channel, uint96 amount) private view returns (IRetrievalChannels.Redemption memory) {
        Voucher memory v = _voucher(channel, amount);
        return IRetrievalChannels.Redemption(v, _signed(v));
    }

    function _expectBadExpiry(uint256 given, uint256 earliest) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IRetrievalChannels.RetrievalChannels_BadExpiry.selector,
                given,
                earliest,
                type(uint32).max - WINDOW
            )
        );
    }

    function _expectBadClientSignature(uint64 channel) private {
        vm.expectRevert(
            abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_BadClientSignature.selector, channel)
        );
    }

    function _expectBadProviderSignature(uint64 channel) private {
        vm.expectRevert(
            abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_BadProviderSignature.selector, channel)
        );
    }

    function _expectStillOpen(uint256 closesAt) private {
        vm.expectRevert(abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_StillOpen.selector, id, closesAt));
    }

    function _expectInvalid(string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_InvalidParams.selector, field));
    }
}
