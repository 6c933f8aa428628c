// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IOrderBook} from "./interfaces/IOrderBook.sol";
import {Ask} from "./types/Ask.sol";

/// @title Standing orders
contract OrderBook is IOrderBook {
    /// @dev 500 asks are 160 kB of answer and 2.1M gas of cold reads: below every node's default limits for a call.
    uint256 private constant _MAX_PAGE = 500;

    INodeRegistry private immutable _registry;
    address private immutable _agreements;

    /// @inheritdoc IOrderBook
    uint64 public askCount;
    mapping(uint64 askId => Ask) private _asks;

    constructor(INodeRegistry registry, address agreements) {
        _registry = registry;
        _agreements = agreements;
    }

    /// @inheritdoc IOrderBook
    function postAsk(Ask calldata ask) external returns (uint64 askId) {
        _requireAuthorized(ask.provider);
        _requireValid(ask);
        askId = ++askCount;
        _asks[askId] = ask;
        emit AskPosted(askId, ask.provider, ask);
    }

    /// @inheritdoc IOrderBook
    function amendAsk(uint64 askId, Ask calldata ask) external {
        uint32 provider = _providerOf(askId);
        require(ask.provider == provider, OrderBook_WrongProvider(askId, provider, ask.provider));
        _requireAuthorized(provider);
        _requireValid(ask);
        _asks[askId] = ask;
        emit AskAmended(askId, provider, ask);
    }

    /// @inheritdoc IOrderBook
    function cancelAsk(uint64 askId) external {
        uint32 provider = _providerOf(askId);
        _requireAuthorized(provider);
        delete _asks[askId];
        emit AskCancelled(askId, provider);
    }

    /// @inheritdoc IOrderBook
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
        Ask storage stored = _asks[askId];
        Ask memory ask = stored;
        _requireFits(ask, askId, provider, units, units, periods, price, collateralPeriods, clientDeposit);

        uint32 unitsLeft;
        // `units` is at most what is left.
        unchecked {
            unitsLeft = ask.unitsLeft - units;
        }
        stored.unitsLeft = unitsLeft;
        emit AskFilled(askId, provider, units, unitsLeft);
    }

    /// @inheritdoc IOrderBook
    function requireAccepts(
        uint64 askId,
        uint32 provider,
        uint32 units,
        uint24 periods,
        uint64 price,
        uint256 collateralPeriods,
        uint256 clientDeposit
    ) external view {
        _requireFits(_asks[askId], askId, provider, units, 0, periods, price, collateralPeriods, clientDeposit);
    }

    /// @inheritdoc IOrderBook
    function asks(uint64 askId) external view returns (Ask memory) {
        return _asks[askId];
    }

    /// @inheritdoc IOrderBook
    function asksPage(uint64 from, uint64 max) external view returns (Ask[] memory page) {
        uint256 end = Math.min(from + Math.min(max, _MAX_PAGE), uint256(askCount) + 1);
        page = new Ask[](Math.saturatingSub(end, from));
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = _asks[uint64(from + i)];
        }
    }

    /// @param taken units that would come out of what is left
    function _requireFits(
        Ask memory ask,
        uint64 askId,
        uint32 provider,
        uint32 units,
        uint32 taken,
        uint24 periods,
        uint64 price,
        uint256 collateralPeriods,
        uint256 clientDeposit
    ) private view {
        require(ask.provider != 0, OrderBook_UnknownAsk(askId));
        require(ask.provider == provider, OrderBook_WrongProvider(askId, ask.provider, provider));
        require(block.timestamp < ask.expiry, OrderBook_AskExpired(askId, ask.expiry));
        require(
            units >= ask.minUnits && units <= ask.maxUnits,
            OrderBook_UnitsOutOfRange(askId, units, ask.minUnits, ask.maxUnits)
        );
        require(taken <= ask.unitsLeft, OrderBook_CapacityExceeded(askId, ask.unitsLeft, taken));
        require(
            periods >= ask.minPeriods && periods <= ask.maxPeriods,
            OrderBook_PeriodsOutOfRange(askId, periods, ask.minPeriods, ask.maxPeriods)
        );
        require(price >= ask.pricePerUnitPeriod, OrderBook_PriceBelowAsk(askId, price, ask.pricePerUnitPeriod));
        require(
            collateralPeriods >= ask.collateralPeriods,
            OrderBook_CollateralBelowAsk(askId, collateralPeriods, ask.collateralPeriods)
        );
        require(
            clientDeposit >= ask.minClientDeposit,
            OrderBook_DepositBelowAsk(askId, clientDeposit, ask.minClientDeposit)
        );
    }

    function _providerOf(uint64 askId) private view returns (uint32 provider) {
        provider = _asks[askId].provider;
        require(provider != 0, OrderBook_UnknownAsk(askId));
    }

    function _requireAuthorized(uint32 provider) private view {
        require(_registry.isAuthorized(provider, msg.sender), OrderBook_NotAuthorized(provider, msg.sender));
    }

    function _requireValid(Ask calldata ask) private view {
        require(ask.pricePerUnitPeriod != 0, OrderBook_InvalidAsk("pricePerUnitPeriod"));
        require(ask.unitsLeft != 0, OrderBook_InvalidAsk("unitsLeft"));
        require(ask.collateralPeriods != 0, OrderBook_InvalidAsk("collateralPeriods"));
        require(ask.maxUnits != 0 && ask.minUnits <= ask.maxUnits, OrderBook_InvalidAsk("maxUnits"));
        require(ask.maxPeriods != 0 && ask.minPeriods <= ask.maxPeriods, OrderBook_InvalidAsk("maxPeriods"));
        require(block.timestamp < ask.expiry, OrderBook_InvalidAsk("expiry"));
        require(_registry.providers(ask.provider).placementId != 0, OrderBook_PlacementMissing(ask.provider));
    }
}
