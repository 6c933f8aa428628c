// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ask} from "../../../../contracts/types/Ask.sol";
import {SignedAsk, SignedAskLib} from "../../../../contracts/types/SignedAsk.sol";
import {ProviderHandler} from "./ProviderHandler.sol";

/// @notice What providers offer beyond a fixed ask: pegged ones, signed ones, capacity; and who counts their clients.
abstract contract OrderHandler is ProviderHandler {
    uint64[] private _counted;

    function provider_postPegged(uint256 seed) external witnessed {
        uint32 provider = _providerWhere(seed, _any);
        vm.prank(providers[provider - 1].operator);
        providers[provider - 1].askId = orderBook.postAsk(_peggedAsk(provider, seed >> 8));
    }

    /// @dev Signed by the node key, brought by anybody.
    function provider_bringAsk(uint256 seed) external witnessed {
        uint32 provider = _providerWhere(seed, _any);
        SignedAsk memory signed = SignedAsk(_peggedAsk(provider, seed >> 8), nextNonce++, orderBook.seriesOf(provider));
        if (seed % 2 == 0) (signed.ask.premiumBps, signed.ask.ceiling) = (0, 0);
        bytes memory signature = _signFor(provider, _digestOf(signed));
        vm.prank(reporter);
        providers[provider - 1].askId = orderBook.bringAsk(signed, signature);
        (lastBrought, lastBroughtSignature) = (signed, signature);
    }

    function provider_startSeries(uint256 seed) external witnessed {
        uint32 provider = _providerWhere(seed, _any);
        vm.prank(vm.addr(providers[provider - 1].nodeKey));
        orderBook.startSeries(provider);
    }

    /// @dev Mostly room for more, at times less than is held, or nothing.
    function provider_declareCapacity(uint256 seed, uint32 units) external witnessed {
        uint32 provider = _providerWhere(seed, _any);
        uint256 covered = collateral.coveredCapacity(provider);
        uint256 held = providerGhosts[provider].held;
        uint256 least = seed % 8 == 0 || held > covered ? 0 : held + (covered - held) / 2;
        units = uint32(bound(units, least, covered));
        vm.prank(providers[provider - 1].operator);
        registry.declareCapacity(provider, units);
    }

    function stranger_trimCapacity(uint256 seed) external witnessed {
        uint32 provider = _providerWhere(seed, _isUncovered);
        vm.prank(reporter);
        registry.trimCapacity(provider);
    }

    /// @dev A few agreements of any providers, live and kept ones.
    function stranger_countClients(uint256 seed) external witnessed {
        delete _counted;
        for (uint256 i; i < live.length && _counted.length < 4; ++i) {
            uint64 id = live[((seed % live.length) + i) % live.length];
            if (_served(id)) _counted.push(id);
        }
        if (ended.length != 0) {
            uint64 last = ended[(seed >> 8) % ended.length];
            if (_served(last)) _counted.push(last);
        }
        require(_counted.length != 0, "nobody served");
        vm.prank(reporter);
        reputation.countClients(_counted);
    }

    /// @dev Its floor is below what forming pays, its premium anything that is allowed.
    function _peggedAsk(uint32 provider, uint256 seed) private view returns (Ask memory ask) {
        ask = _ask(provider);
        ask.unitsLeft = uint32(1 + (seed % 64));
        ask.premiumBps = uint16(5_000 + ((seed >> 8) % 15_001));
        ask.pricePerUnitPeriod = uint64(PRICE / 4 + ((seed >> 32) % PRICE) / 2);
        ask.ceiling = uint64(ask.pricePerUnitPeriod + ((seed >> 96) % PRICE));
    }

    function _digestOf(SignedAsk memory signed) internal view returns (bytes32) {
        bytes32 askHash = keccak256(bytes.concat(SignedAskLib.ASK_TYPEHASH, abi.encode(signed.ask)));
        bytes32 structHash = keccak256(abi.encode(SignedAskLib.TYPEHASH, askHash, signed.nonce, signed.series));
        return _digest("Stowmarket OrderBook", address(orderBook), structHash);
    }

    function _isUncovered(uint32 provider) internal view returns (bool) {
        return collateral.coveredCapacity(provider) < providerGhosts[provider].capacity;
    }
}
