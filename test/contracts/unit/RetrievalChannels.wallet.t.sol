// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Base} from "../Base.t.sol";
import {Escrow} from "../../../contracts/Escrow.sol";
import {RetrievalChannels} from "../../../contracts/RetrievalChannels.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IRetrievalChannels} from "../../../contracts/interfaces/IRetrievalChannels.sol";
import {IPermit2} from "../../../contracts/interfaces/external/IPermit2.sol";
import {CallbackToken} from "../../../contracts/mocks/CallbackToken.sol";
import {DeafPermitToken, NoPermitToken} from "../../../contracts/mocks/HostilePermits.sol";
import {GasBombPermitToken, ReturnBombPermitToken} from "../../../contracts/mocks/HostilePermits.sol";
import {Permit2Mock} from "../../../contracts/mocks/Permit2Mock.sol";

/// @notice Channels that are opened and topped up out of the wallet, in one transaction.
contract RetrievalChannelsWalletTest is Base {
    uint256 private constant WALLET = 1_000;
    address private constant MALLORY = address(0xBAD);

    Permit2Mock private permit2;
    Escrow private own;
    RetrievalChannels private wallets;
    uint32 private provider;
    uint40 private expiry;

    function setUp() public override {
        super.setUp();
        _addProviders(1);
        provider = providers[0].id;
        expiry = uint40(block.timestamp + 30 days);
        permit2 = new Permit2Mock();
        (own, wallets) = _market(token, permit2);
        token.transfer(client, WALLET);
        token.transfer(MALLORY, WALLET);
        vm.prank(client);
        token.approve(address(permit2), type(uint256).max);
    }

    // ------------------------------------------------- by ERC-2612

    function test_OpensOutOfTheWalletInOneCall() public {
        IRetrievalChannels.WalletPermit memory permit = _permit(100);
        vm.expectEmit(address(own));
        emit IEscrow.Deposited(1, client, 100);
        vm.expectEmit(address(wallets));
        emit IRetrievalChannels.ChannelOpened(1, client, provider, 100, expiry);
        vm.prank(client);
        assertEq(wallets.openWithPermit(provider, 100, expiry, permit), 1);
        assertEq(token.balanceOf(client), WALLET - 100);
        assertEq(own.availableOf(client), 0);
        assertEq(own.lockedBy(address(wallets)), 100);
        assertEq(token.allowance(client, address(own)), 0);
        assertEq(wallets.channels(1).client, client);
    }

    /// @notice Whatever comes from where: the channel has its amount, and the account the rest.
    function testFuzz_WalletAndAccountGiveItTogether(uint256 held, uint256 given, uint96 amount) public {
        held = bound(held, 0, WALLET - 1);
        given = bound(given, 1, WALLET - held);
        amount = uint96(bound(amount, 1, held + given));
        if (held != 0) _hold(held);
        IRetrievalChannels.WalletPermit memory permit = _permit(given);
        vm.prank(client);
        wallets.openWithPermit(provider, amount, expiry, permit);
        assertEq(own.availableOf(client), held + given - amount);
        assertEq(own.lockedBy(address(wallets)), amount);
        assertEq(token.balanceOf(address(own)), held + given);
    }

    function test_TopsUpOutOfTheWalletInOneCall() public {
        uint64 id = _opened(10);
        IRetrievalChannels.WalletPermit memory permit = _permit(100);
        vm.prank(client);
        wallets.topUpWithPermit(id, 60, expiry + 1, permit);
        assertEq(wallets.channels(id).deposit, 70);
        assertEq(wallets.channels(id).expiry, expiry + 1);
        assertEq(own.availableOf(client), 40);
        assertEq(token.balanceOf(address(own)), 110);
    }

    function test_APermitThatSomebodyTookFirstStillServes() public {
        IRetrievalChannels.WalletPermit memory p = _permit(100);
        vm.prank(MALLORY);
        token.permit(client, address(own), p.amount, p.deadline, p.v, p.r, p.s);
        vm.prank(client);
        wallets.openWithPermit(provider, 100, expiry, p);
        assertEq(own.lockedBy(address(wallets)), 100);
    }

    function test_RevertWhen_APermitIsUsedAgain() public {
        IRetrievalChannels.WalletPermit memory permit = _permit(100);
        vm.startPrank(client);
        uint64 id = wallets.openWithPermit(provider, 100, expiry, permit);
        _expectNoAllowance(100);
        wallets.openWithPermit(provider, 100, expiry, permit);
        _expectNoAllowance(100);
        wallets.topUpWithPermit(id, 100, expiry, permit);
        vm.stopPrank();
    }

    function test_RevertWhen_SomebodyElseBringsThePermit() public {
        IRetrievalChannels.WalletPermit memory permit = _permit(100);
        vm.prank(MALLORY);
        _expectNoAllowance(100);
        wallets.openWithPermit(provider, 100, expiry, permit);
        assertEq(token.balanceOf(client), WALLET);
    }

    /// @notice An allowance that an owner left is the owner's to use: nobody deposits it for it, by no way.
    function test_RevertWhen_SomebodyElseUsesALeftAllowance() public {
        vm.prank(client);
        token.approve(address(own), WALLET);
        IRetrievalChannels.WalletPermit memory nothing;
        nothing.amount = 100;
        vm.startPrank(MALLORY);
        _expectNoAllowance(100);
        wallets.openWithPermit(provider, 100, expiry, nothing);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NotAMarketContract.selector, MALLORY));
        own.depositOfWithPermit(client, 100, block.timestamp, 27, 0, 0);
        vm.stopPrank();
        // Not even the owner, who has `depositWithPermit`.
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NotAMarketContract.selector, client));
        vm.prank(client);
        own.depositOfWithPermit(client, 100, block.timestamp, 27, 0, 0);
        assertEq(token.balanceOf(client), WALLET);
    }

    function test_RevertWhen_TheRestIsNotThere_NothingMoves() public {
        IRetrievalChannels.WalletPermit memory permit = _permit(100);
        vm.startPrank(client);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InsufficientBalance.selector, client, 100, 101));
        wallets.openWithPermit(provider, 101, expiry, permit);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 9));
        wallets.openWithPermit(9, 100, expiry, permit);
        vm.expectRevert(IRetrievalChannels.RetrievalChannels_ZeroAmount.selector);
        wallets.openWithPermit(provider, 0, expiry, permit);
        permit.amount = 0;
        vm.expectRevert(IEscrow.Escrow_ZeroAmount.selector);
        wallets.openWithPermit(provider, 1, expiry, permit);
        vm.stopPrank();
        assertEq(token.balanceOf(client), WALLET);
    }

    /// @notice A session key spends its owner's account, not its own wallet for somebody else's channel.
    function test_RevertWhen_AnybodyButTheClientTopsUpOutOfItsWallet() public {
        uint64 id = _opened(10);
        vm.prank(client);
        own.authorizeSession(MALLORY, 100, expiry);
        IRetrievalChannels.WalletPermit memory permit = _permit(100);
        IRetrievalChannels.WalletPermit2 memory other = _permit2(100, 1);
        vm.startPrank(MALLORY);
        for (uint64 channel = id; channel <= id + 1; ++channel) {
            vm.expectRevert(
                abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NotTheClient.selector, channel, MALLORY)
            );
            wallets.topUpWithPermit(channel, 1, expiry, permit);
            vm.expectRevert(
                abi.encodeWithSelector(IRetrievalChannels.RetrievalChannels_NotTheClient.selector, channel, MALLORY)
            );
            wallets.topUpWithPermit2(channel, 1, expiry, other);
        }
        vm.stopPrank();
    }

    /// @notice Tokens whose permits refuse, burn gas, answer too much or say nothing: an allowance of the caller serves, without one nothing happens.
    function test_HostilePermitsFallBackOnTheCallersAllowance() public {
        address[4] memory hostile = [
            address(new NoPermitToken()),
            address(new GasBombPermitToken()),
            address(new ReturnBombPermitToken()),
            address(new DeafPermitToken())
        ];
        IRetrievalChannels.WalletPermit memory permit = _permit(100);
        for (uint64 i; i < hostile.length; ++i) {
            vm.etch(address(token), hostile[i].code);
            vm.startPrank(client);
            _expectNoAllowance(100);
            wallets.openWithPermit{gas: 3_000_000}(provider, 100, expiry, permit);
            token.approve(address(own), 100);
            wallets.openWithPermit{gas: 30_000_000}(provider, 100, expiry, permit);
            vm.stopPrank();
            assertEq(own.lockedBy(address(wallets)), 100 * (i + 1));
            assertEq(token.allowance(client, address(own)), 0);
        }
    }

    /// @notice A token that calls back finds the escrow shut, and nothing half done.
    function test_RevertWhen_TheTokenComesBackIn() public {
        CallbackToken calling = new CallbackToken(client, WALLET);
        (Escrow escrow_, RetrievalChannels channels_) = _market(calling, permit2);
        IRetrievalChannels.WalletPermit memory permit;
        permit.amount = 100;
        vm.startPrank(client);
        calling.approve(address(escrow_), WALLET);
        bytes[2] memory calls = [
            abi.encodeCall(IRetrievalChannels.openWithPermit, (provider, 100, expiry, permit)),
            abi.encodeCall(IRetrievalChannels.openWithPermit2, (provider, 100, expiry, _permit2(100, 1)))
        ];
        for (uint256 i; i < 2; ++i) {
            calling.setCallback(address(channels_), calls[i]);
            vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            channels_.openWithPermit(provider, 100, expiry, permit);
        }
        // What is free in an account may be locked meanwhile; nothing is, of what has not arrived.
        calling.setCallback(
            address(channels_),
            abi.encodeCall(IRetrievalChannels.open, (address(calling), provider, 1, expiry))
        );
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_InsufficientBalance.selector, address(calling), 0, 1));
        channels_.openWithPermit(provider, 100, expiry, permit);
        vm.stopPrank();
    }

    // ------------------------------------------------- by Permit2

    function test_OpensAndTopsUpByPermit2() public {
        IRetrievalChannels.WalletPermit2 memory first = _permit2(100, 1);
        IRetrievalChannels.WalletPermit2 memory second = _permit2(50, 2);
        vm.startPrank(client);
        uint64 id = wallets.openWithPermit2(provider, 90, expiry, first);
        wallets.topUpWithPermit2(id, 60, expiry, second);
        vm.stopPrank();
        assertEq(wallets.channels(id).deposit, 150);
        assertEq(own.availableOf(client), 0);
        assertEq(token.balanceOf(client), WALLET - 150);
    }

    /// @notice Brought to the escrow by somebody else first, the tokens are where they were to go: they are locked from there.
    function test_ASignatureThatSomebodyBroughtFirstHasPaidTheAccount() public {
        IRetrievalChannels.WalletPermit2 memory p = _permit2(100, 1);
        vm.prank(MALLORY);
        own.depositWithPermit2(client, p.amount, p.nonce, p.deadline, p.signature);
        vm.startPrank(client);
        vm.expectRevert(Permit2Mock.InvalidNonce.selector);
        wallets.openWithPermit2(provider, 100, expiry, p);
        wallets.open(client, provider, 100, expiry);
        vm.stopPrank();
        assertEq(own.lockedBy(address(wallets)), 100);
    }

    function test_RevertWhen_Permit2IsSomebodyElses_UsedOrAbsent() public {
        IRetrievalChannels.WalletPermit2 memory p = _permit2(100, 1);
        vm.prank(MALLORY);
        vm.expectRevert(Permit2Mock.InvalidSigner.selector);
        wallets.openWithPermit2(provider, 100, expiry, p);
        vm.startPrank(client);
        uint64 id = wallets.openWithPermit2(provider, 100, expiry, p);
        vm.expectRevert(Permit2Mock.InvalidNonce.selector);
        wallets.topUpWithPermit2(id, 100, expiry, p);
        // The market of the other tests has none.
        vm.expectRevert(IEscrow.Escrow_NoPermit2.selector);
        channels.openWithPermit2(provider, 100, expiry, p);
        vm.stopPrank();
    }

    // ------------------------------------------------- steps

    function _market(IERC20 token_, IPermit2 permit2_) private returns (Escrow escrow_, RetrievalChannels channels_) {
        address[] memory lockers = new address[](1);
        lockers[0] = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        escrow_ = new Escrow(token_, permit2_, lockers);
        channels_ = new RetrievalChannels(_channelParams(), escrow_, registry);
        assertEq(address(channels_), lockers[0]);
    }

    function _permit(uint256 amount) private view returns (IRetrievalChannels.WalletPermit memory) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                client,
                address(own),
                amount,
                token.nonces(client),
                block.timestamp
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(
            clientKey,
            _digest("Stowmarket Dev Token", address(token), structHash)
        );
        return IRetrievalChannels.WalletPermit(amount, block.timestamp, v, r, s);
    }

    function _permit2(uint256 amount, uint256 nonce) private view returns (IRetrievalChannels.WalletPermit2 memory) {
        IPermit2.PermitTransferFrom memory permit = IPermit2.PermitTransferFrom(
            IPermit2.TokenPermissions(address(token), amount),
            nonce,
            block.timestamp
        );
        bytes memory signature = _sign(clientKey, permit2.digestOf(permit, address(own)));
        return IRetrievalChannels.WalletPermit2(amount, nonce, block.timestamp, signature);
    }

    function _hold(uint256 amount) private {
        vm.startPrank(client);
        token.approve(address(own), amount);
        own.deposit(client, amount);
        vm.stopPrank();
    }

    function _opened(uint96 amount) private returns (uint64) {
        _hold(amount);
        vm.prank(client);
        return wallets.open(client, provider, amount, expiry);
    }

    function _expectNoAllowance(uint256 needed) private {
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(own), 0, needed)
        );
    }
}
