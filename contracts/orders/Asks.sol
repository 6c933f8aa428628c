// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAsks} from "../interfaces/orders/IAsks.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {IPriceIndex} from "../interfaces/IPriceIndex.sol";
import {AskWords} from "../libraries/AskWords.sol";
import {Compatibility} from "../libraries/Compatibility.sol";
import {Ask} from "../types/Ask.sol";
import {SignedAsk, SignedAskLib} from "../types/SignedAsk.sol";

/// @title How providers' orders are posted, signed, brought and filled
abstract contract Asks is IOrderBook, EIP712 {
    using AskWords for Ask;
    using AskWords for uint256;
    using SignedAskLib for SignedAsk;

    /// @dev 500 asks are 200 kB of answer and 3.2M gas of cold reads: below every node's default limits for a call.
    uint256 internal constant _MAX_PAGE = 500;
    /// @dev From half the index to twice: further away an ask does not follow the market, it only looks so.
    uint256 private constant _MIN_PREMIUM_BPS = 5_000;
    uint256 private constant _MAX_PREMIUM_BPS = 20_000;

    INodeRegistry internal immutable _registry;
    IPriceIndex private immutable _priceIndex;
    address internal immutable _agreements;

    /// @inheritdoc IAsks
    uint64 public askCount;
    mapping(uint64 askId => Ask) private _asks;
    /// @inheritdoc IAsks
    mapping(uint32 provider => uint32 series) public seriesOf;
    /// @dev Asks that were brought, for ever: a signature puts its ask into the book once.
    mapping(uint64 askId => bool) private _brought;

    constructor(
        INodeRegistry registry,
        IPriceIndex priceIndex,
        address agreements
    ) EIP712("Stowmarket OrderBook", "1") {
        _registry = registry;
        _priceIndex = priceIndex;
        _agreements = agreements;
    }

    /// @inheritdoc IAsks
    function postAsk(Ask calldata ask) external returns (uint64 askId) {
        _requireAuthorized(ask.provider);
        _requireValid(ask);
        askId = ++askCount;
        _asks[askId] = ask;
        emit AskPosted(askId, ask.provider, ask);
    }

    /// @inheritdoc IAsks
    function amendAsk(uint64 askId, Ask calldata ask) external {
        uint32 provider = _asks[askId].provider;
        require(provider != 0, OrderBook_UnknownAsk(askId));
        require(ask.provider == provider, OrderBook_WrongProvider(askId, provider, ask.provider));
        _requireAuthorized(provider);
        _requireValid(ask);
        _asks[askId] = ask;
        emit AskAmended(askId, provider, ask);
    }

    /// @inheritdoc IAsks
    function cancelAsks(uint32 provider, uint64[] calldata askIds) external {
        _requireAuthorized(provider);
        for (uint256 i; i < askIds.length; ++i) {
            uint64 askId = askIds[i];
            uint32 owner = _asks[askId].provider;
            require(owner != 0, OrderBook_UnknownAsk(askId));
            require(owner == provider, OrderBook_WrongProvider(askId, owner, provider));
            delete _asks[askId];
            emit AskCancelled(askId, provider);
        }
    }

    /// @inheritdoc IAsks
    function startSeries(uint32 provider) external returns (uint32 series) {
        _requireAuthorized(provider);
        series = ++seriesOf[provider];
        emit SeriesStarted(provider, series);
    }

    /// @inheritdoc IAsks
    function bringAsk(SignedAsk calldata signed, bytes calldata signature) external returns (uint64 askId) {
        uint32 provider = signed.ask.provider;
        bytes32 structHash = signed.hash();
        askId = SignedAskLib.idOf(structHash);
        require(!_brought[askId], OrderBook_AskKnown(askId));
        uint32 series = seriesOf[provider];
        require(signed.series == series, OrderBook_SeriesOver(provider, signed.series, series));
        _requireSigned(provider, structHash, signature);
        _requireValid(signed.ask);
        _brought[askId] = true;
        _asks[askId] = signed.ask;
        emit AskPosted(askId, provider, signed.ask);
    }

    /// @inheritdoc IAsks
    function fill(
        uint64 askId,
        uint32 provider,
        uint32 units,
        uint24 periods,
        uint64 price,
        uint256 collateralPeriods,
        uint256 clientDeposit
    ) external {
        require(msg.sender == _agreements, OrderBook_NotAgreements(msg.sender));
        Ask storage ask = _asks[askId];
        (uint256 head, uint256 tail) = ask.load();
        Compatibility.requireStands(head, askId, provider, block.timestamp);
        Compatibility.requireFits(head, tail, askId, units, periods, price, collateralPeriods, clientDeposit);

        ask.take(head, units);
        // `units` is at most what is left.
        unchecked {
            emit AskFilled(askId, provider, units, head.unitsLeft() - units);
        }
    }

    /// @inheritdoc IAsks
    function requireAccepts(
        uint64 askId,
        uint32 provider,
        uint32 units,
        uint24 periods,
        uint64 price,
        uint256 collateralPeriods,
        uint256 clientDeposit
    ) external view {
        (uint256 head, uint256 tail) = _asks[askId].load();
        Compatibility.requireStands(head, askId, provider, block.timestamp);
        head = head.withPrice(_priceNow(askId, head, tail)).unbounded();
        Compatibility.requireFits(head, tail, askId, units, periods, price, collateralPeriods, clientDeposit);
    }

    /// @inheritdoc IAsks
    function asks(uint64 askId) external view returns (Ask memory) {
        return _asks[askId];
    }

    /// @inheritdoc IAsks
    function askPrice(uint64 askId) external view returns (uint256) {
        (uint256 head, uint256 tail) = _asks[askId].load();
        require(head.provider() != 0, OrderBook_UnknownAsk(askId));
        return _priceNow(askId, head, tail);
    }

    /// @inheritdoc IAsks
    function asksPage(uint64 from, uint64 max) external view returns (Ask[] memory page) {
        uint256 end = Math.min(from + Math.min(max, _MAX_PAGE), uint256(askCount) + 1);
        page = new Ask[](Math.saturatingSub(end, from));
        for (uint256 i; i < page.length; ++i) {
            page[i] = _asks[uint64(from + i)];
        }
    }

    /// @inheritdoc IAsks
    function signedAsk(SignedAsk calldata signed) external view returns (bytes32 digest, uint64 askId) {
        bytes32 structHash = signed.hash();
        return (_hashTypedDataV4(structHash), SignedAskLib.idOf(structHash));
    }

    function _requireAuthorized(uint32 provider) internal view {
        require(_registry.isAuthorized(provider, msg.sender), OrderBook_NotAuthorized(provider, msg.sender));
    }

    /// @dev What an ask wants in this period.
    function _priceNow(uint64 askId, uint256 head, uint256 tail) private view returns (uint64) {
        uint256 premiumBps = tail.premiumBps();
        if (premiumBps == 0) return head.price();
        // Between floor and ceiling, both uint64.
        return uint64(Compatibility.pegged(head.price(), premiumBps, _asks[askId].ceiling, _priceIndex.quote()));
    }

    function _requireSigned(uint32 provider, bytes32 structHash, bytes calldata signature) private view {
        (address nodeAddress, , ) = _registry.signerOf(provider);
        bytes32 digest = _hashTypedDataV4(structHash);
        (address recovered, , ) = ECDSA.tryRecoverCalldata(digest, signature);
        require(
            recovered == nodeAddress ||
                SignatureChecker.isValidSignatureNowCalldata(_registry.operatorOf(provider), digest, signature),
            OrderBook_BadAskSignature(provider, recovered, nodeAddress)
        );
    }

    function _requireValid(Ask calldata ask) private view {
        require(ask.pricePerUnitPeriod != 0, OrderBook_InvalidAsk("pricePerUnitPeriod"));
        require(ask.unitsLeft != 0, OrderBook_InvalidAsk("unitsLeft"));
        require(ask.collateralPeriods != 0, OrderBook_InvalidAsk("collateralPeriods"));
        require(ask.maxUnits != 0 && ask.minUnits <= ask.maxUnits, OrderBook_InvalidAsk("maxUnits"));
        require(ask.maxPeriods != 0 && ask.minPeriods <= ask.maxPeriods, OrderBook_InvalidAsk("maxPeriods"));
        require(block.timestamp < ask.expiry, OrderBook_InvalidAsk("expiry"));
        if (ask.premiumBps == 0) {
            require(ask.ceiling == 0, OrderBook_InvalidAsk("ceiling"));
        } else {
            require(
                ask.premiumBps >= _MIN_PREMIUM_BPS && ask.premiumBps <= _MAX_PREMIUM_BPS,
                OrderBook_InvalidAsk("premiumBps")
            );
            require(ask.ceiling >= ask.pricePerUnitPeriod, OrderBook_InvalidAsk("ceiling"));
        }
        require(_registry.providers(ask.provider).placementId != 0, OrderBook_PlacementMissing(ask.provider));
    }
}
