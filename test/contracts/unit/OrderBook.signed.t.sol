// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderBook} from "../../../contracts/OrderBook.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {ContractWallet} from "../../../contracts/mocks/ContractWallets.sol";
import {Ask} from "../../../contracts/types/Ask.sol";
import {SignedAsk} from "../../../contracts/types/SignedAsk.sol";
import {OrderBookFixture} from "../support/OrderBookFixture.sol";

/// @notice Asks that are signed off the chain and brought by whoever wants to fill them.
abstract contract SignedAskFixture is OrderBookFixture {
    bytes32 private constant ASK_TYPE = keccak256(
        "Ask(uint32 provider,uint64 pricePerUnitPeriod,uint32 unitsLeft,uint32 minUnits,uint32 maxUnits,uint40 expiry,uint24 collateralPeriods,uint24 minPeriods,uint24 maxPeriods,uint16 region,uint96 minClientDeposit,uint64 retrievalPricePerMiB,uint16 premiumBps,uint64 ceiling)"
    );
    bytes32 private constant SIGNED_TYPE = keccak256(
        "SignedAsk(Ask ask,uint64 nonce,uint32 series)Ask(uint32 provider,uint64 pricePerUnitPeriod,uint32 unitsLeft,uint32 minUnits,uint32 maxUnits,uint40 expiry,uint24 collateralPeriods,uint24 minPeriods,uint24 maxPeriods,uint16 region,uint96 minClientDeposit,uint64 retrievalPricePerMiB,uint16 premiumBps,uint64 ceiling)"
    );

    function _signedAsk() internal view returns (SignedAsk memory) {
        return SignedAsk({ask: _ask(), nonce: 7, series: 0});
    }

    function _hashOf(SignedAsk memory signed) internal pure returns (bytes32) {
        bytes32 askHash = keccak256(bytes.concat(ASK_TYPE, abi.encode(signed.ask)));
        return keccak256(abi.encode(SIGNED_TYPE, askHash, signed.nonce, signed.series));
    }

    function _digestOf(SignedAsk memory signed, uint256 chainId, address verifying) internal pure returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Stowmarket OrderBook"),
                keccak256("1"),
                chainId,
                verifying
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, _hashOf(signed)));
    }

    function _digestOf(SignedAsk memory signed) internal view returns (bytes32) {
        return _digestOf(signed, block.chainid, address(book));
    }

    function _idOf(SignedAsk memory signed) internal pure returns (uint64) {
        return uint64(uint256(_hashOf(signed))) | (1 << 63);
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _byNode(SignedAsk memory signed) internal view returns (bytes memory) {
        return _sign(nodeKey, _digestOf(signed));
    }

    function _recover(bytes32 digest, bytes memory signature) internal pure returns (address) {
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        return ecrecover(digest, uint8(signature[64]), r, s);
    }

    /// @dev The error of a signature that is neither the node key's nor the operator's.
    function _badSignature(bytes32 digest, bytes memory signature) internal view returns (bytes memory) {
        address recovered = signature.length == 65 ? _recover(digest, signature) : address(0);
        return abi.encodeWithSelector(IAsks.OrderBook_BadAskSignature.selector, 1, recovered, vm.addr(nodeKey));
    }
}

