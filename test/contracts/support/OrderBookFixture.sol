// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {OrderBook} from "../../../contracts/OrderBook.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {IPriceIndex} from "../../../contracts/interfaces/IPriceIndex.sol";
import {IReputation} from "../../../contracts/interfaces/IReputation.sol";
import {Ask} from "../../../contracts/types/Ask.sol";

/// @dev Providers 1 and 2 of one operator with one node key; provider 2 has no placement id yet.
contract FakeDirectory {
    address internal operator;
    address internal immutable nodeAddress;

    constructor(address operator_, address nodeAddress_) {
        (operator, nodeAddress) = (operator_, nodeAddress_);
    }

    function setOperator(address operator_) external {
        operator = operator_;
    }

    function isAuthorized(uint32 provider, address caller) external view returns (bool) {
        _known(provider);
        return caller == operator || caller == nodeAddress;
    }

    function signerOf(uint32 provider) external view returns (address, uint64, uint32) {
        _known(provider);
        return (nodeAddress, 0, 0);
    }

    function operatorOf(uint32 provider) external view returns (address) {
        _known(provider);
        return operator;
    }

    function providers(uint32 provider) external view returns (INodeRegistry.Provider memory record) {
        record.operator = operator;
        record.placementId = provider == 1 ? bytes32(uint256(1)) : bytes32(0);
    }

    function _known(uint32 provider) private pure {
        require(provider == 1 || provider == 2, INodeRegistry.NodeRegistry_UnknownProvider(provider));
    }
}

/// @dev An index that stands where a test puts it.
contract FakeQuote {
    uint64 public quote;

    function set(uint64 quote_) external {
        quote = quote_;
    }
}

/// @notice The book's side of the asks, with stand-ins for registry and index.
abstract contract OrderBookFixture is Test {
    uint256 internal nodeKey = 0xA001;
    uint256 internal operatorKey = 0x09E7;
    address internal operator = vm.addr(operatorKey);
    address internal agreements = makeAddr("agreements");
    address internal mallory = makeAddr("mallory");
    FakeDirectory internal directory;
    FakeQuote internal index;
    OrderBook internal book;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        directory = new FakeDirectory(operator, vm.addr(nodeKey));
        index = new FakeQuote();
        index.set(1_000);
        book = _newBook();
    }

    function _newBook() internal returns (OrderBook) {
        // Asks have to do with neither money nor proofs nor scores.
        return
            new OrderBook(
                IEscrow(address(0)),
                INodeRegistry(address(directory)),
                IPossessionProofs(address(0)),
                IReputation(address(0)),
                IPriceIndex(address(index)),
                agreements
            );
    }

    function _ask() internal view returns (Ask memory) {
        return
            Ask({
                provider: 1,
                pricePerUnitPeriod: 100,
                unitsLeft: 1000,
                minUnits: 10,
                maxUnits: 600,
                expiry: uint40(block.timestamp + 1 days),
                collateralPeriods: 30,
                minPeriods: 7,
                maxPeriods: 365,
                region: 756,
                minClientDeposit: 5000,
                retrievalPricePerMiB: 3,
                premiumBps: 0,
                ceiling: 0
            });
    }

    /// @dev 110% of the index, between 100 and 2,000.
    function _pegged() internal view returns (Ask memory ask) {
        ask = _ask();
        (ask.premiumBps, ask.ceiling) = (11_000, 2_000);
    }

    function _post(Ask memory ask) internal returns (uint64) {
        vm.prank(operator);
        return book.postAsk(ask);
    }

    function _list(uint64 askId) internal pure returns (uint64[] memory list) {
        list = new uint64[](1);
        list[0] = askId;
    }

    function _assertEq(Ask memory a, Ask memory b) internal pure {
        assertEq(keccak256(abi.encode(a)), keccak256(abi.encode(b)));
    }
}
