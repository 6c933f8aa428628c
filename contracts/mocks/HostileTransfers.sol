// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/* solhint-disable payable-fallback, no-empty-blocks */

import {DevToken} from "./DevToken.sol";

/* Tokens that move other than they should. For tests: each shares the storage of DevToken, so that its code can take the place of a
   running market's token, as an upgrade behind a proxy would. Nothing is minted. */

/// @notice Says that it moved, and moved nothing.
contract SilentToken is DevToken(address(1), 0) {
    function transfer(address, uint256) public pure override returns (bool) {
        return true;
    }

    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return true;
    }
}

/// @notice Moves one token wei more than asked for.
contract GenerousToken is DevToken(address(1), 0) {
    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, from == address(0) ? amount : amount + 1);
    }
}

/// @notice Refuses to move nothing.
contract ZeroRefusingToken is DevToken(address(1), 0) {
    error ZeroRefusingToken_Zero();

    function _update(address from, address to, uint256 amount) internal override {
        require(amount != 0 || from == address(0), ZeroRefusingToken_Zero());
        super._update(from, to, amount);
    }
}

/// @notice Paused by its owner.
contract PausedToken is DevToken(address(1), 0) {
    error PausedToken_Paused();

    function _update(address from, address to, uint256 amount) internal override {
        require(from == address(0), PausedToken_Paused());
        super._update(from, to, amount);
    }
}

/// @notice Moves as it should, and answers true with 100,000 bytes behind it.
contract ReturnBombToken is DevToken(address(1), 0) {
    uint256 private constant _BYTES = 100_000;

    function transfer(address to, uint256 amount) public override returns (bool) {
        super.transfer(to, amount);
        _explode();
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        super.transferFrom(from, to, amount);
        _explode();
    }

    function _explode() private pure {
        uint256 size = _BYTES;
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, 1)
            return(start, size)
        }
    }
}

/// @notice Burns all the gas that it is given.
contract GasBombToken is DevToken(address(1), 0) {
    function _update(address from, address to, uint256 amount) internal override {
        while (from != address(0)) {}
        super._update(from, to, amount);
    }
}

/// @notice Reverts whatever it is asked, without a reason, as a token does whose code was destroyed by a bad upgrade.
contract BrickedToken {
    fallback() external {
        assembly ("memory-safe") {
            revert(0x00, 0x00)
        }
    }
}

/// @notice Calls somebody before and after balances move, as ERC-777 does with sender and receiver.
contract HookedToken is DevToken(address(1), 0) {
    /// @dev Behind what DevToken keeps; zero when its code takes that token's place.
    address private _listener;

    function setListener(address listener) external {
        _listener = listener;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (_listener != address(0)) IHookListener(_listener).onHook(false);
        super._update(from, to, amount);
        if (_listener != address(0)) IHookListener(_listener).onHook(true);
    }
}

/// @notice What HookedToken calls.
interface IHookListener {
    function onHook(bool moved) external;
}