contract OrderBookSignedTest is SignedAskFixture {
    /// @dev Anybody brings it, and it is filled like a posted one.
    function _brings(SignedAsk memory signed, bytes memory signature) private {
        uint64 expected = _idOf(signed);
        vm.expectEmit(address(book));
        emit IAsks.AskPosted(expected, 1, signed.ask);
        vm.prank(mallory);
        assertEq(book.bringAsk(signed, signature), expected);
        _assertEq(book.asks(expected), signed.ask);
        vm.prank(agreements);
        book.fill(expected, 1, 10, 7, 100, 30, 5000);
        assertEq(book.asks(expected).unitsLeft, signed.ask.unitsLeft - 10);
        // Posted asks have numbers of their own.
        assertEq(book.askCount(), 0);
    }

    function _refused(SignedAsk memory signed, bytes memory signature, bytes memory err) private {
        vm.expectRevert(err);
        book.bringAsk(signed, signature);
    }

    function test_SignedByTheNodeKey() public {
        SignedAsk memory signed = _signedAsk();
        _brings(signed, _byNode(signed));
    }

    function test_SignedByTheOperator() public {
        SignedAsk memory signed = _signedAsk();
        _brings(signed, _sign(operatorKey, _digestOf(signed)));
    }

    function test_SignedByAnOperatorThatIsAContract() public {
        SignedAsk memory signed = _signedAsk();
        bytes memory signature = _sign(operatorKey, _digestOf(signed));
        ContractWallet wallet = new ContractWallet(operator);
        directory.setOperator(address(wallet));
        uint256 snapshot = vm.snapshotState();
        _brings(signed, signature);
        vm.revertToState(snapshot);
        wallet.close();
        _refused(signed, signature, _badSignature(_digestOf(signed), signature));
    }

    function test_APeggedOneFollowsTheIndex() public {
        SignedAsk memory signed = _signedAsk();
        signed.ask = _pegged();
        _brings(signed, _byNode(signed));
        assertEq(book.askPrice(_idOf(signed)), 1_100);
    }

    function test_DigestAndIdAreKnownBefore() public view {
        SignedAsk memory signed = _signedAsk();
        (bytes32 digest, uint64 askId) = book.signedAsk(signed);
        assertEq(digest, _digestOf(signed));
        assertEq(askId, _idOf(signed));
        assertEq(askId >> 63, 1);
    }

    function test_RevertWhen_SignedByAnother() public {
        SignedAsk memory signed = _signedAsk();
        bytes memory signature = _sign(0xBAD, _digestOf(signed));
        _refused(signed, signature, _badSignature(_digestOf(signed), signature));
        _refused(signed, "", _badSignature(_digestOf(signed), ""));
    }

    /// @dev Every member of the ask, and both that stand beside it: once signed, none can be another.
    function test_RevertWhen_AMemberChanges() public {
        SignedAsk memory signed = _signedAsk();
        bytes memory signature = _byNode(signed);
        bytes memory words = abi.encode(signed);
        // The ask's members are words 1 to 13 (its provider, word 0, below); nonce and series follow.
        for (uint256 word = 1; word < 15; ++word) {
            bytes memory changed = bytes.concat(words);
            changed[word * 32 + 31] ^= 0x01;
            SignedAsk memory other = abi.decode(changed, (SignedAsk));
            _refused(other, signature, _badSignature(_digestOf(other), signature));
        }
        bytes memory last = bytes.concat(words);
        last[15 * 32 + 31] ^= 0x01;
        bytes4 err = IAsks.OrderBook_SeriesOver.selector;
        _refused(abi.decode(last, (SignedAsk)), signature, abi.encodeWithSelector(err, 1, 1, 0));
        signed.ask.provider = 3;
        bytes4 unknown = INodeRegistry.NodeRegistry_UnknownProvider.selector;
        _refused(signed, signature, abi.encodeWithSelector(unknown, 3));
    }

    /// @dev Provider 2 has the same keys: what was signed for one is still not the other's.
    function test_RevertWhen_ItIsAnothersAsk() public {
        SignedAsk memory signed = _signedAsk();
        bytes memory signature = _byNode(signed);
        signed.ask.provider = 2;
        address recovered = _recover(_digestOf(signed), signature);
        bytes4 err = IAsks.OrderBook_BadAskSignature.selector;
        _refused(signed, signature, abi.encodeWithSelector(err, 2, recovered, vm.addr(nodeKey)));
        bytes4 missing = IAsks.OrderBook_PlacementMissing.selector;
        _refused(signed, _byNode(signed), abi.encodeWithSelector(missing, 2));
    }

    function test_RevertWhen_SignedForAnotherChainOrBook() public {
        SignedAsk memory signed = _signedAsk();
        bytes memory elsewhere = _sign(nodeKey, _digestOf(signed, block.chainid + 1, address(book)));
        _refused(signed, elsewhere, _badSignature(_digestOf(signed), elsewhere));
        bytes memory older = _sign(nodeKey, _digestOf(signed, block.chainid, address(1)));
        _refused(signed, older, _badSignature(_digestOf(signed), older));
        // Of the same text, without a domain.
        bytes memory bare = _sign(nodeKey, _hashOf(signed));
        _refused(signed, bare, _badSignature(_digestOf(signed), bare));

        OrderBook fork = _newBook();
        bytes memory good = _byNode(signed);
        book.bringAsk(signed, good);
        vm.expectRevert(_badSignature(_digestOf(signed, block.chainid, address(fork)), good));
        fork.bringAsk(signed, good);
    }

    function test_RevertWhen_Expired() public {
        SignedAsk memory signed = _signedAsk();
        bytes memory signature = _byNode(signed);
        bytes memory err = abi.encodeWithSelector(IAsks.OrderBook_InvalidAsk.selector, "expiry");
        vm.warp(signed.ask.expiry);
        _refused(signed, signature, err);
        vm.warp(signed.ask.expiry - 1);
        _brings(signed, signature);
    }

    function test_RevertWhen_TermsAreInvalid() public {
        SignedAsk memory signed = _signedAsk();
        signed.ask.unitsLeft = 0;
        _refused(signed, _byNode(signed), abi.encodeWithSelector(IAsks.OrderBook_InvalidAsk.selector, "unitsLeft"));
    }

    function _known(SignedAsk memory signed) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAsks.OrderBook_AskKnown.selector, _idOf(signed));
    }

    /// @dev Once in the book, a signature never serves again: not while the ask stands, not when it is used up, cancelled or amended.
    function test_RevertWhen_BroughtAgain() public {
        SignedAsk memory signed = _signedAsk();
        bytes memory signature = _byNode(signed);
        uint64 ask = book.bringAsk(signed, signature);
        _refused(signed, signature, _known(signed));
        _refused(signed, _sign(operatorKey, _digestOf(signed)), _known(signed));
        uint256 snapshot = vm.snapshotState();

        vm.prank(operator);
        book.cancelAsks(1, _list(ask));
        assertEq(book.asks(ask).provider, 0);
        _refused(signed, signature, _known(signed));
        vm.revertToState(snapshot);

        vm.startPrank(agreements);
        book.fill(ask, 1, 500, 7, 100, 30, 5000);
        book.fill(ask, 1, 500, 7, 100, 30, 5000);
        vm.stopPrank();
        _refused(signed, signature, _known(signed));
        vm.revertToState(snapshot);

        Ask memory dearer = _ask();
        dearer.pricePerUnitPeriod = 1_000;
        vm.prank(operator);
        book.amendAsk(ask, dearer);
        _refused(signed, signature, _known(signed));
        assertEq(book.asks(ask).pricePerUnitPeriod, 1_000);

        // With another number the same terms are another ask.
        signed.nonce += 1;
        _brings(signed, _byNode(signed));
    }

    function test_ANewSeriesVoidsWhatNobodyBrought() public {
        SignedAsk memory brought = _signedAsk();
        uint64 ask = book.bringAsk(brought, _byNode(brought));
        SignedAsk memory signed = _signedAsk();
        signed.nonce = 8;
        bytes memory signature = _byNode(signed);

        vm.expectEmit(address(book));
        emit IAsks.SeriesStarted(1, 1);
        vm.prank(vm.addr(nodeKey));
        assertEq(book.startSeries(1), 1);
        assertEq(book.seriesOf(1), 1);
        assertEq(book.seriesOf(2), 0);
        bytes4 err = IAsks.OrderBook_SeriesOver.selector;
        _refused(signed, signature, abi.encodeWithSelector(err, 1, 0, 1));
        // What is in the book stays there.
        assertEq(book.asks(ask).provider, 1);
        signed.series = 2;
        _refused(signed, _byNode(signed), abi.encodeWithSelector(err, 1, 2, 1));
        signed.series = 1;
        _brings(signed, _byNode(signed));
        vm.prank(operator);
        assertEq(book.startSeries(1), 2);
    }

    function test_RevertWhen_ASeriesIsStartedByAnother() public {
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_NotAuthorized.selector, 1, mallory));
        vm.prank(mallory);
        book.startSeries(1);
    }
}
